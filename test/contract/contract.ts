import { filter, firstValueFrom, ReplaySubject } from 'rxjs';
import { afterAll, beforeAll, describe, type TestContext, test } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import type { Credentials, Driver, DriverFactory, DriverOptions, HostPort, Notice, RequestOf } from '../../src/driver/driver.ts';
import { createWireDriver } from '../../src/driver/wire/wire-driver.ts';
import { type EmbeddedServer, startEmbeddedServer } from '../../src/embedded/index.ts';
import { silentLogger } from '../../src/log.ts';
import { joinPath } from '../../src/path.ts';
import { openAcl } from '../../src/znode.ts';
import { realServer } from '../support/real-server.ts';

/** The drivers that the port's contract holds for. */
const drivers: Readonly<Record<string, DriverFactory>> = { wire: createWireDriver };

/** Every driver is put to it on both servers: the embedded one, whose faults can be ordered, and a real one, whose word is final. */
const servers = ['embedded', 'real'] as const;

export interface ContractOptions {
  /** The scenario orders faults, which only the embedded server takes. */
  readonly embeddedOnly?: boolean;
}

/** A property that every driver has on every server. */
export function contract(
  name: string,
  scenario: (world: ContractWorld) => Promise<void>,
  { embeddedOnly = false }: ContractOptions = {},
): void {
  for (const [driverName, factory] of Object.entries(drivers)) {
    for (const server of embeddedOnly ? servers.slice(0, 1) : servers) {
      describe(`${driverName} on the ${server} server`, () => {
        let hosts: Hosts = { skip: 'not started' };
        let embedded: EmbeddedServer | undefined;

        beforeAll(async () => {
          embedded = server === 'embedded' ? await startEmbeddedServer({ minSessionTimeoutMs: 100 }) : undefined;
          hosts = embedded ?? realServer();
        });
        afterAll(() => embedded?.close());

        test(name, async (context) => {
          await using world = new ContractWorld(factory, hostsOrSkip(hosts, context), embedded);
          await world.begin();
          await scenario(world);
        });
      });
    }
  }
}

type Hosts = { readonly hosts: string } | { readonly skip: string };

function hostsOrSkip(hosts: Hosts, context: TestContext): readonly HostPort[] {
  if ('skip' in hosts) return context.skip(hosts.skip);
  return hosts.hosts.split(',').map((each) => {
    const [host = '', port = ''] = each.split(':');
    return { host, port: Number(port) };
  });
}

let worlds = 0;

/** One scenario's place in the tree of znodes, and the drivers that it opens. */
export class ContractWorld implements AsyncDisposable {
  readonly root: string;
  readonly hosts: readonly HostPort[];
  readonly #factory: DriverFactory;
  readonly #embedded: EmbeddedServer | undefined;
  readonly #sessions: OpenSession[] = [];
  readonly #credentials: Credentials[] = [];

  constructor(factory: DriverFactory, hosts: readonly HostPort[], embedded: EmbeddedServer | undefined) {
    worlds += 1;
    this.root = `/contract-${process.pid}-${systemClock.wallTime()}-${worlds}`;
    this.hosts = hosts;
    this.#factory = factory;
    this.#embedded = embedded;
  }

  /** The server that takes orders for faults. */
  get embedded(): EmbeddedServer {
    if (this.#embedded === undefined) throw new Error('only for scenarios that are embeddedOnly');
    return this.#embedded;
  }

  async begin(): Promise<void> {
    await this.open().create(this.root);
  }

  /** A new driver, closed at the end. */
  open(options: Partial<DriverOptions> = {}): OpenSession {
    const session = new OpenSession(this.#factory({ ...this.#defaults(), ...options }));
    this.#credentials.push(...(options.auth ?? []));
    this.#sessions.push(session);
    return session;
  }

  /** The path of a znode in this scenario's place. */
  path(name: string): string {
    return joinPath(this.root, name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#embedded?.faults.resume();
    await Promise.all(this.#sessions.map(({ driver }) => driver.close()));
    const sweeper = this.#factory({ ...this.#defaults(), auth: this.#credentials });
    await deleteAll(sweeper, this.root);
    await sweeper.close();
  }

  #defaults(): DriverOptions {
    return {
      hosts: this.hosts,
      chroot: '',
      sessionTimeoutMs: 6_000,
      readOnly: false,
      auth: [],
      tls: undefined,
      maxPendingRequests: 10_000,
      maxRequestBytes: 1_048_575,
      maxReplyBytes: 4 * 1_048_576,
      clock: systemClock,
      log: silentLogger,
    };
  }
}

/** A driver and what it has told. */
export class OpenSession {
  readonly driver: Driver;
  readonly #notices = new ReplaySubject<Notice>();

  constructor(driver: Driver) {
    this.driver = driver;
    driver.notices$.subscribe(this.#notices);
  }

  /** All notices so far, as they came. */
  get notices(): readonly Notice[] {
    const seen: Notice[] = [];
    this.#notices.subscribe((notice) => seen.push(notice)).unsubscribe();
    return seen;
  }

  /** The events so far, as `type path`. */
  get events(): readonly string[] {
    return this.notices.flatMap((notice) => (notice.kind === 'event' ? [`${notice.type} ${notice.path}`] : []));
  }

  /** The first notice of that kind, past or to come; with `count`, that many of them. */
  async seen<K extends Notice['kind']>(kind: K, count = 1): Promise<Extract<Notice, { kind: K }>> {
    let left = count;
    const isThat = (notice: Notice): notice is Extract<Notice, { kind: K }> => {
      if (notice.kind === kind) left -= 1;
      return notice.kind === kind && left === 0;
    };
    return firstValueFrom(this.#notices.pipe(filter(isThat)));
  }

  create(path: string, request: Partial<RequestOf<'create'>> = {}) {
    return this.driver.perform('create', { path, data: null, acl: openAcl, mode: 'persistent', ...request });
  }

  getData(path: string, watch = false) {
    return this.driver.perform('getData', { path, watch });
  }

  setData(path: string, data: string | null = null, version = -1) {
    return this.driver.perform('setData', { path, data: data === null ? null : Buffer.from(data), version });
  }

  delete(path: string, version = -1) {
    return this.driver.perform('delete', { path, version });
  }

  exists(path: string, watch = false) {
    return this.driver.perform('exists', { path, watch });
  }

  getChildren(path: string, watch = false) {
    return this.driver.perform('getChildren', { path, watch });
  }

  /** When this is back, every event of what was answered before has been told. */
  async settled(): Promise<void> {
    await this.driver.perform('sync', { path: '/' });
    await this.exists('/');
  }
}

/** The error that a promise rejects with. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    (value) => {
      throw new Error(`it resolved: ${String(value)}`);
    },
    (error: unknown) => error,
  );
}

async function deleteAll(driver: Driver, path: string): Promise<void> {
  const { children } = await driver.perform('getChildren', { path, watch: false });
  await Promise.all(children.map((child) => deleteAll(driver, joinPath(path, child))));
  await driver.perform('delete', { path, version: -1 });
}
