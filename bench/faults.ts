import { filter, firstValueFrom } from 'rxjs';
import { type Client, type ConnectionState, connect, DocentError } from '../src/index.ts';
import { startZooKeeper, type ZooKeeperProcess } from '../test/support/zookeeper.ts';

const sessionTimeoutMs = 4_000;

/** What happens, and when, as the server dies, stops and comes back. */
export async function measureFaults(): Promise<string> {
  const lines = [await killed(), await stopped(), await closedInFlight()];
  return lines.flat().join('\n');
}

async function killed(): Promise<readonly string[]> {
  await using server = await startZooKeeper();
  await using client = await connect(server.hosts, { sessionTimeoutMs });
  const suspended = reached(client, 'suspended');
  const killedAt = client.now();
  await server.kill();
  await suspended;
  const noticedMs = client.now() - killedAt;
  const waiting = client.exists('/').then(
    () => 'answered once it was back',
    (error: unknown) => (error instanceof DocentError ? error.name : String(error)),
  );
  await pause(client, 1_000);
  server.spawn();
  const back = server.ready().then(() => client.now());
  await reached(client, 'connected');
  const connectedAt = client.now();
  const toConnectMs = connectedAt - (await back);
  return [
    `server killed: suspended after ${noticedMs.toFixed(0)} ms`,
    `  back after about 1 s: connected ${toConnectMs.toFixed(0)} ms after it was seen to serve (negative: before)`,
    `  a request made meanwhile: ${await waiting}`,
  ];
}

async function stopped(): Promise<readonly string[]> {
  await using server = await startZooKeeper();
  await using client = await connect(server.hosts, { sessionTimeoutMs });
  const session = client.session;
  const startedAt = client.now();
  server.signal('SIGSTOP');
  await reached(client, 'suspended');
  const suspendedMs = client.now() - startedAt;
  await reached(client, 'lost');
  const lostMs = client.now() - startedAt;
  await pause(client, Math.max(0, 8_000 - lostMs));
  const continuedAt = client.now();
  server.signal('SIGCONT');
  const next = await client.connected();
  return [
    `server stopped (SIGSTOP) for 8 s, session timeout ${session?.timeoutMs ?? 0} ms: suspended after ${suspendedMs.toFixed(0)} ms, lost after ${lostMs.toFixed(0)} ms`,
    `  new session ${next.number} by itself ${(client.now() - continuedAt).toFixed(0)} ms after it went on`,
  ];
}

async function closedInFlight(): Promise<readonly string[]> {
  await using server: ZooKeeperProcess = await startZooKeeper();
  const client = await connect(server.hosts, { sessionTimeoutMs });
  const requests = Array.from({ length: 10_000 }, () => client.exists('/'));
  const settled = Promise.allSettled(requests);
  const startedAt = client.now();
  const closing = client.close();
  const blockedMs = client.now() - startedAt;
  await closing;
  const outcomes = await settled;
  const answered = outcomes.filter(({ status }) => status === 'fulfilled').length;
  return [
    `close with 10,000 requests in flight: returned after ${blockedMs.toFixed(1)} ms, done after ${(client.now() - startedAt).toFixed(0)} ms, ` +
      `${outcomes.length} settled, ${answered} of them answered`,
  ];
}

async function reached(client: Client, state: ConnectionState): Promise<void> {
  await firstValueFrom(client.state$.pipe(filter((now) => now === state)));
}

function pause(client: Client, ms: number): Promise<void> {
  return new Promise((resolve) => void client.clock.setTimer(ms, resolve));
}
