import type { Observable } from 'rxjs';
import { type Client, type Session, whenAborted } from '../../src/index.ts';
import type { Basis, Place, Znodes } from '../leases/basis.ts';
import type { Entry } from '../leases/gate.ts';
import { withdraw } from '../line/place.ts';

/** Gets in line and to its front, as `reachFront` does. */
export type Reach = (approach: Pick<Entry, 'signal' | 'waits' | 'onPosition'>) => Promise<Place | undefined>;

/** A place that several hold, one after the other. */
export interface Turn {
  readonly place: Place;
  /** How many held before under the same znode. */
  readonly number: number;
}

interface Waiter {
  readonly enter: (turn: Turn) => void;
  readonly fail: (reason: unknown) => void;
  readonly onPosition: (ahead: number) => void;
  readonly reach: Reach;
}

const ofSessions = new WeakMap<Session, Map<string, Handoff>>();

/**
 * Those of one session who want one lock, with one place in line for all of them: whoever has it passes it on to the next, so many times at most, before
 * the line on the server moves on.
 */
export class Handoff {
  readonly #client: Client;
  readonly #session: Session;
  readonly #waiters: Waiter[] = [];
  /** Of whoever lines up for all. */
  #interest = new AbortController();
  /** The place is held, or somebody lines up for it. */
  #isBusy = false;

  constructor(client: Client, session: Session) {
    this.#client = client;
    this.#session = session;
  }

  /** The one that all in this process share. */
  static at(client: Client, session: Session, path: string): Handoff {
    const paths = ofSessions.get(session) ?? new Map<string, Handoff>();
    ofSessions.set(session, paths);
    const handoff = paths.get(path) ?? new Handoff(client, session);
    paths.set(path, handoff);
    return handoff;
  }

  /** Resolves when it is the caller's turn; with null if it is not to wait and others have it. */
  async enter({ signal, waits, onPosition }: Entry, reach: Reach): Promise<Turn | null> {
    signal.throwIfAborted();
    this.#session.signal.throwIfAborted();
    if (!waits) return await this.#tryEnter(signal, onPosition, reach);
    return await new Promise<Turn>((resolve, reject) => {
      const stops: (() => void)[] = [];
      const settle = (how: () => void) => {
        for (const stop of stops) stop();
        how();
      };
      const waiter: Waiter = {
        enter: (turn) => settle(() => resolve(turn)),
        fail: (reason) => settle(() => reject(reason)),
        onPosition,
        reach,
      };
      this.#waiters.push(waiter);
      stops.push(
        whenAborted(signal, (reason) => this.#leave(waiter, reason)),
        this.#session.whenOver((reason) => this.#leave(waiter, reason)),
      );
      if (!this.#isBusy) this.#lineUp();
      else onPosition(this.#waiters.length);
    });
  }

  /** Passes the place on, in the tick of the call; or gives it back, if nobody of us waits or it has been passed on `max` times. */
  giveBack({ place, number }: Turn, max: number): Promise<void> {
    if (this.#waiters.length > 0 && number < max && this.#client.state === 'connected') {
      this.#hand({ place, number: number + 1 });
      return Promise.resolve();
    }
    const gone = this.#client.deleteForSure(place.path, { session: place.session });
    this.#moveOn();
    return gone.then(() => {});
  }

  async #tryEnter(signal: AbortSignal, onPosition: (ahead: number) => void, reach: Reach): Promise<Turn | null> {
    if (this.#isBusy) return null;
    this.#isBusy = true;
    let place: Place | undefined;
    try {
      place = await reach({ signal, waits: false, onPosition });
    } finally {
      if (place === undefined) this.#moveOn();
    }
    return place === undefined ? null : { place, number: 0 };
  }

  #leave(waiter: Waiter, reason: unknown): void {
    const index = this.#waiters.indexOf(waiter);
    if (index !== -1) this.#waiters.splice(index, 1);
    if (this.#waiters.length === 0) this.#interest.abort(reason);
    waiter.fail(reason);
  }

  #moveOn(): void {
    this.#isBusy = false;
    if (this.#waiters.length > 0) this.#lineUp();
  }

  #lineUp(): void {
    this.#isBusy = true;
    this.#interest = new AbortController();
    const { signal } = this.#interest;
    const onPosition = (ahead: number) => this.#waiters[0]?.onPosition(ahead);
    // Whoever comes first lines up for all.
    this.#waiters[0]?.reach({ signal, waits: true, onPosition }).then(
      (place) => (place === undefined ? this.#moveOn() : this.#hand({ place, number: 0 })),
      (reason: unknown) => {
        // Given up since all had left; others may have come since.
        if (!signal.aborted) for (const waiter of this.#waiters.splice(0)) waiter.fail(reason);
        this.#moveOn();
      },
    );
  }

  #hand(turn: Turn): void {
    const next = this.#waiters.shift();
    if (next !== undefined) next.enter(turn);
    else {
      withdraw(this.#client, turn.place);
      this.#moveOn();
    }
  }
}

/** Like the basis of its place, but given back to others of the same session first. */
export class PassedBasis implements Basis {
  readonly turn: number;
  readonly #basis: Basis;
  readonly #giveBack: () => Promise<void>;

  constructor(basis: Basis, turn: number, giveBack: () => Promise<void>) {
    this.turn = turn;
    this.#basis = basis;
    this.#giveBack = giveBack;
  }

  get znodes(): Znodes {
    return this.#basis.znodes;
  }

  get revoke$(): Observable<void> {
    return this.#basis.revoke$;
  }

  isValid(): boolean {
    return this.#basis.isValid();
  }

  whenLost(action: (cause: unknown) => void): () => void {
    return this.#basis.whenLost(action);
  }

  giveBack(): Promise<void> {
    return this.#giveBack();
  }
}
