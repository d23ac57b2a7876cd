import { appendFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject } from 'vitest';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Where the sweeps of all test files write down what they have tried. */
    sweepTally: string;
  }
}

interface Tried {
  readonly fault: string;
  readonly tried: number;
  readonly survived: number;
}

/** Before a run, in its main process. After it, says how many faults were tried, and how many survived, by kind; nothing, if none were. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'docent-sweeps-'));
  const tally = join(folder, 'tally');
  await writeFile(tally, '');
  project.provide('sweepTally', tally);
  return async () => {
    const lines = (await readFile(tally, 'utf8')).split('\n').filter((line) => line !== '');
    await rm(folder, { recursive: true });
    // As `countFaults` has written it.
    const all = lines.map((line) => JSON.parse(line) as Tried);
    if (all.length > 0) process.stdout.write(`\nFaults survived of faults tried\n\n${table(all)}\n`);
  };
}

export function countFaults(tried: Tried): void {
  appendFileSync(inject('sweepTally'), `${JSON.stringify(tried)}\n`);
}

/** In Markdown, as `docs/reliability.md` has it. */
function table(all: readonly Tried[]): string {
  const faults = [...new Set(all.map(({ fault }) => fault))].sort();
  const sum = (of: readonly Tried[]) => `${total(of, 'survived')} of ${total(of, 'tried')}`;
  const rows = faults.map((name) => `| ${name} | ${sum(all.filter(({ fault }) => fault === name))} |`);
  return ['| fault | survived |', '|---|---|', ...rows, `| all | ${sum(all)} |`].join('\n');
}

function total(all: readonly Tried[], what: 'tried' | 'survived'): number {
  return all.reduce((sum, each) => sum + each[what], 0);
}
