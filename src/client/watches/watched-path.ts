import type { Capabilities, WatchEventType, WatchMode } from '../../driver/driver.ts';
import { NotSentError, OutcomeUnknownError } from '../../errors/operation.ts';
import { NoNodeError } from '../../errors/refusal.ts';
import { isTransient } from '../../errors/transient.ts';
import { parentOf } from '../../path.ts';
import type { Call } from '../calls/call.ts';
import type { Caller } from '../calls/caller.ts';
import { persistently } from '../calls/persistently.ts';
import type { Lifetime } from '../session/lifetime.ts';
import { Waiter } from './waiter.ts';
import type { WatchEvent } from './watch-event.ts';

export interface WatchListener {
  readonly recursive: boolean;
  /** Must not throw. Never called within packet handling. */
  next(type: WatchEvent['type'], path: string): void;
  error(error: unknown): void;
  /** The client is closed. */
  complete(): void;
}

/** What is going on between us and the server about the watch: one thing at a time, the latest wins. */
interface Work {
  readonly kind: 'arming' | 'disarming';
  /** Events may have been missed by the time that it is done. */
  isAgain: boolean;
  call: Call | undefined;
}

/** What all paths of a client know in common. */
export interface WatchSurroundings {
  readonly caller: Caller;
  /** The lifetime of the present session; undefined while there is none. */
  readonly present: Lifetime | undefined;
  readonly capabilities: Capabilities;
}

/** The watch on one path: who needs it, and what is set on the server for them. */
export class WatchedPath {
  readonly path: string;
  readonly #surroundings: WatchSurroundings;
  readonly #listeners = new Set<WatchListener>();
  readonly #waiters = new Set<Waiter>();
  /** What is set on the server for the listeners, or about to be. */
  #mode: WatchMode | undefined;
  /** The server has confirmed it in the present lifetime, in this mode or a narrower one. */
  #isArmed = false;
  /**
   * The request that sets it is with the driver: a question handed over now is served after it, or fails with it. Not so while the request backs off:
   * nothing is set then.
   */
  #isAsked = false;
  /** What may be set on the server beyond that: a waiter's one-shot watch, or a persistent one whose removal was interrupted. */
  #mayBeSet: 'nothing' | 'data' | 'any' = 'nothing';
  #work: Work | undefined;

  constructor(path: string, surroundings: WatchSurroundings) {
    this.path = path;
    this.#surroundings = surroundings;
  }

  /** Does anybody listen or wait? */
  get isNeeded(): boolean {
    return this.#listeners.size > 0 || this.#waiters.size > 0;
  }

  listen(listener: WatchListener): void {
    this.#listeners.add(listener);
    const isEnough = this.#mode === 'persistent-recursive' || (this.#mode === 'persistent' && !listener.recursive);
    if (!isEnough) this.#arm(this.#work?.kind === 'arming');
  }

  unlisten(listener: WatchListener): void {
    this.#listeners.delete(listener);
  }

  wait(): Waiter {
    const waiter = new Waiter(!this.#isArmed && !this.#isAsked);
    if (waiter.needsWatch && this.#mayBeSet === 'nothing') this.#mayBeSet = 'data';
    // It must not come again after the waiter's watch was set.
    if (this.#work?.kind === 'disarming') this.#interrupt();
    this.#waiters.add(waiter);
    return waiter;
  }

  /** @param isMissing the waiter's question was answered by "no such znode", which sets no watch */
  release(waiter: Waiter, isMissing: boolean): void {
    if (isMissing && this.#waiters.size === 1 && this.#mayBeSet === 'data') this.#mayBeSet = 'nothing';
    this.#waiters.delete(waiter);
  }

  /** Contact is back, in the same session. The driver has set the watches again; what they tell cannot be complete for everybody. */
  resumed(): void {
    if (this.#isArmed && this.#work === undefined) this.#tell('resync', this.path);
    // It may not have been sent until now.
    if (this.#work?.kind === 'arming') this.#work.isAgain = true;
    for (const waiter of [...this.#waiters]) waiter.missed();
  }

  /** A new session has begun, without any watch. */
  restarted(): void {
    if (this.#work?.kind === 'arming') return;
    if (this.#listeners.size > 0) this.#arm(true);
  }

  /** Contact is back, in the same session, which has no watches any more. */
  forgotten(): void {
    this.sessionEnded();
    if (this.#work?.kind === 'arming') this.#work.isAgain = true;
    else this.restarted();
  }

  sessionEnded(): void {
    if (this.#work?.kind !== 'arming') this.#mode = undefined;
    this.#isArmed = false;
    this.#mayBeSet = 'nothing';
    for (const waiter of [...this.#waiters]) waiter.told();
  }

  event(type: WatchEventType, path: string): void {
    if (type !== 'children') {
      // Whoever is asking may set another after this event, unless it is the last of its znode.
      const isSetAnew = type !== 'deleted' && [...this.#waiters].some(({ isAsking, needsWatch }) => isAsking && needsWatch);
      if (this.#mayBeSet === 'data' && !isSetAnew) this.#mayBeSet = 'nothing';
      for (const waiter of [...this.#waiters]) waiter.told();
    }
    // Before the listeners are told: what they read then is newer than the watch.
    if (this.#mode !== undefined && this.#setsOneShots) this.#arm(this.#work?.kind === 'arming');
    this.#tell(type, path);
  }

  /** Something happened to a znode below. */
  eventBelow(type: WatchEventType, path: string): void {
    if (this.#mode !== 'persistent-recursive') return;
    for (const listener of [...this.#listeners]) {
      if (listener.recursive && type !== 'children') listener.next(type, path);
      // In this mode the server does not speak of lists of children.
      if (!listener.recursive && (type === 'created' || type === 'deleted') && parentOf(path) === this.path)
        listener.next('children', this.path);
    }
  }

  /** Nobody needs it any longer: takes it off the server. */
  disarm(whenDone: () => void): void {
    const type = this.#mode === undefined ? this.#mayBeSet : 'any';
    this.#mode = undefined;
    this.#isArmed = false;
    if (type === 'nothing') return whenDone();
    this.#mayBeSet = type;
    const work: Work = { kind: 'disarming', isAgain: false, call: undefined };
    const done = () => {
      if (this.#work !== work) return;
      this.#work = undefined;
      this.#mayBeSet = 'nothing';
      whenDone();
    };
    // If the server refuses, a watch stays that nobody listens to: no harm is done.
    this.#do(work, this.#surroundings.present?.session, (call) =>
      persistently(call, () => call.perform('removeWatches', { path: this.path, type }, 'unknown')),
    ).then(done, done);
  }

  /** The client is closed: nothing is told any more. Who waits ends with its call. */
  close(): void {
    for (const listener of this.#letGo()) listener.complete();
  }

  #letGo(): readonly WatchListener[] {
    const listeners = [...this.#listeners];
    this.#listeners.clear();
    return listeners;
  }

  get #setsOneShots(): boolean {
    return !this.#surroundings.capabilities.persistentWatches;
  }

  /** @param isAgain events may have been missed by the time that it is set */
  #arm(isAgain: boolean): void {
    const isRecursive = [...this.#listeners].some(({ recursive }) => recursive);
    const mode = isRecursive ? 'persistent-recursive' : 'persistent';
    const work: Work = { kind: 'arming', isAgain, call: undefined };
    this.#mode = mode;
    this.#do(work, undefined, (call) => this.#keepAsking(work, call, mode)).then(
      () => {
        if (this.#work === work) this.#armed(work);
      },
      (error: unknown) => {
        if (this.#work === work) this.#refused(error);
      },
    );
  }

  #armed({ call, isAgain }: Work): void {
    this.#work = undefined;
    if (call?.lifetime !== this.#surroundings.present) {
      this.#isAsked = false;
      return this.#arm(true);
    }
    this.#isArmed = true;
    this.#isAsked = false;
    if (isAgain || (call?.retries ?? 0) > 0) this.#tell('resync', this.path);
  }

  #refused(error: unknown): void {
    this.#work = undefined;
    this.#mode = undefined;
    this.#isArmed = false;
    for (const listener of this.#letGo()) listener.error(error);
  }

  /** Asks in this tick, and again for as long as what stands in the way may pass. */
  async #keepAsking(work: Work, call: Call, mode: WatchMode): Promise<void> {
    for (;;) {
      this.#isAsked = true;
      try {
        return await this.#set(call, mode);
      } catch (error) {
        // Another has taken over, and has asked itself.
        if (this.#work !== work) throw error;
        this.#notAsked();
        if (!mayPass(error)) throw error;
        await call.backOff(error);
      }
    }
  }

  /** What was asked for is not set: whoever relied on it looks again, and sets its own. */
  #notAsked(): void {
    this.#isAsked = false;
    for (const waiter of [...this.#waiters]) if (!waiter.needsWatch) waiter.told();
  }

  async #set(call: Call, mode: WatchMode): Promise<void> {
    if (!this.#setsOneShots) return await call.send('addWatch', { path: this.path, mode });
    const request = { path: this.path, watch: true };
    await Promise.all([call.send('exists', request), unlessMissing(call.send('getChildren', request))]);
  }

  async #do(work: Work, session: Lifetime['session'], body: (call: Call) => Promise<unknown>): Promise<void> {
    this.#interrupt();
    this.#work = work;
    const target = { operation: work.kind === 'arming' ? 'addWatch' : 'removeWatches', path: this.path, prefix: '' };
    await this.#surroundings.caller.runPersistently(target, { session }, async (call) => {
      work.call = call;
      await body(call);
    });
  }

  #interrupt(): void {
    const work = this.#work;
    this.#work = undefined;
    this.#isAsked = false;
    work?.call?.end(superseded);
  }

  #tell(type: WatchEvent['type'], path: string): void {
    for (const listener of [...this.#listeners]) {
      // A recursive watch tells of the children themselves.
      if (!(listener.recursive && type === 'children')) listener.next(type, path);
    }
  }
}

const superseded = Symbol('superseded');

function mayPass(error: unknown): boolean {
  return error instanceof NotSentError || error instanceof OutcomeUnknownError || isTransient(error);
}

async function unlessMissing(reading: Promise<unknown>): Promise<void> {
  try {
    await reading;
  } catch (error) {
    if (!(error instanceof NoNodeError)) throw error;
  }
}
