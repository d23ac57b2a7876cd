import { merge, type Observable, Subscription, take } from 'rxjs';
import { type Client, type Session, SessionSuspendedError } from '../../src/index.ts';
import { revocationOf } from './revocation.ts';

/** What a hold rests on: znodes of ours in one session, or leases of other locks. */
export interface Basis {
  /** The znodes that stand for it. */
  readonly znodes: Znodes;
  /** How many of this process held before under the same znodes. Default: 0. */
  readonly turn?: number | undefined;
  /** Told that a transaction is sent that is to go through only while this hold lasts. Default: no matter. */
  readonly guarded?: (() => void) | undefined;
  /** Emits when somebody asks for it back. Looks at the server only while it is subscribed to. */
  readonly revoke$: Observable<void>;
  /** By the clock at the time of asking; finding out that it is lost tells those of `whenLost` before it returns. */
  isValid(): boolean;
  /**
   * Calls `action` once when the basis is lost, at once if it already is, unless `until` is closed before.
   *
   * @param until gets the way to stop listening, instead of the caller: a loss that is told at once finds a caller who is not done with registering
   */
  whenLost(action: (cause: unknown) => void, until: Subscription): void;
  /**
   * The requests leave in the tick of the call. Resolves when it is certain that nothing is left. Called once.
   *
   * @throws what keeps a znode there, such as the `NoAuthError` of an ACL
   */
  giveBack(): Promise<void>;
}

/** A znode that stands for a hold, or for a part of it. */
export interface Znode {
  readonly path: string;
  /** Its fencing token: the zxid that made it. */
  readonly token: bigint;
}

export type Znodes = readonly [Znode, ...Znode[]];

/**
 * What to do with a hold while there is no contact with a server.
 *
 * - `keep-until-lost`: go on until the session can no longer be certain to live (`Session.validUntilMs`). No other can enter before that.
 * - `abort`: give it up at once.
 */
export type OnSuspended = 'abort' | 'keep-until-lost';

/** An ephemeral znode of ours, and the session that owns it. */
export interface Place {
  readonly path: string;
  readonly czxid: bigint;
  readonly session: Session;
}

/** Ephemeral znodes, all of one session: they stand for a hold as long as that is alive. */
export class EphemeralBasis implements Basis {
  readonly znodes: Znodes;
  readonly #client: Client;
  readonly #session: Session;
  readonly #onSuspended: OnSuspended;
  readonly #withdrawn: Promise<Error | undefined> | undefined;

  /**
   * @param others of the same session
   * @param withdrawn what keeps a znode there that was needed on the way here only: giving back tells it
   */
  constructor(
    client: Client,
    onSuspended: OnSuspended,
    first: Place,
    others: readonly Place[] = [],
    withdrawn?: Promise<Error | undefined>,
  ) {
    this.#client = client;
    this.#session = first.session;
    this.#onSuspended = onSuspended;
    this.#withdrawn = withdrawn;
    this.znodes = [znodeOf(first), ...others.map(znodeOf)];
  }

  get revoke$(): Observable<void> {
    return merge(...this.znodes.map(({ path }) => revocationOf(this.#client, path))).pipe(take(1));
  }

  isValid(): boolean {
    return this.#session.isValid();
  }

  whenLost(action: (cause: unknown) => void, until: Subscription): void {
    const listening = new Subscription();
    until.add(listening);
    const lose = (cause: unknown) => {
      if (listening.closed) return;
      listening.unsubscribe();
      action(cause);
    };
    listening.add(this.#session.whenOver(lose));
    if (this.#onSuspended === 'keep-until-lost') return;
    const states = this.#client.state$.subscribe((state) => {
      if (state === 'suspended') lose(new SessionSuspendedError());
    });
    listening.add(states);
  }

  async giveBack(): Promise<void> {
    const deletions = this.znodes.map(({ path }) => this.#client.deleteForSure(path, { session: this.#session }));
    const kept = (await Promise.all([...deletions, this.#withdrawn])).find((error) => error !== undefined);
    if (kept !== undefined) throw kept;
  }
}

function znodeOf({ path, czxid }: Place): Znode {
  return { path, token: czxid };
}
