import { once } from 'node:events';
import { expect, type TestContext, test } from 'vitest';
import { type Lease, Mutex } from '../../recipes/index.ts';
import { FaultyProxy, startEmbeddedServer } from '../../src/embedded/index.ts';
import { type Client, type ClientOptions, type Clock, connect, LeaseLostError, systemClock } from '../../src/index.ts';
import { HolderProcess, type Pause } from '../support/holder-process.ts';
import { localServers, needed, realServer } from '../support/real-server.ts';
import { startZooKeeper } from '../support/zookeeper.ts';

// Whatever takes a holder's time or contact from it, for longer than its session lives: it knows that it holds no more before another can.

const servers: Readonly<Record<string, (context: TestContext, clock?: Clock) => Promise<string>>> = {
  'embedded server': async (context, clock = systemClock) => {
    const server = await startEmbeddedServer({ minSessionTimeoutMs: 100, clock });
    context.onTestFinished(() => server.close());
    return server.hosts;
  },
  'real ZooKeeper': async (context) => needed(context, realServer()).hosts,
};

const sessionTimeoutMs = 4_000;

async function connected(context: TestContext, hosts: string, options: Omit<ClientOptions, 'hosts'> = {}): Promise<Client> {
  const client = await connect(hosts, { sessionTimeoutMs, ...options });
  context.onTestFinished(() => client.close());
  return client;
}

/** A lock that nobody has used before. */
async function freshPath(client: Client): Promise<string> {
  const { path } = await client.create('/docent-clock-rule-', '', { mode: 'persistent-sequential' });
  return path;
}

for (const [kind, hostsOf] of Object.entries(servers)) {
  for (const pause of ['blocked', 'stopped at work', 'stopped at rest'] as const satisfies readonly Pause[]) {
    test.concurrent(`a holder that is ${pause} while another takes the lock knows it at its first line, ${kind}`, {
      timeout: 90_000,
    }, async (context) => {
      const hosts = await hostsOf(context);
      const rival = await connected(context, hosts);
      const path = await freshPath(rival);
      const holder = HolderProcess.start({ hosts, path, sessionTimeoutMs, pause });
      context.onTestFinished(() => holder[Symbol.asyncDispose]());
      const { token } = await holder.report('held');

      holder.begin(pause);
      const taken = await new Mutex(rival, path).acquire();
      const takenNs = process.hrtime.bigint();
      expect(taken.token).toBeGreaterThan(token);
      holder.end(pause);

      const { lastValidNs, ...seen } = await holder.report('first line');
      expect(seen).toEqual({ kind: 'first line', isValid: false, isAborted: true, reason: 'LeaseLostError' });
      expect(lastValidNs).toBeLessThan(takenNs);
      expect(taken.isValid()).toBe(true);
      await taken.release();
      expect((await holder.report('held again')).token).toBeGreaterThan(taken.token);
      await rival.deleteAll(path);
    });
  }

  test.concurrent(`a holder whose packets are lost knows that it holds no more before another can, ${kind}`, async (context) => {
    const hosts = await hostsOf(context);
    const rival = await connected(context, hosts);
    const path = await freshPath(rival);
    const wire = await wireTo(context, hosts);
    const lease = await new Mutex(await connected(context, wire.hosts), path).acquire();
    const taking = takeAfter(rival, path, lease);

    wire.swallow();
    await once(lease.signal, 'abort');
    expect(lease.isValid()).toBe(false);
    await taking;
    await rival.deleteAll(path);
  });

  test.concurrent(`the wall clock decides nothing, ${kind}`, async (context) => {
    let skewMs = 3_600_000;
    const wallTime = () => {
      // An hour to one side, two to the other, and further each time.
      skewMs *= -2;
      return systemClock.wallTime() + skewMs;
    };
    const skewed: Clock = { ...systemClock, wallTime };
    const hosts = await hostsOf(context, skewed);
    const client = await connected(context, hosts, { clock: skewed });
    const states: string[] = [];
    client.state$.subscribe((state) => states.push(state));
    const path = await freshPath(client);
    const lease = await new Mutex(client, path).acquire();
    const { session } = client;
    // Time itself: of several sessions that nobody hears of.
    for (let look = 0; look < 20; look += 1) {
      client.clock.wallTime();
      await new Promise<void>((resolve) => systemClock.setTimer(sessionTimeoutMs / 10, resolve));
      expect(lease.isValid()).toBe(true);
    }
    expect([states, client.session]).toEqual([['connected'], session]);
    await lease.release();
    await client.deleteAll(path);
  });
}

test.concurrent('a holder whose server is stopped knows that it holds no more before another can', { timeout: 60_000 }, async (context) => {
  needed(context, localServers() ?? {});
  const server = await startZooKeeper();
  context.onTestFinished(() => server[Symbol.asyncDispose]());
  const [holder, rival] = [await connected(context, server.hosts), await connected(context, server.hosts)];
  const path = await freshPath(rival);
  const lease = await new Mutex(holder, path).acquire();

  server.signal('SIGSTOP');
  context.onTestFinished(async () => server.signal('SIGCONT'));
  const taking = takeAfter(rival, path, lease);
  await once(lease.signal, 'abort');
  expect(lease.isValid()).toBe(false);
  server.signal('SIGCONT');
  await taking;
});

/** Takes the lock after the one that holds it, which by then has to know that it does not. */
async function takeAfter(rival: Client, path: string, lease: Lease): Promise<void> {
  expect(lease.isValid()).toBe(true);
  // Its session may end too; whoever stands in line then has to line up again.
  const taken = await new Mutex(rival, path).acquire().catch(() => new Mutex(rival, path).acquire());
  // Not by asking: its signal has fired by itself.
  expect(lease.signal.aborted).toBe(true);
  expect(lease.signal.reason).toBeInstanceOf(LeaseLostError);
  expect(lease.isValid()).toBe(false);
  expect(taken.token).toBeGreaterThan(lease.token);
  await taken.release();
}

async function wireTo(context: TestContext, hosts: string): Promise<FaultyProxy> {
  const [host = '', port] = hosts.split(':');
  const wire = await FaultyProxy.start([{ host, port: Number(port) }]);
  context.onTestFinished(() => wire.close());
  return wire;
}
