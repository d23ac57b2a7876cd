import type { Result } from './measure.ts';
import { ours } from './peers.ts';

const processes = 10;
const [warmMs, runMs] = ['3000', '5000'];

/** Many processes that increment one counter, one caller each: what it costs, and whether any of them comes off badly. */
export async function measureCounterProcesses(hosts: string): Promise<string> {
  const args = ['1', warmMs, runMs, '1', '/bench-counter-processes', `${processes}`];
  const measured = await Promise.all(Array.from({ length: processes }, () => ours('docent', './counter.js', args).measure(hosts)));
  const results: readonly Result[] = measured.flat();
  const counts = results.map(({ n }) => n).sort((a, b) => a - b);
  const [least = 0, most = 0] = [counts[0], counts.at(-1)];
  const perSecond = results.reduce((sum, { ops_s }) => sum + ops_s, 0);
  // Each counts the packets of all.
  const requests =
    results.reduce((sum, { n, zk_ops_per = 0 }) => sum + n * zk_ops_per, 0) / processes / counts.reduce((sum, n) => sum + n, 0);
  return [
    `${processes} processes, one caller each: ${Math.round(perSecond)} per second, ${requests.toFixed(2)} requests each`,
    `the fastest made ${most}, the slowest ${least}: ${(most / least).toFixed(2)} times as many`,
  ].join('\n');
}
