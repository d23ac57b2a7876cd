import type { Result } from './measure.ts';

interface Row {
  readonly op: string;
  readonly mode: string;
  readonly peer: string;
  readonly rate: number;
  readonly cpuUs: number;
  readonly requests: number | undefined;
  readonly p50Ms: number | undefined;
  readonly p99Ms: number | undefined;
  readonly rssMb: number | undefined;
  readonly runs: number;
}

/** A row for each system, operation and mode, with the medians over its runs, and how many times faster ours is in the mode that it is compared with. */
export function table(results: readonly Result[], isOurs: (peer: string) => boolean): string {
  const groups = new Map<string, Result[]>();
  for (const result of results) {
    const key = JSON.stringify([result.op, result.mode, result.peer]);
    groups.set(key, [...(groups.get(key) ?? []), result]);
  }
  const rows = [...groups.values()].map(rowOf).sort((a, b) => a.op.localeCompare(b.op) || a.mode.localeCompare(b.mode) || b.rate - a.rate);
  return aligned([
    ['operation', 'mode', 'system', 'per second', 'ours / its', 'CPU µs', 'requests', 'p50 ms', 'p99 ms', 'RSS MB', 'runs'],
    ...rows.map((row) =>
      cellsOf(row, isOurs(row.peer) ? undefined : rows.find(({ op, mode, peer }) => isOurs(peer) && op === row.op && mode === row.mode)),
    ),
  ]);
}

function rowOf(runs: readonly Result[]): Row {
  const [first] = runs;
  const median = (pick: (result: Result) => number | undefined) => medianOf(runs.flatMap((result) => pick(result) ?? []));
  return {
    op: first?.op ?? '',
    mode: first?.mode ?? '',
    peer: first?.peer ?? '',
    rate: median(({ ops_s }) => ops_s) ?? Number.NaN,
    cpuUs: median(({ cpu_us_op }) => cpu_us_op) ?? Number.NaN,
    requests: median(({ zk_ops_per }) => zk_ops_per),
    p50Ms: median(({ p50_ms }) => p50_ms),
    p99Ms: median(({ p99_ms }) => p99_ms),
    rssMb: median(({ rss_mb }) => rss_mb),
    runs: runs.length,
  };
}

function medianOf(values: readonly number[]): number | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

function cellsOf(row: Row, ours: Row | undefined): readonly string[] {
  return [
    row.op,
    row.mode,
    row.peer,
    row.rate.toFixed(0),
    ours === undefined ? '' : (ours.rate / row.rate).toFixed(2),
    row.cpuUs.toFixed(0),
    row.requests?.toFixed(2) ?? '',
    row.p50Ms?.toFixed(2) ?? '',
    row.p99Ms?.toFixed(2) ?? '',
    row.rssMb?.toFixed(0) ?? '',
    String(row.runs),
  ];
}

const textColumns = 3;

function aligned(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const pad = (cell: string, column: number) =>
    column < textColumns ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0);
  return rows.map((row) => row.map(pad).join('  ').trimEnd()).join('\n');
}
