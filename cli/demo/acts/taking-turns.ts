import { readFile } from 'node:fs/promises';
import type { Act } from '../act.ts';
import type { Stage } from '../stage.ts';
import { isGrowing, isWithoutInterleaving, marksIn, pictureOf, sequenceOf } from '../turns.ts';
import type { Verdict } from '../verdict.ts';

const turns = 3;
const holdMs = 60;

export const takingTurns: Act = {
  title: 'three processes take turns at one file',
  shows: `
    Each of three processes enters ${turns} times, and each time writes a line to a shared file, waits ${holdMs} ms, and writes
    another. The lock keeps the pairs of lines together, and lets the processes in in the order in which they got in line.`,
  play: takeTurns,
};

async function takeTurns(stage: Stage): Promise<readonly Verdict[]> {
  const workers = await Promise.all(['worker-1', 'worker-2', 'worker-3'].map((name) => stage.hire(name)));
  const finished = workers.map((worker) => worker.next('finished'));
  for (const worker of workers) worker.order({ kind: 'take-turns', turns, holdMs, file: stage.file });
  await Promise.all(finished);

  const marks = marksIn(await readFile(stage.file, 'utf8'));
  stage.say(`reads the file, each turn's begin and end: ${pictureOf(marks)}`);
  const begins = marks.filter(({ kind }) => kind === 'begin');
  const sequences = begins.map(({ token }) => sequenceOf(stage.entries.find((entry) => entry.token === token)?.path ?? ''));
  return [
    { claim: `the file holds all ${turns * workers.length} turns`, holds: begins.length === turns * workers.length },
    { claim: 'no turn is interleaved with another', holds: isWithoutInterleaving(marks) },
    { claim: 'every holder had a larger fencing token than the one before', holds: isGrowing(begins.map(({ token }) => token)) },
    { claim: 'they entered in the order in which they got in line', holds: isGrowing(sequences) },
  ];
}
