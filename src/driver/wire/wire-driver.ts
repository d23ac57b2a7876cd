import { type Observable, Subject } from 'rxjs';
import { type CancelTimer, randomUuid } from '../../clock.ts';
import type { Ending } from '../../ending.ts';
import { ConnectionError } from '../../errors/connection.ts';
import { NotSentError } from '../../errors/operation.ts';
import type {
  Capabilities,
  Driver,
  DriverFactory,
  DriverOptions,
  HostPort,
  Notice,
  OperationName,
  Perform,
  ReplyOf,
  RequestOf,
} from '../driver.ts';
import { unprefixed, withPrefix } from '../prefix.ts';
import { DialQueue } from './dial-queue.ts';
import { Hosts, serverName } from './hosts.ts';
import { PendingRequest } from './pending-request.ts';
import { SessionMachine } from './session-machine.ts';
import { Connection, type Security, securityOf } from './socket.ts';
import { exchangeFor } from './translate.ts';
import { WritableSearch } from './writable-search.ts';

/** The driver that speaks ZooKeeper's protocol itself. */
export const createWireDriver: DriverFactory = (options) => new WireDriver(options);

const capabilities: Capabilities = {
  createStat: true,
  createAcl: true,
  getAcl: true,
  containers: true,
  ttl: true,
  multi: true,
  persistentWatches: true,
  removeWatches: true,
  reconfig: true,
  inspection: true,
  tls: true,
  readOnly: true,
  replyLimit: true,
};

const defaultGraceMs = 5_000;

const dials = new DialQueue(32);

/** Joins the machine, which decides, to the socket, the clock and the callers. */
class WireDriver implements Driver {
  readonly name = 'wire';
  readonly capabilities = capabilities;
  readonly notices$: Observable<Notice>;

  readonly #options: DriverOptions;
  readonly #security: Security | undefined;
  readonly #hosts: Hosts;
  readonly #machine: SessionMachine;
  readonly #writableSearch: WritableSearch;
  readonly #notices = new Subject<Notice>();
  readonly #perform: Perform;
  readonly #ended: Promise<void>;
  #isFlushPlanned = false;
  #connection: Connection | undefined;
  /** Which try to connect is the present one; those before it are void. */
  #attempt = 0;
  #endDial: () => void = () => {};
  #armedForMs = Number.POSITIVE_INFINITY;
  #disarm: CancelTimer = () => {};

  constructor(options: DriverOptions) {
    const { clock } = options;
    this.#options = options;
    this.#security = options.tls === undefined ? undefined : securityOf(options.tls);
    this.#hosts = new Hosts(options.hosts, () => clock.random());
    this.#writableSearch = new WritableSearch({
      hosts: this.#hosts,
      security: this.#security,
      clock,
      found: (server, address) => this.#moveTo(server, address),
    });
    this.notices$ = this.#notices.asObservable();
    this.#ended = new Promise((resolve) => this.#notices.subscribe({ complete: resolve }));
    this.#perform = withPrefix(options.chroot, (name, request, until) => this.#handOver(name, request, until));
    this.#machine = new SessionMachine(
      {
        ...options,
        serverCount: () => this.#hosts.count,
        random: () => clock.random(),
        nonce: randomUuid,
      },
      {
        dial: () => this.#dial(),
        hangUp: (lastWords) => this.#hangUp(lastWords),
        notice: (notice) => this.#tell(notice),
      },
      clock.now(),
    );
    this.#wake();
  }

  get sessionId(): bigint {
    return this.#machine.sessionId;
  }

  get sessionTimeoutMs(): number {
    return this.#machine.sessionTimeoutMs;
  }

  get validUntilMs(): number {
    return this.#machine.validUntilMs;
  }

  get lastZxid(): bigint {
    return this.#machine.lastZxid;
  }

  perform<N extends OperationName>(name: N, request: RequestOf<N>, until?: Ending): Promise<ReplyOf<N>> {
    return this.#perform(name, request, until);
  }

  setHosts(hosts: readonly HostPort[]): void {
    this.#hosts.replace(hosts);
  }

  close(graceMs = defaultGraceMs): Promise<void> {
    this.#writableSearch.end();
    this.#machine.close(graceMs, this.#now());
    this.#afterInput();
    return this.#ended;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #now(): number {
    return this.#options.clock.now();
  }

  #handOver<N extends OperationName>(name: N, request: RequestOf<N>, until?: Ending): Promise<ReplyOf<N>> {
    return new Promise((resolve, reject) => {
      const path = 'path' in request ? request.path : '/';
      if (until?.over !== undefined) return reject(new NotSentError(name, path, until.over.reason));
      const pending = new PendingRequest(name, path, request, exchangeFor(name, request), resolve, reject);
      this.#machine.submit(pending);
      if (until !== undefined && !pending.isSettled) {
        pending.stopListening = until.whenOver((reason) => this.#machine.withdraw(pending, reason));
      }
      this.#planFlush();
    });
  }

  /** At the end of this tick, when every promise that it has settled has run its course: what they lead to shares one write. */
  #planFlush(): void {
    if (this.#isFlushPlanned || !this.#machine.hasUnsent) return;
    this.#isFlushPlanned = true;
    queueMicrotask(() => process.nextTick(() => this.#flush()));
  }

  #flush(): void {
    this.#isFlushPlanned = false;
    this.#machine.flush(this.#now());
    this.#afterInput();
  }

  #wake(): void {
    this.#machine.tick(this.#now());
    this.#afterInput();
  }

  /** Carries out what the machine has decided upon the last input. */
  #afterInput(): void {
    const bytes = this.#machine.take();
    if (bytes.length > 0) this.#connection?.write(bytes);
    this.#planFlush();
    this.#arm(this.#machine.wakeAtMs);
  }

  /** A wake-up that has moved later is left as it is: the machine finds that there is nothing to do yet, and it costs a timer less for each request. */
  #arm(atMs: number): void {
    if (atMs === Number.POSITIVE_INFINITY) return this.#disarm();
    if (atMs >= this.#armedForMs) return;
    this.#disarm();
    this.#armedForMs = atMs;
    this.#disarm = this.#options.clock.setTimer(atMs - this.#now(), () => {
      this.#armedForMs = Number.POSITIVE_INFINITY;
      this.#wake();
    });
  }

  #dial(): string {
    this.#attempt += 1;
    const attempt = this.#attempt;
    const { server, address } = this.#hosts.next();
    address.then(
      (resolved) => {
        if (attempt === this.#attempt) this.#endDial = dials.enter(`${resolved}:${server.port}`, () => this.#connect(server, resolved));
      },
      (error: Error) => {
        if (attempt === this.#attempt) this.#broken(error);
      },
    );
    return serverName(server);
  }

  #connect(server: HostPort, address: string): void {
    this.#connection = new Connection(server, address, this.#security, {
      opened: () => {
        this.#machine.opened(this.#now());
        this.#afterInput();
      },
      received: (chunk) => {
        this.#endDial();
        this.#machine.received(chunk, this.#now());
        this.#afterInput();
      },
      closed: (cause) => this.#broken(cause),
    });
  }

  #broken(cause: Error): void {
    this.#machine.broken(cause, this.#now());
    this.#afterInput();
  }

  /** From a server in read-only mode to one that takes writes. */
  #moveTo(server: HostPort, address: string): void {
    this.#hosts.prefer(server, address);
    this.#broken(new ConnectionError(this.#machine.server, `it is in read-only mode, and ${serverName(server)} is not`));
  }

  #hangUp(lastWords?: readonly Buffer[]): void {
    this.#attempt += 1;
    this.#writableSearch.end();
    this.#endDial();
    if (lastWords === undefined) this.#connection?.drop();
    else this.#connection?.dropAfter(lastWords);
    this.#connection = undefined;
  }

  #tell(notice: Notice): void {
    const { chroot, log } = this.#options;
    if (notice.kind === 'event') {
      this.#notices.next({
        ...notice,
        path: unprefixed(chroot, notice.path) ?? notice.path,
      });
      return;
    }
    log.debug(notice, `session 0x${this.#machine.sessionId.toString(16)}: ${notice.kind}`);
    this.#notices.next(notice);
    if (notice.kind === 'connected' && notice.readOnly) this.#writableSearch.begin();
    if (notice.kind === 'over') this.#notices.complete();
  }
}
