import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';

/** One line of output. The peers' programs print the same fields. */
export interface Result {
  readonly bench: string;
  readonly peer: string;
  readonly op: string;
  readonly mode: string;
  readonly run: number;
  readonly n: number;
  readonly ops_s: number;
  readonly cpu_us_op: number;
  readonly zk_cpu_us_op?: number;
  readonly rss_mb?: number;
  readonly zk_ops_per?: number;
  readonly p50_ms?: number;
  readonly p99_ms?: number;
}

/** What an interval does not know of itself. */
type Facts = Pick<Result, 'bench' | 'peer' | 'op' | 'mode' | 'run' | 'n' | 'zk_ops_per' | 'p50_ms' | 'p99_ms'>;

/** Measures one interval, and prints it as a JSON line. */
export class Interval {
  readonly #startNs = process.hrtime.bigint();
  readonly #startCpu = process.cpuUsage();
  readonly #startServerCpuS = serverCpuS();

  print(facts: Facts): void {
    const sec = Number(process.hrtime.bigint() - this.#startNs) / 1e9;
    const { user, system } = process.cpuUsage(this.#startCpu);
    const per = Math.max(1, facts.n);
    const result: Result = {
      ...facts,
      ops_s: facts.n / sec,
      cpu_us_op: (user + system) / per,
      zk_cpu_us_op: ((serverCpuS() - this.#startServerCpuS) * 1e6) / per,
      rss_mb: process.resourceUsage().maxRSS / 1024,
    };
    process.stdout.write(`${JSON.stringify(result)}\n`);
  }
}

/** CPU seconds that the server's process (`ZKPID`) has used, 0 if it is not told. Linux's clock tick is 10 ms. */
function serverCpuS(): number {
  const pid = process.env['ZKPID'];
  if (pid === undefined) return 0;
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** How many packets the server has received from all clients, by its own count. */
export async function packetsReceived(hosts: string): Promise<number> {
  return await reported(hosts, 'zk_packets_received');
}

/** How many watches all sessions have on the server, by its own count. */
export async function watchesSet(hosts: string): Promise<number> {
  return await reported(hosts, 'zk_watch_count');
}

async function reported(hosts: string, what: string): Promise<number> {
  const [host = '', port = ''] = hosts.split(':');
  const socket = connect(Number(port), host);
  socket.write('mntr');
  const answer = await text(socket);
  return Number(new RegExp(`^${what}\\t(\\d+)`, 'm').exec(answer)?.[1] ?? Number.NaN);
}

/** Calls `once` again and again for so long; resolves with how often. */
export async function repeat(ms: number, once: () => Promise<unknown>): Promise<number> {
  const end = process.hrtime.bigint() + BigInt(ms) * 1_000_000n;
  let count = 0;
  while (process.hrtime.bigint() < end) {
    await once();
    count += 1;
  }
  return count;
}

/** @param sorted ascending */
export function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
