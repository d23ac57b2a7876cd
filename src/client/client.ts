import { distinctUntilChanged, map, type Observable } from 'rxjs';
import type { Clock } from '../clock.ts';
import type { Capabilities } from '../driver/driver.ts';
import { InvalidArgumentError, undisclosed } from '../errors/docent-error.ts';
import type { Logger } from '../log.ts';
import { joinPath, validatePath } from '../path.ts';
import { validateCallOptions } from './calls/arguments.ts';
import type { CallOptions } from './calls/call-options.ts';
import { type ClientOptions, parseAddedCredentials, parseClientOptions, parseNamespace } from './client-options.ts';
import { Core, CoreView } from './core.ts';
import type { ConnectionState } from './session/connection-state.ts';
import type { Session } from './session/session.ts';
import { followChildren, followData } from './watches/observe.ts';
import { watch } from './watches/watch.ts';
import type { WatchEvent, WatchOptions } from './watches/watch-event.ts';
import { whenChanged } from './watches/when-changed.ts';
import type { NodeData } from './znodes/znode-options.ts';
import { Znodes } from './znodes/znodes.ts';

/**
 * A framework client: one ZooKeeper session after the other over any number of connections, operations that are tried again where that is safe, and
 * watches that outlive both. `connect` makes one and waits for its first session.
 *
 * @see Curator `CuratorFramework`
 */
export class Client extends Znodes implements AsyncDisposable {
  readonly #core: Core;
  readonly #prefix: string;
  readonly #isOwner: boolean;

  /**
   * Begins to connect at once, and goes on until it is closed; no trouble with the network is thrown here.
   *
   * @throws {InvalidArgumentError}
   */
  constructor(options: ClientOptions | CoreView) {
    const view = options instanceof CoreView ? options : opened(options, 'Client');
    super(view.core, view.prefix);
    this.#core = view.core;
    this.#prefix = view.prefix;
    this.#isOwner = view.isOwner;
  }

  /** The present state. */
  get state(): ConnectionState {
    return this.#core.keeper.state;
  }

  /** The present state and each later one; completes after `closed`. */
  get state$(): Observable<ConnectionState> {
    return this.#core.keeper.state$.asObservable();
  }

  /** Errors that nobody else can be told of. They go to the logger too. Hot: what nobody listens to is gone. */
  get errors$(): Observable<Error> {
    return this.#core.errors$.asObservable();
  }

  /** The present session; undefined while there is none. */
  get session(): Session | undefined {
    return this.#core.keeper.lifetime?.session;
  }

  /**
   * Whether the server that we have contact with has lost its quorum: it answers reads, from what it knew then, and refuses writes with
   * `ReadOnlyServerError`. Only clients with the option `readOnly` take such a server. It changes only while there is no contact: ask upon each `connected`.
   */
  get isReadOnly(): boolean {
    return this.#core.keeper.isReadOnly;
  }

  /** Where this client has its time from. */
  get clock(): Clock {
    return this.#core.settings.clock;
  }

  get logger(): Logger {
    return this.#core.settings.logger;
  }

  /** What the driver in use can do. */
  get capabilities(): Capabilities {
    return this.#core.capabilities;
  }

  /**
   * For recipes: the same object for this client and for all that `usingNamespace` makes of it. What they share in this process is kept by this object and
   * `absolutePath`, never by a client or a path alone.
   */
  get scope(): object {
    return this.#core.scope;
  }

  /** For recipes: the path with this client's namespace before it, which names the same znode for all clients of one `scope`. */
  absolutePath(path: string): string {
    return this.#prefix === '' ? path : joinPath(this.#prefix, path);
  }

  /** Milliseconds on the scale of `Session.validUntilMs`. */
  now(): number {
    return this.clock.now();
  }

  /** For recipes: tells of an error that no caller can be told of. */
  reportError(error: Error): void {
    this.#core.reportError(error);
  }

  /**
   * Waits for a session with contact to a server, and resolves with it.
   *
   * @param options `timeoutMs` is `connectTimeoutMs` of the client by default
   * @throws {ConnectTimeoutError} with the last trouble as its cause
   * @throws {AuthFailedError} the servers refuse our credentials
   */
  async connected(options: Pick<CallOptions, 'timeoutMs' | 'signal'> = {}): Promise<Session> {
    validateCallOptions(options, 'connected');
    return await this.#core.connected(options);
  }

  /**
   * Authenticates this session, and all later ones, as somebody more. A scheme that the server does not know ends the session.
   *
   * @param scheme not `sasl`: that is for the client's `auth` option
   * @throws {AuthFailedError | RefusedError} the server refuses
   */
  async addAuth(scheme: string, credential: string | Uint8Array, options: CallOptions = {}): Promise<void> {
    const added = parseAddedCredentials(scheme, credential);
    await this.#core.caller.run({ operation: 'addAuth', path: '/', prefix: '' }, options, async (call) => {
      await call.perform('addAuth', { path: '/', ...added }, 'unknown');
    });
    this.#core.addAuth(added);
  }

  /**
   * Events of the znode and of its list of children, or of all its subtree, across reconnects and sessions. After any gap it emits `resync`: read
   * anew then. Begins to watch in the tick of the subscription. Errors only with what cannot heal: a closed client, no permission, a bad path.
   */
  watch(path: string, options: WatchOptions = {}): Observable<WatchEvent> {
    return watch(this.#core, this.#prefix, path, options);
  }

  /** The znode's data, then each newer data, never an older one; null while there is no such znode. Errors as `watch` does. */
  data$(path: string): Observable<NodeData | null> {
    return followData(this.#core, this.#prefix, path);
  }

  /** Names of the znode's children, then each newer list, never an older one; null while there is no such znode. Errors as `watch` does. */
  children$(path: string): Observable<readonly string[] | null> {
    return followChildren(this.#core, this.#prefix, path).pipe(
      map((list) => list?.children ?? null),
      distinctUntilChanged(),
    );
  }

  /**
   * Resolves with `missing` at once if there is no such znode, and with `changed` upon the first change of its data, its deletion, or a reconnect, in
   * which a change may have been missed: look again. Waits as long as it takes unless it is bounded.
   */
  async whenChanged(path: string, options: CallOptions = {}): Promise<'changed' | 'missing'> {
    validatePath(path, 'whenChanged.path');
    const target = { operation: 'whenChanged', path, prefix: this.#prefix };
    return await this.#core.caller.runPersistently(target, options, (call) => whenChanged(call, this.#core.watches, path));
  }

  /**
   * The same session seen from below another root, instead of this client's namespace. Its root is made when the first znode in it is. Closing it closes
   * nothing.
   *
   * @throws {InvalidArgumentError}
   */
  usingNamespace(namespace: string): Client {
    return new Client(new CoreView(this.#core, parseNamespace(namespace, 'usingNamespace.namespace'), false));
  }

  /**
   * Ends the session, so that its ephemeral znodes go at once. Calls under way reject with `ClosedError`; what they leave to be cleaned up is, as far as
   * `closeTimeoutMs` allows. Idempotent, never rejects.
   */
  async close(): Promise<void> {
    if (this.#isOwner) await this.#core.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/**
 * Connects to any of `hosts`, as in `h1:2181,h2:2181/chroot`, and resolves when there is a session. Takes `connect(hosts, options)`, and the same in one
 * object: `connect({ hosts, … })`.
 *
 * @throws {InvalidArgumentError}
 * @throws {ConnectTimeoutError} none within `connectTimeoutMs`; nothing is left open
 * @throws {AuthFailedError} the servers refuse our credentials
 */
export async function connect(hosts: string, options?: Omit<ClientOptions, 'hosts'>): Promise<Client>;
export async function connect(options: ClientOptions): Promise<Client>;
export async function connect(hosts: string | ClientOptions, more?: Omit<ClientOptions, 'hosts'>): Promise<Client> {
  const options = inOneObject(hosts, more);
  const client = new Client(opened(options, 'connect'));
  try {
    await client.connected();
    // The server says nothing of credentials that it takes: what is answered after them was asked by somebody it knows.
    if (options.auth !== undefined) await client.exists('/', { timeoutMs: options.connectTimeoutMs });
    return client;
  } catch (error) {
    await client.close();
    throw error;
  }
}

/** @throws {InvalidArgumentError} */
function inOneObject(hosts: string | ClientOptions, more: Omit<ClientOptions, 'hosts'> | undefined): ClientOptions {
  if (typeof hosts !== 'object' || hosts === null) return { ...more, hosts };
  if (more === undefined) return hosts;
  throw new InvalidArgumentError('connect', undisclosed, 'must be given its options in one object, or `hosts` as text before them');
}

function opened(options: ClientOptions, what: string): CoreView {
  const settings = parseClientOptions(options, what);
  return new CoreView(new Core(settings), settings.namespace, true);
}
