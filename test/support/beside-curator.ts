import { afterAll, beforeAll, describe, type TestContext } from 'vitest';
import { type EmbeddedServer, startEmbeddedServer } from '../../src/embedded/index.ts';
import { type Client, connect } from '../../src/index.ts';
import { Curator } from './curator.ts';
import { curator, needed, realServer } from './real-server.ts';

/** docent and Curator on one server. */
export interface Peers {
  /** One JVM for all tests on this server: use paths of the test's own, and leave nothing held. */
  readonly java: Curator;
  /** A JVM of the test's own, to be killed, stopped, or to have a session of its own. */
  readonly startJava: (options?: { readonly sessionTimeoutMs?: number }) => Promise<Curator>;
  /** A client that sees the same paths as Java does. */
  readonly connected: () => Promise<Client>;
}

/** Runs the suite on the embedded server and on the real one, each in a tree of its own. Tests get `Peers`, or are skipped where there is no Curator. */
export function besideCurator(name: string, suite: (peers: (context: TestContext) => Promise<Peers>) => void): void {
  describe(`${name}, embedded server`, () => {
    let server: EmbeddedServer | undefined;
    beforeAll(async () => {
      server = await startEmbeddedServer();
    });
    afterAll(() => server?.close());
    suite(peersOn(() => server?.hosts ?? ''));
  });

  describe(`${name}, real ZooKeeper`, () => {
    const root = `/docent-curator-${process.pid}`;
    const hosts = () => {
      const real = realServer();
      return 'hosts' in real ? real.hosts : undefined;
    };
    beforeAll(async () => {
      if (hosts() === undefined) return;
      await using client = await connect(hosts() ?? '');
      await client.ensurePath(root);
    });
    afterAll(async () => {
      if (hosts() === undefined) return;
      await using client = await connect(hosts() ?? '');
      await client.deleteAll(root);
    });
    suite(peersOn((context) => needed(context, realServer()).hosts + root));
  });
}

function peersOn(hostsOf: (context: TestContext) => string): (context: TestContext) => Promise<Peers> {
  let shared: Promise<Curator> | undefined;
  afterAll(async () => (await shared)?.[Symbol.asyncDispose]());
  return async (context) => {
    const { classPath } = needed(context, curator());
    const hosts = hostsOf(context);
    shared ??= Curator.start(classPath, hosts);
    return {
      java: await shared,
      startJava: (options) => Curator.start(classPath, hosts, options),
      connected: () => connect(hosts, { sessionTimeoutMs: 10_000 }),
    };
  };
}
