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
import { isReliable, nextPhase, serves, type WatchAction, type WatchPhase, type WatchStep } from './watch-state.ts';

export interface WatchListener {
  readonly recursive: boolean;
  /** Must not throw. Never called within packet handling. */
  next(type: WatchEvent['type'], path: string): void;
  error(error: unknown): void;
  /** The client is closed. */
  complete(): void;
}

/** The request that is under way about the watch, or the wait before it is sent again; a later one takes its place. */
interface Work {
  call: Call | undefined;
}

/** What all paths of a client know in common. */
export interface WatchSurroundings {
  readonly caller: Caller;
  /** The lifetime of the present session; undefined while there is none. */
  readonly present: Lifetime | undefined;
  readonly capabilities: Capabilities;
}

/** The watch on one path: who needs it, and what is set on the server for them. What happens when is in `watch-state.ts`; here it is done. */
export class WatchedPath {
  readonly path: string;
  readonly #surroundings: WatchSurroundings;
  readonly #forget: () => void;
  readonly #listeners = new Set<WatchListener>();
  readonly #waiters = new Set<Waiter>();
  #phase: WatchPhase = 'none';
  /** What was last asked for, for listeners; undefined if nothing is. */
  #mode: WatchMode | undefined;
  /** What may be set on the server beyond that: a waiter's one-shot watch, or one whose removal was interrupted. */
  #leftover: 'nothing' | 'data' | 'any' = 'nothing';
  #work: Work | undefined;

  /** @param forget nothing is set, and nobody needs it */
  constructor(path: string, surroundings: WatchSurroundings, forget: () => void) {
    this.path = path;
    this.#surroundings = surroundings;
    this.#forget = forget;
  }

  listen(listener: WatchListener): void {
    this.#listeners.add(listener);
    const isServed = serves(this.#mode, listener.recursive ? 'persistent-recursive' : 'persistent');
    if (!isServed || this.#phase === 'lost') this.#on('wanted');
  }

  unlisten(listener: WatchListener): void {
    this.#listeners.delete(listener);
    this.#leave();
  }

  wait(): Waiter {
    const waiter = new Waiter(!isReliable(this.#phase));
    if (waiter.needsWatch) {
      if (this.#leftover === 'nothing') this.#leftover = 'data';
      this.#on('waited');
    }
    this.#waiters.add(waiter);
    return waiter;
  }

  /** @param isMissing the waiter's question was answered by "no such znode", which sets no watch */
  release(waiter: Waiter, isMissing: boolean): void {
    if (isMissing && this.#waiters.size === 1 && this.#leftover === 'data') this.#leftover = 'nothing';
    this.#waiters.delete(waiter);
    this.#leave();
  }

  /** Contact is back, in the same session. The driver has set the watches again; what they tell cannot be complete for everybody. */
  resumed(): void {
    this.#on('resumed');
  }

  /** A new session has begun, without any watch. */
  restarted(): void {
    this.#on('new-session');
  }

  /** Contact is back, in the same session, which has no watches any more. */
  forgotten(): void {
    this.sessionEnded();
    this.restarted();
  }

  sessionEnded(): void {
    this.#leftover = 'nothing';
    this.#on('session-ended');
  }

  event(type: WatchEventType, path: string): void {
    if (type !== 'children') {
      // Whoever is asking may set another after this event, unless it is the last of its znode.
      const isSetAnew = type !== 'deleted' && [...this.#waiters].some(({ isAsking, needsWatch }) => isAsking && needsWatch);
      if (this.#leftover === 'data' && !isSetAnew) this.#leftover = 'nothing';
      this.#wake(() => true);
    }
    // Before the listeners are told: what they read then is newer than the watch.
    if (this.#setsOneShots) this.#on('used-up');
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

  /** The client is closed: nothing is told any more. Who waits ends with its call. */
  close(): void {
    for (const listener of this.#letGo()) listener.complete();
  }

  get #isNeeded(): boolean {
    return this.#listeners.size > 0 || this.#waiters.size > 0;
  }

  get #setsOneShots(): boolean {
    return !this.#surroundings.capabilities.persistentWatches;
  }

  /** If nobody needs it any longer, takes it off the server. */
  #leave(): void {
    if (this.#isNeeded) return;
    if ((this.#phase === 'none' || this.#phase === 'lost') && this.#leftover === 'nothing') this.#forget();
    else this.#on('unwanted');
  }

  /** @param error for `fail` */
  #on(step: WatchStep, error?: unknown): void {
    const [phase, ...actions] = nextPhase(this.#phase, step);
    this.#phase = phase;
    if (phase === 'none' || phase === 'removing') this.#mode = undefined;
    for (const action of actions) this.#do(action, error);
  }

  #do(action: WatchAction, error: unknown): void {
    switch (action) {
      case 'send':
        return this.#send();
      case 'stop':
        return this.#stop();
      case 'remove':
        return this.#remove();
      case 'leave-behind':
        this.#leftover = 'any';
        return;
      case 'resync':
        return this.#tell('resync', this.path);
      case 'fail':
        return this.#fail(error);
      case 'wake-reliant':
        return this.#wake(({ needsWatch }) => !needsWatch);
      case 'wake-all':
        return this.#wake(() => true);
      case 'wake-answered':
        for (const waiter of [...this.#waiters]) waiter.missed();
        return;
      case 'forget':
        this.#leftover = 'nothing';
        if (!this.#isNeeded) this.#forget();
        return;
    }
  }

  #wake(isMeant: (waiter: Waiter) => boolean): void {
    for (const waiter of [...this.#waiters]) if (isMeant(waiter)) waiter.told();
  }

  #fail(error: unknown): void {
    for (const listener of this.#letGo()) listener.error(error);
  }

  #letGo(): readonly WatchListener[] {
    const listeners = [...this.#listeners];
    this.#listeners.clear();
    return listeners;
  }

  #send(): void {
    const isRecursive = [...this.#listeners].some(({ recursive }) => recursive);
    const mode = isRecursive ? 'persistent-recursive' : 'persistent';
    this.#mode = mode;
    const work = this.#begin();
    this.#run(work, 'addWatch', undefined, (call) => this.#keepAsking(work, call, mode)).then(
      () => this.#end(work, work.call?.lifetime === this.#surroundings.present ? 'confirmed' : 'outdated'),
      (error: unknown) => this.#end(work, 'refused-for-good', error),
    );
  }

  #remove(): void {
    const type = this.#leftover === 'data' ? 'data' : 'any';
    const work = this.#begin();
    const removed = () => this.#end(work, 'removed');
    // If the server refuses, a watch stays that nobody listens to: no harm is done.
    this.#run(work, 'removeWatches', this.#surroundings.present?.session, (call) =>
      persistently(call, () => call.perform('removeWatches', { path: this.path, type }, 'unknown')),
    ).then(removed, removed);
  }

  /** Asks in this tick, and again for as long as what stands in the way may pass. */
  async #keepAsking(work: Work, call: Call, mode: WatchMode): Promise<void> {
    for (;;) {
      try {
        return await this.#set(call, mode);
      } catch (error) {
        // Another has taken over, and has asked itself.
        if (this.#work !== work || !mayPass(error)) throw error;
        this.#on('refused-for-now');
        await call.backOff(error);
        if (this.#work === work) this.#on('handed-over');
      }
    }
  }

  async #set(call: Call, mode: WatchMode): Promise<void> {
    if (!this.#setsOneShots) return await call.send('addWatch', { path: this.path, mode });
    const request = { path: this.path, watch: true };
    await Promise.all([call.send('exists', request), unlessMissing(call.send('getChildren', request))]);
  }

  #begin(): Work {
    this.#stop();
    const work: Work = { call: undefined };
    this.#work = work;
    return work;
  }

  #stop(): void {
    const work = this.#work;
    this.#work = undefined;
    work?.call?.end(superseded);
  }

  /** Nothing comes of what another has taken the place of. */
  #end(work: Work, step: WatchStep, error?: unknown): void {
    if (this.#work !== work) return;
    this.#work = undefined;
    this.#on(step, error);
  }

  async #run(work: Work, operation: string, session: Lifetime['session'], body: (call: Call) => Promise<unknown>): Promise<void> {
    await this.#surroundings.caller.runPersistently({ operation, path: this.path, prefix: '' }, { session }, async (call) => {
      work.call = call;
      await body(call);
    });
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
