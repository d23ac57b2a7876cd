import { type Observable, Subject } from 'rxjs';
import type { CancelTimer } from '../../clock.ts';
import type { Ending } from '../../ending.ts';
import { AuthFailedError, ConnectionError } from '../../errors/connection.ts';
import { DocentError, InternalError } from '../../errors/docent-error.ts';
import { NotSentError, RequestTooLargeError, UnsupportedError } from '../../errors/operation.ts';
import { type SessionEnd, SessionLostError } from '../../errors/session.ts';
import type {
  Capabilities,
  Credentials,
  Driver,
  DriverFactory,
  DriverOptions,
  HostPort,
  Notice,
  OperationName,
  Perform,
  ReplyOf,
  RequestOf,
  WatchEventType,
} from '../driver.ts';
import { unprefixed, withPrefix } from '../prefix.ts';
import { serverName } from '../wire/hosts.ts';
import { Liveness } from '../wire/liveness.ts';
import { addressesOf } from './addresses.ts';
import { type Exchange, exchangeFor, lackForCredentials } from './exchanges.ts';
import { Link } from './link.ts';
import { loadPackage } from './package.ts';
import { PendingRequest, Requests } from './requests.ts';
import { authFailedCode, closingCode, packageCredential, provesLife, sizeOf } from './translate.ts';

/**
 * The driver over the npm package `zookeeper`, the official C client. The package is loaded when the first driver is made; if that fails, the session is over
 * before it began, and the notice's `cause` is a `DriverUnavailableError` that says how to install it.
 */
export const createZooKeeperDriver: DriverFactory = (options) => new ZooKeeperDriver(options);

const capabilities: Capabilities = {
  createStat: false,
  createAcl: false,
  getAcl: false,
  containers: true,
  ttl: true,
  multi: false,
  persistentWatches: false,
  removeWatches: false,
  reconfig: true,
  inspection: false,
  tls: false,
  readOnly: false,
  replyLimit: false,
};

const defaultGraceMs = 5_000;

/** How often we say that there is no contact, and look the servers' names up again. */
const shortestSearchMs = 100;
const longestSearchMs = 2_000;

/**
 * - `searching`: the package is being loaded, names are being looked up, or the C client looks for a server
 * - `proving`: it has found one, and takes requests; only when that has answered one do we know since when
 * - `attached`: it has
 * - `over`: the session has ended
 */
type State = 'searching' | 'proving' | 'attached' | 'over';

/** Joins the C client to the port: queues what it would drop, and finds out what it does not tell. */
class ZooKeeperDriver implements Driver {
  readonly name = 'zookeeper';
  readonly capabilities = capabilities;
  /** The package keeps the replies' zxids to itself. */
  readonly lastZxid = undefined;
  readonly notices$: Observable<Notice>;

  readonly #options: DriverOptions;
  readonly #link: Link;
  readonly #requests: Requests;
  readonly #liveness = new Liveness();
  readonly #notices = new Subject<Notice>();
  readonly #perform: Perform;
  readonly #ended: Promise<void>;
  #hosts: readonly HostPort[];
  #state: State = 'searching';
  #sessionId = 0n;
  /** What the session has authenticated with, or tried to. */
  readonly #schemes = new Set<string>();
  readonly #credentials: Credentials[];
  #hasLostWatches = false;
  #hasSentAuth = false;
  #refusedScheme: string | undefined;
  #end: SessionLostError | undefined;
  #isFlushPlanned = false;
  #beatAtMs = Number.POSITIVE_INFINITY;
  #searchAtMs = Number.POSITIVE_INFINITY;
  #leaveByMs = Number.POSITIVE_INFINITY;
  #disarm: CancelTimer = () => {};

  constructor(options: DriverOptions) {
    this.#options = options;
    this.#hosts = options.hosts;
    this.#credentials = [...options.auth];
    this.#requests = new Requests(options.maxPendingRequests);
    this.#link = new Link(
      Math.round(options.sessionTimeoutMs),
      {
        connected: () => this.#connected(),
        event: (type, path) => this.#event(type, path),
        renewed: () => this.#renewed(),
        closed: (end) => this.#closed(end),
      },
      () => this.#disconnected(),
    );
    this.notices$ = this.#notices.asObservable();
    this.#ended = new Promise((resolve) => this.#notices.subscribe({ complete: resolve }));
    this.#perform = withPrefix(options.chroot, (name, request, until) => this.#handOver(name, request, until));
    const lack = lackFor(options);
    if (lack === undefined) {
      // It never rejects: what goes wrong ends the session.
      void this.#search();
    } else this.#unusable(new UnsupportedError('connect', '/', this.name, lack));
  }

  get sessionId(): bigint {
    return this.#sessionId;
  }

  get sessionTimeoutMs(): number {
    return this.#liveness.timeoutMs;
  }

  get validUntilMs(): number {
    return this.#state === 'over' ? Number.NEGATIVE_INFINITY : this.#liveness.validUntilMs;
  }

  perform<N extends OperationName>(name: N, request: RequestOf<N>, until?: Ending): Promise<ReplyOf<N>> {
    return this.#perform(name, request, until);
  }

  setHosts(hosts: readonly HostPort[]): void {
    // The C client, given others while it has a connection, may leave its server for one of them: it gets them when it looks for one.
    this.#hosts = hosts;
  }

  close(graceMs = defaultGraceMs): Promise<void> {
    if (this.#state === 'over') return this.#ended;
    const hadLeave = this.#isLeaving;
    this.#leaveByMs = Math.min(this.#leaveByMs, this.#now() + graceMs);
    if (this.#isConnected) {
      this.#flush();
      if (!hadLeave) this.#sayFarewell();
    } else {
      this.#requests.refuseUnsent(this.#lost('closed'));
      if (this.#sessionId === 0n) this.#link.close();
      else this.#leaveByMs = Math.min(this.#leaveByMs, this.#liveness.goneByMs);
    }
    this.#arm();
    return this.#ended;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #now(): number {
    return this.#options.clock.now();
  }

  get #servers(): string {
    return this.#hosts.map(serverName).join(',');
  }

  get #isConnected(): boolean {
    return this.#state === 'proving' || this.#state === 'attached';
  }

  get #isLeaving(): boolean {
    return this.#leaveByMs !== Number.POSITIVE_INFINITY;
  }

  #handOver<N extends OperationName>(name: N, request: RequestOf<N>, until?: Ending): Promise<ReplyOf<N>> {
    return new Promise((resolve, reject) => {
      const path = 'path' in request ? request.path : '/';
      const exchange = this.#exchangeFor(name, path, request);
      if (exchange instanceof Error) return reject(exchange);
      if (until?.over !== undefined) return reject(new NotSentError(name, path, until.over.reason));
      const pending = new PendingRequest({ operation: name, path, request, exchange }, resolve, reject);
      this.#submit(pending);
      if (until === undefined || pending.isSettled) return;
      pending.stopListening = until.whenOver((reason) => this.#requests.withdraw(pending, reason));
    });
  }

  /** How the request goes to the C client, or why it does not. */
  #exchangeFor<N extends OperationName>(name: N, path: string, request: RequestOf<N>): Exchange<unknown, unknown> | Error {
    const exchange = exchangeFor(name);
    const lack = typeof exchange === 'string' ? exchange : exchange.lacks?.(request);
    if (typeof exchange === 'string' || lack !== undefined) return new UnsupportedError(name, path, this.name, lack ?? name);
    const { maxRequestBytes } = this.#options;
    const sizeBytes = sizeOf(request);
    if (sizeBytes > maxRequestBytes) return new RequestTooLargeError(name, path, sizeBytes, maxRequestBytes);
    // It is kept beside the request of its own operation, and given that only.
    return exchange as Exchange<unknown, unknown>;
  }

  #submit(pending: PendingRequest): void {
    if (this.#end !== undefined || this.#isLeaving) return pending.notSent(this.#end ?? this.#lost('closed'));
    this.#requests.submit(pending);
    if (this.#isFlushPlanned || !this.#isConnected) return;
    this.#isFlushPlanned = true;
    // At the end of this tick, when every promise that it has settled has run its course.
    queueMicrotask(() =>
      process.nextTick(() => {
        this.#isFlushPlanned = false;
        this.#flush();
      }),
    );
  }

  #flush(): void {
    const { client } = this.#link;
    if (!this.#isConnected || client === undefined || !this.#requests.hasUnsent) return;
    const sentAtMs = this.#sent();
    this.#requests.flush(client, (request, code, read) => this.#answered(request, sentAtMs, code, read));
    this.#settle();
  }

  /** The instant that what is handed over now counts from. It leaves this process then, or later. */
  #sent(): number {
    const nowMs = this.#now();
    this.#liveness.sent(nowMs);
    return nowMs;
  }

  /** Within the C client's call-back. */
  #answered(pending: PendingRequest, sentAtMs: number, code: number, read: () => unknown): void {
    // The C client has come to its end, and tells why later.
    if (code === closingCode) return;
    const { operation, request } = pending;
    this.#requests.answered(pending);
    // Servers answer these out of turn, without a look at the session.
    if (operation === 'addAuth') this.#added(request as RequestOf<'addAuth'>, code);
    else if (provesLife(code)) this.#liveness.acknowledged(sentAtMs);
    this.#link.tell(() => pending.answer(code, read, (what) => this.#trouble(`the C client says ${what}`)));
  }

  #added(credentials: Credentials, code: number): void {
    this.#authenticated(credentials.scheme, code);
    if (code === 0) this.#credentials.push(credentials);
  }

  #authenticated(scheme: string, code: number): void {
    this.#schemes.add(scheme);
    if (code === authFailedCode) this.#refusedScheme ??= scheme;
  }

  /** The C client has found a server. Since when that counts our session's time it does not tell: hence a request of our own before all others. */
  #connected(): void {
    // The connection may have broken, and the C client come to an end, before we were told of it.
    if (this.#state !== 'searching' || !this.#link.isUp) return;
    this.#state = 'proving';
    if (!this.#hasSentAuth) this.#sendAuth();
    if (this.#isLeaving) this.#sayFarewell();
    else this.#beat();
    this.#flush();
    this.#arm();
  }

  /** The C client repeats them on later connections. */
  #sendAuth(): void {
    this.#hasSentAuth = true;
    for (const { scheme, credential } of this.#credentials) {
      this.#link.client?.add_auth(scheme, packageCredential(credential) ?? '', (code) => this.#authenticated(scheme, code));
    }
  }

  /**
   * Asks for a sign of life, from the leader too: the C client's own pings, and their answers, are not to be seen, and come from the server that we are
   * on alone.
   */
  #beat(whenAnswered: () => void = () => {}): void {
    const sentAtMs = this.#sent();
    // As often as the wire driver asks.
    this.#beatAtMs = sentAtMs + (this.sessionTimeoutMs || this.#options.sessionTimeoutMs) / 10;
    this.#link.client?.a_sync('/', (code) => {
      if (!provesLife(code)) return;
      if (this.#state === 'proving') this.#proven(sentAtMs);
      else this.#liveness.confirmed(sentAtMs);
      this.#link.tell(whenAnswered);
    });
    this.#settle();
  }

  #settle(): void {
    try {
      this.#link.settle();
    } catch (error) {
      this.#unusable(error);
    }
  }

  /** Ends the session once everything before has been answered. Asked without that, a server that says nothing would stop this process for as long as it likes. */
  #sayFarewell(): void {
    this.#beat(() => this.#link.close());
  }

  #proven(sentAtMs: number): void {
    this.#state = 'attached';
    this.#liveness.accepted(this.#link.sessionTimeoutMs, sentAtMs, this.#now());
    this.#link.tell(() => {
      const resumed = this.#sessionId !== 0n;
      this.#sessionId = this.#link.sessionId;
      const watchesLost = resumed && this.#hasLostWatches;
      this.#hasLostWatches = false;
      this.#notify({ kind: 'connected', server: this.#servers, resumed, readOnly: false, ...(watchesLost ? { watchesLost } : {}) });
      this.#arm();
    });
  }

  /** Maybe within the C client's call-back. From here on, what it is given would be dropped. */
  #disconnected(): void {
    const wasAttached = this.#state === 'attached';
    if (this.#state !== 'over') this.#state = 'searching';
    this.#searchAtMs = this.#now() + this.#searchMs;
    this.#link.tell(() => {
      if (wasAttached) this.#notify({ kind: 'disconnected', cause: this.#trouble('it broke, and the C client does not say why') });
      this.#arm();
    });
  }

  #renewed(): void {
    this.#hasSentAuth = false;
    this.#hasLostWatches = true;
    for (const { operation, request } of this.#requests.inFlight) {
      // The server may have refused them already, and the session with them: asked again, it says so again.
      if (operation === 'addAuth') this.#credentials.push(request as RequestOf<'addAuth'>);
    }
    this.#requests.loseSent(this.#trouble('it broke while something was sent'));
  }

  #event(type: WatchEventType, path: string): void {
    this.#notify({ kind: 'event', type, path: unprefixed(this.#options.chroot, path) ?? path });
  }

  #closed(end: SessionEnd): void {
    if (end !== 'auth-failed') return this.#over(this.#isLeaving ? 'closed' : end);
    // Refused when the C client repeated them on a later connection: it does not say which.
    this.#over(end, new AuthFailedError(this.#refusedScheme ?? [...this.#schemes].join(', ')));
  }

  get #searchMs(): number {
    return Math.min(longestSearchMs, Math.max(shortestSearchMs, this.#options.sessionTimeoutMs / 6));
  }

  /** Looks the names up, and gives the C client the addresses, which may have changed. */
  async #search(): Promise<void> {
    try {
      const Package = await loadPackage();
      const { addresses, failures } = await addressesOf(this.#hosts);
      if (this.#state !== 'searching') return;
      for (const { server, cause } of failures) this.#notify({ kind: 'unreachable', server: serverName(server), cause });
      this.#link.search(Package, addresses);
      this.#searchAtMs = this.#now() + this.#searchMs;
      this.#arm();
    } catch (error) {
      this.#unusable(error);
    }
  }

  #unusable(problem: unknown): void {
    const error = problem instanceof DocentError ? problem : new InternalError('the C client does not start', { cause: problem });
    this.#link.tell(() => this.#over('unusable', error));
    this.#link.close();
  }

  #over(reason: SessionEnd, cause?: Error): void {
    if (this.#state === 'over') return;
    this.#state = 'over';
    this.#end = this.#lost(reason, cause);
    this.#disarm();
    this.#notify(cause === undefined ? { kind: 'over', reason } : { kind: 'over', reason, cause });
    this.#notices.complete();
    this.#requests.end(this.#end);
  }

  #lost(reason: SessionEnd, cause?: Error): SessionLostError {
    return new SessionLostError(this.#sessionId, reason, { cause });
  }

  #trouble(problem: string): ConnectionError {
    return new ConnectionError(this.#servers, problem);
  }

  #notify(notice: Notice): void {
    if (notice.kind !== 'event') this.#options.log.debug(notice, `session 0x${this.#sessionId.toString(16)}: ${notice.kind}`);
    this.#notices.next(notice);
  }

  get #wakeAtMs(): number {
    return Math.min(this.#leaveByMs, this.#isConnected ? this.#beatAtMs : this.#searchAtMs);
  }

  /** One timer for all; what has moved meanwhile is found out when it fires. */
  #arm(): void {
    this.#disarm();
    const atMs = this.#wakeAtMs;
    if (this.#state === 'over' || atMs === Number.POSITIVE_INFINITY) return;
    this.#disarm = this.#options.clock.setTimer(atMs - this.#now(), () => this.#wake());
  }

  #wake(): void {
    const nowMs = this.#now();
    if (nowMs >= this.#leaveByMs) return this.#link.abandon();
    if (this.#isConnected) {
      if (nowMs >= this.#beatAtMs) this.#beat();
    } else if (nowMs >= this.#searchAtMs) {
      this.#searchAtMs = nowMs + this.#searchMs;
      this.#notify({
        kind: 'unreachable',
        server: this.#servers,
        cause: this.#trouble('not there yet, and the C client does not say why'),
      });
      // It never rejects: what goes wrong ends the session.
      void this.#search();
    }
    this.#arm();
  }
}

/** What was asked for and cannot be had with the package. */
function lackFor({ tls, readOnly, auth }: DriverOptions): string | undefined {
  if (tls !== undefined) return 'TLS';
  if (readOnly) return 'read-only mode';
  return auth.map(lackForCredentials).find((lack) => lack !== undefined);
}
