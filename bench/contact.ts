import { filter, firstValueFrom } from 'rxjs';
import { FaultyProxy } from '../src/embedded/index.ts';
import { type Client, type ConnectionState, connect } from '../src/index.ts';
import { Ensemble } from '../test/support/ensemble.ts';

/** How soon a client knows that it has lost contact, and its session, and how soon it is back after a leader's death. */
export async function measureContact(hosts: string): Promise<string> {
  const lines: string[] = [];
  for (const sessionTimeoutMs of [4_000, 10_000, 20_000]) lines.push(await cableCut(hosts, sessionTimeoutMs));
  lines.push(...(await leaderDies(5)));
  return lines.join('\n');
}

const clientCount = 20;

/** Every packet is lost from some instant on, and no connection ends. */
async function cableCut(hosts: string, sessionTimeoutMs: number): Promise<string> {
  const [host = '', port] = hosts.split(':');
  const measured = Array.from({ length: clientCount }, async () => {
    await using wire = await FaultyProxy.start([{ host, port: Number(port) }]);
    const client = await connect(wire.hosts, { sessionTimeoutMs });
    // At any time between two signs of life.
    await pause(client, client.clock.random() * sessionTimeoutMs);
    const cutAt = client.now();
    const reached = [since(client, 'suspended', cutAt), since(client, 'lost', cutAt)] as const;
    wire.swallow();
    const [suspendedMs = 0, lostMs = 0] = await Promise.all(reached);
    wire.mend();
    await client.close();
    return { suspendedMs, lostMs };
  });
  const all = await Promise.all(measured);
  const suspended = spread(all.map(({ suspendedMs }) => suspendedMs));
  const lost = spread(all.map(({ lostMs }) => lostMs));
  return `cable cut, session timeout ${sessionTimeoutMs} ms, ${clientCount} sessions: suspended after ${suspended}, lost after ${lost}`;
}

async function leaderDies(rounds: number): Promise<readonly string[]> {
  await using ensemble = await Ensemble.start(3, { tickMs: 2_000 });
  const clients = await Promise.all(Array.from({ length: clientCount }, () => connect(ensemble.hosts, { sessionTimeoutMs: 10_000 })));
  const ids = clients.map(({ session }) => session?.id);
  const electedMs: number[] = [];
  const backMs: number[] = [];
  const wroteMs: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const leader = await ensemble.leader();
    const back = clients.map(async (client) => {
      await reached(client, 'suspended');
      await reached(client, 'connected');
      backMs.push(client.now() - killedAt);
      await client.create('/bench-leader-', '', { mode: 'ephemeral-sequential', timeoutMs: 60_000 });
      wroteMs.push(client.now() - killedAt);
    });
    const killedAt = clients[0]?.now() ?? 0;
    await leader.kill();
    const survivors = ensemble.members.filter((member) => member !== leader);
    const elected = Promise.all(survivors.map((member) => member.ready())).then(() => electedMs.push((clients[0]?.now() ?? 0) - killedAt));
    await Promise.all([...back, elected]);
    await leader.start();
  }
  const kept = clients.filter(({ session }, at) => session?.id === ids[at]).length;
  await Promise.all(clients.map((client) => client.close()));
  return [
    `leader of 3 servers killed ${rounds} times, session timeout 10 s, ${clientCount} sessions on all servers:`,
    `  the other two serve again, under a new leader, after ${spread(electedMs)} (asked every 50 ms)`,
    `  clients connected again after ${spread(backMs)}, and a write is done after ${spread(wroteMs)}; ${kept} of ${clientCount} sessions kept`,
  ];
}

async function since(client: Client, state: ConnectionState, startMs: number): Promise<number> {
  await reached(client, state);
  return client.now() - startMs;
}

async function reached(client: Client, state: ConnectionState): Promise<void> {
  await firstValueFrom(client.state$.pipe(filter((now) => now === state)));
}

function pause(client: Client, ms: number): Promise<void> {
  return new Promise((resolve) => void client.clock.setTimer(ms, resolve));
}

/** Least, median and most, in milliseconds. */
function spread(values: readonly number[]): string {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) => (sorted[Math.round((sorted.length - 1) * share)] ?? Number.NaN).toFixed(0);
  return `${at(0)} / ${at(0.5)} / ${at(1)} ms`;
}
