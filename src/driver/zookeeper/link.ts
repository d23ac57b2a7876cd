import { nextTurn } from '../../clock.ts';
import { InternalError } from '../../errors/docent-error.ts';
import type { HostPort, WatchEventType } from '../driver.ts';
import type { PackageClass, PackageClient, PackageConfig } from './package.ts';
import { endOf, eventTypes, hasNoSocket, idOf, notConnected, packageServers } from './translate.ts';

/** What the C client tells of itself. Called out of its call-backs, in order. */
export interface LinkListener {
  connected(): void;
  event(type: WatchEventType, path: string): void;
  /** The session goes on with another C client, which knows of no requests, watches or credentials. */
  renewed(): void;
  /** It has come to an end and is of no more use. */
  closed(end: ReturnType<typeof endOf>): void;
}

// A large reply takes many reads, each of which the package counts; its own limit of 10 ends sessions over a reply of a megabyte.
const readsOfOneReply = 100_000;

/** Given an address that is none of its servers' alone, ports not counted, the C client drops its connection. Nobody connects there: it is closed at once. */
const nowhere = '127.255.255.254:1';

/**
 * The C client of one session, and what keeps it from doing harm.
 *
 * Outside of its call-backs it must not close its socket: Node polls that still, and libuv ends the process, or takes whatever is given the number next for
 * it. But it does, when told of other servers, and when a request cannot be sent. The one is put off; after the other the session goes on with another.
 *
 * It is asked for watches with `watch: true` only, whose events come to the client as a whole: a watch of its own function leaks that, and gets told of the
 * connection too. And nobody's code but docent's runs within its call-backs.
 */
export class Link {
  readonly #listener: LinkListener;
  readonly #isDown: () => void;
  readonly #timeoutMs: number;
  #Package: PackageClass | undefined;
  #client: PackageClient | undefined;
  #servers = '';
  #isUp = false;
  #isClosed = false;
  #told: (() => void)[] = [];

  /** @param isDown is called at once when the connection breaks, within the C client's call-back for one: nothing may be handed to it from then on */
  constructor(timeoutMs: number, listener: LinkListener, isDown: () => void) {
    this.#timeoutMs = timeoutMs;
    this.#listener = listener;
    this.#isDown = isDown;
  }

  /** Undefined before it knows an address, and after its end. */
  get client(): PackageClient | undefined {
    return this.#isClosed ? undefined : this.#client;
  }

  /** Whether it has a connection to a server that has taken the session, as far as it has told within its call-backs. */
  get isUp(): boolean {
    return this.#isUp;
  }

  /** Where to look for servers; begins to. While there is a connection, or one in the making, it does nothing: tell it again later. */
  search(Package: PackageClass, addresses: readonly HostPort[]): void {
    const servers = packageServers(addresses);
    if (this.#isClosed || servers === '' || servers === this.#servers) return;
    this.#Package = Package;
    if (this.#client === undefined) this.#start(new Package({}), servers);
    else if (hasNoSocket(this.#client.state)) {
      // Given the addresses that it has, on other ports, it would keep to its own.
      this.#client.set_servers(nowhere);
      this.#client.set_servers(servers);
    } else return;
    this.#servers = servers;
  }

  /** To be called when something has been handed to the C client, in the same turn. */
  settle(): void {
    const { client } = this;
    if (client !== undefined && this.#isUp && client.state === notConnected) this.#renew(client);
  }

  /** Ends the session, if there is contact. The C client stops the whole process until the server says something, for 1.5 s at most. */
  close(): void {
    const client = this.client;
    if (client === undefined) this.tell(() => this.#listener.closed('closed'));
    this.#isClosed = true;
    client?.close();
  }

  /** Ends without a word to the server, and at once. */
  abandon(): void {
    this.client?.set_servers(nowhere);
    this.close();
  }

  /**
   * Runs `action` when we are out of the C client. Its call-backs come in the midst of its work, when it has closed a socket that Node still polls, say; and
   * promises settled there would run their course there.
   */
  tell(action: () => void): void {
    this.#told.push(action);
    if (this.#told.length > 1) return;
    nextTurn(() => {
      const told = this.#told;
      this.#told = [];
      for (const each of told) each();
    });
  }

  get sessionId(): bigint {
    return idOf(this.#client?.client_id ?? '0');
  }

  get sessionTimeoutMs(): number {
    return this.#client?.timeout ?? 0;
  }

  #renew(client: PackageClient): void {
    const { client_id, client_password } = client;
    this.#isUp = false;
    this.#client = undefined;
    // Without a connection it has nothing to say to the server.
    client.close();
    this.#isDown();
    this.#listener.renewed();
    if (this.#Package !== undefined) this.#start(new this.#Package({}), this.#servers, { client_id, client_password });
  }

  #start(client: PackageClient, servers: string, identity: Pick<PackageConfig, 'client_id' | 'client_password'> = {}): void {
    this.#client = client;
    client.on('connect', () => {
      this.#isUp = true;
      this.tell(() => this.#listener.connected());
    });
    client.on('connecting', () => {
      this.#isUp = false;
      this.#isDown();
    });
    client.on('close', (_client, code) => {
      if (client !== this.#client) return;
      this.#isUp = false;
      this.#isClosed = true;
      this.tell(() => this.#listener.closed(endOf(code)));
    });
    for (const [name, type] of Object.entries(eventTypes)) {
      // The table's keys are the names of the events.
      client.on(name as keyof typeof eventTypes, (_client, path) => this.tell(() => this.#listener.event(type, path)));
    }
    const limits = { timeout: this.#timeoutMs, debug_level: 0, response_counter_limit: readsOfOneReply };
    client.init({ connect: servers, ...limits, ...identity });
    if (client.timeout === -1) throw new InternalError(`the C client does not start with ${servers}`);
  }
}
