import { BehaviorSubject, concatMap, filter, merge, NEVER, Observable, Subject } from 'rxjs';
import {
  BadVersionError,
  type Client,
  first,
  isEphemeral,
  NodeExistsError,
  NoNodeError,
  PathTakenError,
  parentOf,
  RefusedError,
  type Session,
  type Stat,
} from '../../src/index.ts';
import { orClosed } from '../common/closing.ts';
import { inAnySession } from '../common/in-any-session.ts';
import type { PersistentNodeState } from './node-state.ts';
import { type Claim, type Upkept, whereToMake, whoseIs } from './ownership.ts';
import { look, removeOurs } from './removal.ts';

/** A znode of ours that is there. */
interface Kept extends Claim {
  readonly czxid: bigint;
  /** Of its data. */
  version: number;
  /** Number of the wish for data that it holds. */
  holds: number;
}

const unknownWish = -1;

/**
 * A desired state, reconciled until it is wanted no more: the znode is there and holds what was asked for last, in whatever session there is. It is made
 * when nobody has the path, brought up to date when it is ours, and waited for when it is another's; and looked at anew whenever it may have changed.
 */
export class Upkeep {
  readonly #client: Client;
  readonly #node: Upkept;
  readonly #state$ = new Subject<PersistentNodeState>();
  /** What it is to hold. Later wishes have higher numbers. */
  readonly #wish$: BehaviorSubject<{ readonly data: Uint8Array; readonly number: number }>;
  readonly #held$ = new BehaviorSubject(unknownWish);
  /** What is there and ours, or may be. */
  #claim: Claim | undefined;
  /** Where it was last. */
  #lastPath: string | undefined;
  /** In which it was made, or may have been. */
  readonly #sessions = new Set<bigint>();
  #reportedCzxid: bigint | undefined;

  constructor(client: Client, node: Upkept, data: Uint8Array) {
    this.#client = client;
    this.#node = node;
    this.#wish$ = new BehaviorSubject({ data, number: 0 });
  }

  /** `creating`, `present` and `taken`, as they come. */
  get state$(): Observable<PersistentNodeState> {
    return this.#state$.asObservable();
  }

  get data(): Uint8Array {
    return this.#wish$.value.data;
  }

  /** From now on it is to hold this. Returns what emits once it does, or holds something later. */
  want(data: Uint8Array): Observable<unknown> {
    const number = this.#wish$.value.number + 1;
    this.#wish$.next({ data, number });
    return this.#held$.pipe(filter((held) => held >= number));
  }

  /**
   * Keeps it in being until `signal` aborts, and then takes it away, unless it stays behind.
   *
   * @throws what cannot heal
   */
  async keep(signal: AbortSignal): Promise<void> {
    try {
      await inAnySession<never>(this.#client, signal, async (session) => {
        this.#state$.next({ kind: 'creating' });
        const kept = await this.#reach(session, signal);
        if (kept !== undefined) await this.#holdOn(kept, session, signal);
        return undefined;
      });
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      if (this.#claim !== undefined && this.#node.staysBehind !== true) await removeOurs(this.#client, this.#claim);
    }
  }

  /** Comes to have it there, as ours. Undefined: look again. */
  async #reach(session: Session, signal: AbortSignal): Promise<Kept | undefined> {
    const place = whereToMake(this.#node, this.#lastPath);
    // One of an earlier session goes with that.
    if (isEphemeral(this.#node.mode) && this.#claim?.sessionId !== session.id) this.#claim = undefined;
    if (this.#claim === undefined) {
      try {
        return await this.#make(place, session, signal);
      } catch (error) {
        if (error instanceof NoNodeError && !this.#node.parents) return await this.#parent(signal);
        if (!(error instanceof NodeExistsError)) throw error;
      }
    }
    return await this.#find(this.#claim?.path ?? place.path, session, signal);
  }

  async #make({ path, mode }: Pick<Claim, 'path' | 'mode'>, session: Session, signal: AbortSignal): Promise<Kept> {
    const { data, number } = this.#wish$.value;
    const { protect, parents, ttlMs } = this.#node;
    this.#sessions.add(session.id);
    try {
      const made = await this.#client.create(path, data, { mode, protect, parents, ttlMs, session, signal });
      return this.#keeps(made.path, made.stat, session, number);
    } catch (error) {
      // It may have been made all the same. Of a protected one the client takes care.
      if (!protect && !(error instanceof RefusedError)) this.#claim = { path, mode, sessionId: session.id, czxid: undefined };
      throw error;
    }
  }

  async #parent(signal: AbortSignal): Promise<undefined> {
    await first(
      this.#client.data$(parentOf(this.#node.path)).pipe(
        filter((parent) => parent !== null),
        orClosed(`keep ${this.#node.path}`),
      ),
      signal,
    );
  }

  /** There is one. Ours? Else waits until it is gone. */
  async #find(path: string, session: Session, signal: AbortSignal): Promise<Kept | undefined> {
    const stat = await look(this.#client, path, { session, signal });
    const claim = this.#claim;
    this.#claim = undefined;
    if (stat === null) return undefined;
    if (whoseIs(stat, this.#node.mode, claim) === 'ours') return this.#keeps(path, stat, session, unknownWish);
    this.#report(path, stat, session);
    this.#state$.next({ kind: 'taken', path, sessionId: stat.ephemeralOwner });
    await first(goneOf(this.#client, { path, czxid: stat.czxid }), signal);
    return undefined;
  }

  #keeps(path: string, stat: Stat, session: Session, holds: number): Kept {
    const kept = { path, mode: this.#node.mode, sessionId: session.id, czxid: stat.czxid, version: stat.version, holds };
    this.#claim = kept;
    this.#lastPath = path;
    return kept;
  }

  /** Two that have one path would not know of each other. One of our earlier session is to be expected. */
  #report(path: string, { czxid, ephemeralOwner }: Stat, session: Session): void {
    if ((ephemeralOwner !== session.id && this.#sessions.has(ephemeralOwner)) || czxid === this.#reportedCzxid) return;
    this.#reportedCzxid = czxid;
    this.#client.reportError(new PathTakenError(path, ephemeralOwner));
  }

  /** Until it is gone, or the session that an ephemeral one is in. */
  async #holdOn(kept: Kept, session: Session, signal: AbortSignal): Promise<void> {
    const write = () => this.#write(kept, session, signal);
    if (await write()) {
      this.#state$.next({ kind: 'present', path: kept.path, czxid: kept.czxid });
      const lost$ = this.#wish$.pipe(
        concatMap(write),
        filter((isThere) => !isThere),
      );
      const over$ = isEphemeral(kept.mode) ? overOf(session) : NEVER;
      await first(merge(goneOf(this.#client, kept), lost$, over$), signal);
    }
    this.#claim = undefined;
  }

  /** Brings it up to date with the latest wish. False: it is ours no more. */
  async #write(kept: Kept, session: Session, signal: AbortSignal): Promise<boolean> {
    const limits = isEphemeral(kept.mode) ? { session, signal } : { signal };
    for (;;) {
      const { data, number } = this.#wish$.value;
      if (kept.holds >= number) break;
      const stat = await stored(this.#client.set(kept.path, data, { version: kept.version, ...limits }));
      if (stat !== undefined) kept.holds = number;
      // Others have changed it, which does not matter, or made another.
      const found = stat ?? (await look(this.#client, kept.path, limits));
      if (found?.czxid !== kept.czxid) return false;
      kept.version = found.version;
    }
    this.#held$.next(kept.holds);
    return true;
  }
}

/** @returns undefined if it has another version by now, or is gone */
async function stored(writing: Promise<Stat>): Promise<Stat | undefined> {
  try {
    return await writing;
  } catch (error) {
    if (error instanceof BadVersionError || error instanceof NoNodeError) return undefined;
    throw error;
  }
}

/** Emits when this very znode is there no more. */
function goneOf(client: Client, { path, czxid }: { readonly path: string; readonly czxid: bigint }): Observable<unknown> {
  return client.data$(path).pipe(
    filter((found) => found?.stat.czxid !== czxid),
    orClosed(`keep ${path}`),
  );
}

/** Emits when the session is over. */
function overOf(session: Session): Observable<void> {
  return new Observable((subscriber) => session.whenOver(() => subscriber.next()));
}
