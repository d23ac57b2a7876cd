import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, describeCause, randomUuid } from '../../src/index.ts';
import type { Context } from '../context.ts';
import { exitStatus } from '../exit-status.ts';
import { Interruption } from '../interruption.ts';
import type { Act } from './act.ts';
import { openEnsemble } from './ensemble.ts';
import { machineNowMs } from './machine-time.ts';
import { Stage, type Theatre } from './stage.ts';
import { Timeline } from './timeline.ts';
import type { Verdict } from './verdict.ts';

// Short, since most acts wait for a session to expire. Servers with a tick of 2 s would not grant less.
const sessionTimeoutMs = 4_000;

/** Plays the acts and resolves with the exit status: 1 if something that must come about did not. Leaves no process, file or znode. */
export async function runDemo(context: Context, acts: readonly Act[]): Promise<number> {
  const { terminal, options, printer, messages } = context;
  using interruption = new Interruption(terminal.signals$);
  const { signal } = interruption;
  await using ensemble = await openEnsemble(context, sessionTimeoutMs);
  const { auth, connectTimeoutMs } = options;
  const logger = messages.detailLogger;
  await using client = new Client({ hosts: ensemble.hosts, sessionTimeoutMs, connectTimeoutMs, auth, logger, clock: terminal.clock });
  await client.connected({ signal });
  const root = `/docent-demo-${randomUuid()}`;
  // No act could be played where that is not permitted.
  await client.ensurePath(root, { signal });

  const timeline = new Timeline(printer, terminal.clock, terminal.colours);
  const startedMs = machineNowMs();
  timeline.heading(`docent demo, on ${ensemble.description}`);
  const folder = await mkdtemp(join(tmpdir(), 'docent-demo-'));
  try {
    await playAll(acts, { timeline, ensemble, client, auth, connectTimeoutMs, sessionTimeoutMs, root, folder, signal });
  } finally {
    await rm(folder, { recursive: true, force: true });
    await client.deleteAll(root);
  }
  return await conclude(timeline, ((machineNowMs() - startedMs) / 1000).toFixed(1));
}

async function playAll(acts: readonly Act[], theatre: Theatre): Promise<void> {
  for (const [index, act] of acts.entries()) {
    theatre.timeline.act(act.title, act.shows);
    for (const verdict of await verdictsOf(act, theatre, index + 1)) theatre.timeline.verdict(verdict);
    await theatre.timeline.settle();
  }
}

async function verdictsOf(act: Act, theatre: Theatre, number: number): Promise<readonly Verdict[]> {
  try {
    const stage = new Stage(theatre, number);
    const verdicts = await playOn(stage, act);
    return [...verdicts, { claim: 'nobody is left in line', holds: (await stage.lineLength()) === 0 }];
  } catch (error) {
    if (theatre.signal.aborted) throw error;
    return [{ claim: `the act was played to its end: ${describeCause(error)}`, holds: false }];
  }
}

/** The workers are gone before the verdicts are told. */
async function playOn(stage: Stage, act: Act): Promise<readonly Verdict[]> {
  await using disposed = stage;
  return await act.play(disposed);
}

async function conclude(timeline: Timeline, seconds: string): Promise<number> {
  const { claims, failures } = timeline;
  timeline.heading(
    failures === 0 ? `\nAll ${claims} claims came true, in ${seconds} s.` : `\n${failures} of ${claims} claims did NOT come true.`,
  );
  await timeline.settle();
  return failures === 0 ? exitStatus.done : exitStatus.refused;
}
