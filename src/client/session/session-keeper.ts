import { BehaviorSubject, type Subscription } from 'rxjs';
import type { CancelTimer } from '../../clock.ts';
import type { Driver, Notice, WatchEventType } from '../../driver/driver.ts';
import { InternalError } from '../../errors/docent-error.ts';
import { type SessionEnd, SessionLostError } from '../../errors/session.ts';
import { exponential } from '../calls/retry.ts';
import type { Settings } from '../client-options.ts';
import { tellState } from '../diagnostics.ts';
import { type ConnectionEvent, type ConnectionState, nextState } from './connection-state.ts';
import { Lifetime } from './lifetime.ts';
import { Session } from './session.ts';

/** What a connection found: no session yet; ours, whose watches are set as before; or ours without them. */
export type Contact = 'new' | 'resumed' | 'resumed without watches';

/** Who is told what happens to the sessions. Never within packet handling. */
export interface KeeperListener {
  /** A server has taken the session, a new one or a known one. */
  established(lifetime: Lifetime, contact: Contact): void;
  /** The session is over; the next driver is about to be opened. */
  ended(lifetime: Lifetime): void;
  event(type: WatchEventType, path: string): void;
  /** Trouble that no caller can be told of. */
  trouble(error: Error): void;
}

const reopenDelayMs = exponential({ baseMs: 100, capMs: 5_000 });

/**
 * Keeps a session as long as there can be one: derives the client's state from the driver's notices and the clock, gives a session up when the clock
 * says so, and opens the next.
 */
export class SessionKeeper {
  readonly #settings: Settings;
  readonly #open: () => Driver;
  readonly #listener: KeeperListener;
  readonly #state$ = new BehaviorSubject<ConnectionState>('connecting');
  readonly #waiting = new Set<() => void>();
  readonly #closing = new Set<Promise<void>>();
  readonly #leaving = new Set<Driver>();

  #lifetime: Lifetime | undefined;
  #notices: Subscription | undefined;
  #endSession: AbortController | undefined;
  #stopClock: CancelTimer = () => {};
  #stopReopening: CancelTimer = () => {};
  #sessions = 0;
  #establishedMs = Number.NEGATIVE_INFINITY;
  /** Drivers in a row that came to an end without having kept a session for as long as its timeout. */
  #failures = 0;
  #lastTrouble: Error | undefined;
  #lastWord: Extract<Notice, { kind: 'over' }> | undefined;
  #zxidOfEarlier = 0n;
  #refusal: Error | undefined;
  #isServerReadOnly = false;
  #isClosed = false;

  constructor(settings: Settings, open: () => Driver, listener: KeeperListener) {
    this.#settings = settings;
    this.#open = open;
    this.#listener = listener;
  }

  get state(): ConnectionState {
    return this.#state$.value;
  }

  get state$(): BehaviorSubject<ConnectionState> {
    return this.#state$;
  }

  /** The present driver, with or without a session; undefined between two. Asking notices if the session's time has passed. */
  get lifetime(): Lifetime | undefined {
    this.#lifetime?.session?.isValid();
    return this.#lifetime;
  }

  /** Whether the server that we have contact with takes no writes. */
  get isReadOnly(): boolean {
    return this.state === 'connected' && this.#isServerReadOnly;
  }

  /** What went wrong last. */
  get lastTrouble(): Error | undefined {
    return this.#lastTrouble;
  }

  /** Why no server will ever take us as we are; undefined while there is hope. */
  get refusal(): Error | undefined {
    return this.#refusal;
  }

  /** Calls `action` at the next turn for better or worse: a driver was opened, a session established, or all servers refuse us. */
  whenTurned(action: () => void): () => void {
    this.#waiting.add(action);
    return () => this.#waiting.delete(action);
  }

  start(): void {
    const driver = this.#open();
    const lifetime = new Lifetime(driver, this.#zxidSeen);
    this.#lifetime = lifetime;
    // The driver tells inside packet handling, where nobody else's code may run.
    this.#notices = driver.notices$.subscribe((notice) => {
      if (notice.kind === 'over') this.#lastWord = notice;
      queueMicrotask(() => this.#take(lifetime, notice));
    });
    this.#lastWord = undefined;
    this.#turn();
  }

  /** Ends the session here and on the server. Never rejects; takes `graceMs` at most. */
  async close(graceMs: number): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#stopReopening();
    const lifetime = this.#lifetime;
    if (lifetime !== undefined) this.#end(lifetime, 'closed');
    this.#move('closed', lifetime?.session);
    for (const driver of this.#leaving) this.#leave(driver, graceMs);
    await Promise.all(this.#closing);
    this.#state$.complete();
  }

  get #zxidSeen(): bigint {
    return this.#lifetime?.lastZxid ?? this.#zxidOfEarlier;
  }

  #take(lifetime: Lifetime, notice: Notice): void {
    if (lifetime !== this.#lifetime) return;
    try {
      this.#follow(lifetime, notice);
    } catch (error) {
      this.#listener.trouble(new InternalError(`the notice '${notice.kind}' was not expected`, { cause: error }));
    }
  }

  #follow(lifetime: Lifetime, notice: Notice): void {
    switch (notice.kind) {
      case 'connected':
        this.#isServerReadOnly = notice.readOnly;
        return this.#established(lifetime, contactOf(notice));
      case 'disconnected':
        this.#lastTrouble = notice.cause;
        return this.#move('disconnected');
      case 'unreachable':
        this.#lastTrouble = notice.cause;
        this.#settings.logger.debug({ server: notice.server, err: notice.cause }, 'server not reachable');
        return;
      case 'event':
        return this.#listener.event(notice.type, notice.path);
      case 'over':
        this.#lastTrouble = notice.cause ?? this.#lastTrouble;
        return this.#giveUp(lifetime);
    }
  }

  #established(lifetime: Lifetime, contact: Contact): void {
    lifetime.session ??= this.#newSession(lifetime);
    this.#move('established');
    this.#listener.established(lifetime, contact);
    this.#turn();
  }

  #newSession(lifetime: Lifetime): Session {
    const { driver } = lifetime;
    const { clock, validityMargin } = this.#settings;
    const over = new AbortController();
    this.#endSession = over;
    this.#sessions += 1;
    this.#establishedMs = clock.now();
    this.#refusal = undefined;
    const session = new Session({
      number: this.#sessions,
      id: driver.sessionId,
      timeoutMs: driver.sessionTimeoutMs,
      driver,
      marginMs: validityMargin * driver.sessionTimeoutMs,
      clock,
      over: over.signal,
      giveUp: () => this.#giveUp(lifetime),
    });
    this.#watchClock(session);
    return session;
  }

  /** Raises the loss by our own clock; set again for as long as contact goes on. */
  #watchClock(session: Session): void {
    const { clock } = this.#settings;
    const check = () => {
      if (session.isValid()) this.#watchClock(session);
    };
    this.#stopClock = clock.setTimer(session.validUntilMs - clock.now(), check, { background: true });
  }

  #giveUp(lifetime: Lifetime): void {
    if (lifetime !== this.#lifetime) return;
    // The driver may have told already, and we are asked before its notice has come round.
    const { reason, cause } = this.#lastWord ?? { reason: 'out-of-contact', cause: this.#lastTrouble };
    this.#end(lifetime, reason, cause);
    this.#reopen();
  }

  #end(lifetime: Lifetime, reason: SessionEnd, cause?: Error): void {
    const { driver, session } = lifetime;
    const lost = new SessionLostError(driver.sessionId, reason, { cause });
    this.#zxidOfEarlier = this.#zxidSeen;
    this.#stopClock();
    this.#notices?.unsubscribe();
    this.#lifetime = undefined;
    if (reason === 'auth-failed' || reason === 'unusable') this.#refuse(cause ?? lost);
    this.#leave(driver, driver.sessionTimeoutMs);
    // The signal first: whoever holds something by this session must be the first to know.
    if (session !== undefined) this.#endSession?.abort(lost);
    lifetime.end(lost);
    if (reason !== 'closed') this.#move('over', session);
    this.#listener.ended(lifetime);
  }

  /** Lets the server know, and frees the driver. A driver whose session is over already does that at once. */
  #leave(driver: Driver, graceMs: number): void {
    this.#leaving.add(driver);
    const closing = driver.close(graceMs).finally(() => {
      this.#leaving.delete(driver);
      this.#closing.delete(closing);
    });
    this.#closing.add(closing);
  }

  #refuse(error: Error): void {
    this.#refusal = error;
    this.#listener.trouble(error);
    this.#turn();
  }

  #reopen(): void {
    if (this.#isClosed) return;
    const { clock, sessionTimeoutMs } = this.#settings;
    const wasShort = clock.now() - this.#establishedMs < sessionTimeoutMs;
    const delayMs = this.#failures === 0 ? 0 : reopenDelayMs(this.#failures, 0, clock.random());
    this.#failures = wasShort ? this.#failures + 1 : 0;
    if (this.state === 'lost') this.#move('reopening');
    if (delayMs === 0 || delayMs === 'stop') return this.start();
    this.#stopReopening = clock.setTimer(delayMs, () => this.start());
  }

  #turn(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const action of waiting) action();
  }

  #move(event: ConnectionEvent, session = this.#lifetime?.session): void {
    const from = this.state;
    const to = nextState(from, event);
    if (to === from) return;
    this.#settings.logger.info({ from, to, sessionId: session?.id.toString(16), readOnly: this.isReadOnly }, `connection ${to}`);
    tellState({ from, to, sessionId: session?.id });
    this.#state$.next(to);
  }
}

function contactOf({ resumed, watchesLost }: Extract<Notice, { kind: 'connected' }>): Contact {
  if (!resumed) return 'new';
  return watchesLost === true ? 'resumed without watches' : 'resumed';
}
