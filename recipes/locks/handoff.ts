import type { Observable, Subscription } from 'rxjs';
import { type Client, type Session, whenAborted } from '../../src/index.ts';
import { PerZnode, type Share } from '../common/per-znode.ts';
import { whileItHeals } from '../common/while-it-heals.ts';
import type { Basis, Place, Znodes } from '../leases/basis.ts';
import type { Entry } from '../leases/gate.ts';
import type { Owner } from '../leases/owner.ts';
import { withdraw } from '../line/place.ts';

/** How to get in line. */
export type Approach = Pick<Entry, 'signal' | 'waits' | 'onPosition'>;

/** Gets in line and to its front, as `reachFront` does, for all callers together: the znode is nobody's in particular, since it outlasts each of them. */
export type Reach = (ours: Owner, approach: Approach) => Promise<Place | undefined>;

/**
 * - `idle`: nobody holds or waits.
 * - `lining-up`: one for all gets in line, or waits there.
 * - `held`: one of us holds.
 */
type State = { readonly kind: 'idle' | 'held' } | { readonly kind: 'lining-up'; readonly interest: AbortController };

/**
 * Those of one session who want one lock, with one place in line for all of them: whoever has it passes it on to the next, so many times at most, before
 * the line on the server moves on.
 *
 * Nothing of the callers' runs in here: their promises are settled, and `onPosition` never throws.
 */
class Handoff {
  readonly #client: Client;
  readonly #session: Session;
  /** In the order of their calls. */
  readonly #waiters = new Set<Waiter>();
  #state: State = { kind: 'idle' };

  constructor(client: Client, session: Session) {
    this.#client = client;
    this.#session = session;
  }

  /** Resolves when it is the caller's turn; with null if it is not to wait and others have it. */
  async enter(approach: Approach, reach: Reach): Promise<PlaceInTurn | null> {
    if (!approach.waits) return await this.#tryEnter(approach, reach);
    const waiter = new Waiter(approach, reach);
    this.#waiters.add(waiter);
    waiter.listen(approach.signal, this.#session, (reason) => this.#leave(waiter, reason));
    if (this.#state.kind === 'idle') this.#lineUp('new');
    else waiter.onPosition(this.#waiters.size);
    return await waiter.turn;
  }

  /** Passes the place on, in the tick of the call; or gives it back, if nobody of us waits or it must not be passed on. */
  giveBack({ place, number }: PlaceInTurn, mayPass: boolean): Promise<void> {
    // First: it may find that the session is over, and end all waits.
    const isAlive = this.#session.isValid() && this.#client.state === 'connected';
    const [next] = this.#waiters;
    if (mayPass && isAlive && next !== undefined) {
      this.#hand(next, { place, number: number + 1 });
      return Promise.resolve();
    }
    const gone = this.#client.deleteForSure(place.path, { session: place.session });
    this.#moveOn();
    return gone.then((kept) => {
      if (kept !== undefined) throw kept;
    });
  }

  async #tryEnter(approach: Approach, reach: Reach): Promise<PlaceInTurn | null> {
    if (this.#state.kind !== 'idle') return null;
    this.#state = { kind: 'lining-up', interest: new AbortController() };
    let place: Place | undefined;
    try {
      place = await reach(this, approach);
    } finally {
      if (place === undefined) this.#moveOn();
      else this.#state = { kind: 'held' };
    }
    return place === undefined ? null : { place, number: 0 };
  }

  #leave(waiter: Waiter, reason: unknown): void {
    this.#waiters.delete(waiter);
    waiter.fail(reason);
    // `tryAcquire` goes by its own signal.
    if (this.#waiters.size === 0 && this.#state.kind === 'lining-up') this.#state.interest.abort(reason);
  }

  #moveOn(): void {
    this.#state = { kind: 'idle' };
    if (this.#waiters.size > 0) this.#lineUp('has-waited');
  }

  /**
   * Whoever comes first lines up for all.
   *
   * @param caller a new one is told what the client cannot do now; one that has waited goes on waiting, as in a line on the server
   */
  #lineUp(caller: 'new' | 'has-waited'): void {
    const [first] = this.#waiters;
    if (first === undefined) return;
    const interest = new AbortController();
    this.#state = { kind: 'lining-up', interest };
    const onPosition = (ahead: number) => {
      const [next] = this.#waiters;
      next?.onPosition(ahead);
    };
    const reach = () => first.reach(this, { signal: interest.signal, waits: true, onPosition });
    const reaching = caller === 'new' ? reach() : whileItHeals(this.#client, interest.signal, reach);
    reaching.then(
      (place) => {
        if (place === undefined) this.#moveOn();
        else this.#reached(place);
      },
      (reason: unknown) => {
        // Its own trouble: the others try for themselves.
        if (this.#waiters.has(first)) this.#leave(first, reason);
        this.#moveOn();
      },
    );
  }

  #reached(place: Place): void {
    const [next] = this.#waiters;
    if (next !== undefined) this.#hand(next, { place, number: 0 });
    else {
      // It never rejects, and `client.close()` waits for it.
      void withdraw(this.#client, place);
      this.#moveOn();
    }
  }

  #hand(next: Waiter, turn: PlaceInTurn): void {
    this.#state = { kind: 'held' };
    this.#waiters.delete(next);
    next.enter(turn);
  }
}

/** A place that several hold, one after the other. */
interface PlaceInTurn {
  readonly place: Place;
  /** How many held before under the same znode. */
  readonly number: number;
}

/** One of those who want the lock. Settled once. */
class Waiter {
  readonly reach: Reach;
  readonly onPosition: (ahead: number) => void;
  readonly turn: Promise<PlaceInTurn>;
  readonly #stops: (() => void)[] = [];
  #settle: { readonly resolve: (turn: PlaceInTurn) => void; readonly reject: (reason: unknown) => void } | undefined;

  constructor({ onPosition }: Approach, reach: Reach) {
    this.reach = reach;
    this.onPosition = onPosition;
    this.turn = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
  }

  listen(signal: AbortSignal, session: Session, leave: (reason: unknown) => void): void {
    this.#stops.push(whenAborted(signal, leave));
    this.#stops.push(session.whenOver(leave));
    // Either may have been called back at once.
    if (this.#settle === undefined) this.#stopListening();
  }

  enter(turn: PlaceInTurn): void {
    this.#settle?.resolve(turn);
    this.#stopListening();
  }

  fail(reason: unknown): void {
    this.#settle?.reject(reason);
    this.#stopListening();
  }

  #stopListening(): void {
    this.#settle = undefined;
    for (const stop of this.#stops.splice(0)) stop();
  }
}

/** By session and znode. Whoever waits, lines up or holds has a share. */
const handoffs = new PerZnode<Handoff>();

/** A caller's turn to hold what all of this process hold one after the other. */
class Turn {
  readonly place: Place;
  /** How many held before under the same znode. */
  readonly number: number;
  readonly #share: Share<Handoff>;

  constructor({ place, number }: PlaceInTurn, share: Share<Handoff>) {
    this.place = place;
    this.number = number;
    this.#share = share;
  }

  /** Passes the place on, in the tick of the call, or gives it back. */
  end(mayPass: boolean): Promise<void> {
    try {
      return this.#share.value.giveBack(this, mayPass);
    } finally {
      this.#share[Symbol.dispose]();
    }
  }
}

/** Waits for the caller's turn; null if it is not to wait and others have it. */
export async function takeTurn(client: Client, session: Session, path: string, approach: Approach, reach: Reach): Promise<Turn | null> {
  approach.signal.throwIfAborted();
  session.signal.throwIfAborted();
  const share = handoffs.share({ scope: session, path: client.absolutePath(path) }, () => new Handoff(client, session));
  let turn: Turn | undefined;
  try {
    const place = await share.value.enter(approach, reach);
    if (place !== null) turn = new Turn(place, share);
  } finally {
    if (turn === undefined) share[Symbol.dispose]();
  }
  return turn ?? null;
}

/** Like the basis of its place, but given back to others of the same session first. */
export class PassedBasis implements Basis {
  readonly #basis: Basis;
  readonly #turn: Turn;
  readonly #max: number;
  #isGuarded = false;

  /** @param max how many times the place is passed on */
  constructor(basis: Basis, turn: Turn, max: number) {
    this.#basis = basis;
    this.#turn = turn;
    this.#max = max;
  }

  get znodes(): Znodes {
    return this.#basis.znodes;
  }

  get turn(): number {
    return this.#turn.number;
  }

  get revoke$(): Observable<void> {
    return this.#basis.revoke$;
  }

  /** What goes by the znode would go through under the next one who holds by it, too. */
  guarded(): void {
    this.#isGuarded = true;
  }

  isValid(): boolean {
    return this.#basis.isValid();
  }

  whenLost(action: (cause: unknown) => void, until: Subscription): void {
    this.#basis.whenLost(action, until);
  }

  giveBack(): Promise<void> {
    return this.#turn.end(!this.#isGuarded && this.#turn.number < this.#max);
  }
}
