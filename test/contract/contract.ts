import { afterAll, beforeAll, describe, type TestContext, test } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import type { Credentials, Driver, DriverFactory, DriverOptions, HostPort } from '../../src/driver/driver.ts';
import { createWireDriver } from '../../src/driver/wire/wire-driver.ts';
import { createZooKeeperDriver } from '../../src/driver/zookeeper/zookeeper-driver.ts';
import { startEmbeddedServer } from '../../src/embedded/index.ts';
import { joinPath } from '../../src/path.ts';
import { driverDefaults, hostList, OpenSession } from '../support/open-session.ts';
import { ownAddress } from '../support/own-address.ts';
import { cClient, realServer } from '../support/real-server.ts';
import { type ServerUnderTest, startRemoteServer } from '../support/remote-server.ts';

/** The drivers that the port's contract holds for, each with an embedded server that it can live with. */
const drivers = {
  wire: { factory: createWireDriver, embedded: startEmbeddedServer, missing: () => undefined },
  zookeeper: { factory: createZooKeeperDriver, embedded: startRemoteServer, missing: cClient },
} as const;

/** Every driver is put to it on both servers: the embedded one, whose faults can be ordered, and a real one, whose word is final. */
const servers = ['embedded', 'real'] as const;

export interface ContractOptions {
  /** The scenario orders faults, which only the embedded server takes. */
  readonly embeddedOnly?: boolean;
  /** The drivers that the property is asked of; all if not given. Those left out have a test of their own for what they do instead. */
  readonly only?: keyof typeof drivers;
}

/** A property that every driver has on every server. */
export function contract(
  name: string,
  scenario: (world: ContractWorld) => Promise<void>,
  { embeddedOnly = false, only }: ContractOptions = {},
): void {
  for (const [driverName, { factory, embedded: startEmbedded, missing }] of Object.entries(drivers)) {
    if (only !== undefined && driverName !== only) continue;
    for (const server of embeddedOnly ? servers.slice(0, 1) : servers) {
      describe(`${driverName} on the ${server} server`, () => {
        let hosts: Hosts = { skip: 'not started' };
        let embedded: ServerUnderTest | undefined;

        beforeAll(async () => {
          const lack = missing();
          embedded =
            server === 'embedded' && lack === undefined ? await startEmbedded({ host: ownAddress(), minSessionTimeoutMs: 100 }) : undefined;
          hosts = lack ?? embedded ?? realServer();
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
  return hostList(hosts.hosts);
}

let worlds = 0;

/** One scenario's place in the tree of znodes, and the drivers that it opens. */
export class ContractWorld implements AsyncDisposable {
  readonly root: string;
  readonly hosts: readonly HostPort[];
  readonly #factory: DriverFactory;
  readonly #embedded: ServerUnderTest | undefined;
  readonly #sessions: OpenSession[] = [];
  readonly #credentials: Credentials[] = [];

  constructor(factory: DriverFactory, hosts: readonly HostPort[], embedded: ServerUnderTest | undefined) {
    worlds += 1;
    this.root = `/contract-${process.pid}-${systemClock.wallTime()}-${worlds}`;
    this.hosts = hosts;
    this.#factory = factory;
    this.#embedded = embedded;
  }

  /** The server that takes orders for faults. */
  get embedded(): ServerUnderTest {
    if (this.#embedded === undefined) throw new Error('only for scenarios that are embeddedOnly');
    return this.#embedded;
  }

  async begin(): Promise<void> {
    await this.open().create(this.root);
  }

  /** A new driver, closed at the end. */
  open(options: Partial<DriverOptions> = {}): OpenSession {
    const session = new OpenSession(this.#factory({ ...driverDefaults, hosts: this.hosts, ...options }));
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
    const sweeper = this.#factory({ ...driverDefaults, hosts: this.hosts, auth: this.#credentials });
    await deleteAll(sweeper, this.root);
    await sweeper.close();
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
