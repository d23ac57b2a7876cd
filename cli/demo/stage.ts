import { join } from 'node:path';
import { holders, Queue } from '../../recipes/index.ts';
import { FaultyProxy } from '../../src/embedded/index.ts';
import { type Client, describeCause, joinPath, text } from '../../src/index.ts';
import { hex } from '../format.ts';
import type { Credential } from '../global-options.ts';
import type { Ensemble } from './ensemble.ts';
import { machineNowMs } from './machine-time.ts';
import type { Timeline } from './timeline.ts';
import { WorkerProcess } from './worker-process.ts';
import type { ReportOf, WorkerReport } from './worker-protocol.ts';

/** What all acts have in common. */
export interface Theatre {
  readonly timeline: Timeline;
  readonly ensemble: Ensemble;
  readonly client: Client;
  readonly auth: readonly Credential[];
  readonly connectTimeoutMs: number;
  /** Of the workers' sessions, as asked for; the server may decide otherwise. */
  readonly sessionTimeoutMs: number;
  /** A znode of the demo's own. */
  readonly root: string;
  /** A folder of the demo's own. */
  readonly folder: string;
  /** Aborts when the demo is interrupted. */
  readonly signal: AbortSignal;
}

/** What one act works with: workers that contend for one lock, and a file. When disposed of, the workers are gone. */
export class Stage implements AsyncDisposable {
  readonly lockPath: string;
  readonly file: string;
  /** Every entry of every worker, as told so far. */
  readonly entries: ReportOf<'entered'>[] = [];
  /** Every item that a worker has handled, as told so far. */
  readonly handled: ReportOf<'item-handled'>[] = [];
  readonly #theatre: Theatre;
  readonly #patienceMs: number;
  readonly #workers: Promise<WorkerProcess>[] = [];

  /** @param number of the act */
  constructor(theatre: Theatre, number: number) {
    this.#theatre = theatre;
    this.lockPath = `${theatre.root}/act-${number}`;
    this.file = join(theatre.folder, `act-${number}.txt`);
    // An expiry, which servers may look for once a tick only, and time to connect anew.
    this.#patienceMs = 3 * (theatre.client.session?.timeoutMs ?? theatre.sessionTimeoutMs) + 10_000;
  }

  /** A new worker process, connected through a wire of its own. */
  async hire(name: string, sessionTimeoutMs = this.#theatre.sessionTimeoutMs): Promise<WorkerProcess> {
    const { ensemble, connectTimeoutMs, auth } = this.#theatre;
    const starting = this.#start(name);
    this.#workers.push(starting);
    const worker = await starting;
    this.#recount(worker);
    const connected = worker.next('connected');
    const hosts = `${worker.wire.hosts}${ensemble.chroot}`;
    worker.order({ kind: 'begin', name, hosts, lockPath: this.lockPath, sessionTimeoutMs, connectTimeoutMs, auth: [...auth] });
    await connected;
    return worker;
  }

  /** Tells what the demo itself does; gives the time of it. */
  say(text: string): number {
    const atMs = machineNowMs();
    this.#theatre.timeline.event('demo', text, atMs);
    return atMs;
  }

  /** Resolves when the worker holds the lock. */
  async enter(worker: WorkerProcess): Promise<ReportOf<'entered'>> {
    const entered = worker.next('entered');
    worker.order({ kind: 'acquire' });
    return await entered;
  }

  /** Resolves when the worker waits in line. */
  async queue(worker: WorkerProcess): Promise<void> {
    const queued = worker.next('queued');
    worker.order({ kind: 'acquire' });
    await queued;
  }

  /** Resolves when the worker is about to leave. */
  async leave(worker: WorkerProcess): Promise<ReportOf<'leaving'>> {
    const leaving = worker.next('leaving');
    worker.order({ kind: 'release' });
    return await leaving;
  }

  /** Resolves when the worker waits for leadership. */
  async stand(worker: WorkerProcess): Promise<void> {
    const queued = worker.next('queued');
    worker.order({ kind: 'stand' });
    await queued;
  }

  /** Resolves when the worker stands no more. */
  async retire(worker: WorkerProcess): Promise<void> {
    const retired = worker.next('retired');
    worker.order({ kind: 'retire' });
    await retired;
  }

  /** The worker takes part in the schedule. Resolves when it waits for leadership. */
  async takePart(worker: WorkerProcess, everyMs: number): Promise<void> {
    const queued = worker.next('queued');
    worker.order({ kind: 'keep-schedule', everyMs });
    await queued;
  }

  /** The queue of the act, which its workers handle. */
  itemQueue(): Queue<string> {
    return new Queue(this.#theatre.client, this.lockPath, { codec: text });
  }

  /** How many znodes stand in line: for the lock, or to lead the schedule. */
  async lineLength(): Promise<number> {
    const lines = [this.lockPath, joinPath(this.lockPath, 'leader')].map((path) => holders(this.#theatre.client, path));
    return (await Promise.all(lines)).flat().length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Also of one that has only begun to start when the act ends.
    const started = await Promise.allSettled(this.#workers);
    await Promise.all(started.flatMap((worker) => (worker.status === 'fulfilled' ? [worker.value[Symbol.asyncDispose]()] : [])));
  }

  async #start(name: string): Promise<WorkerProcess> {
    const wire = await FaultyProxy.start(this.#theatre.ensemble.servers);
    return new WorkerProcess(name, wire, { timeoutMs: this.#patienceMs, signal: this.#theatre.signal });
  }

  #recount({ name, reports$ }: WorkerProcess): void {
    const { timeline } = this.#theatre;
    reports$.subscribe({
      next: (report) => {
        if (report.kind === 'entered') this.entries.push(report);
        if (report.kind === 'item-handled') this.handled.push(report);
        const text = tale(report);
        if (text !== undefined) timeline.event(name, text, report.atMs);
      },
      error: (error: unknown) => timeline.event(name, describeCause(error)),
    });
  }
}

function tale(report: WorkerReport): string | undefined {
  switch (report.kind) {
    case 'connected':
      return `connected, session ${hex(report.sessionId)} with a timeout of ${report.timeoutMs / 1000} s`;
    case 'suspended':
      return 'lost contact with the server';
    case 'session-lost':
      return 'gave its session up: it can no longer be certain that it lives';
    case 'queued':
      return `in line, ${report.ahead} ahead`;
    case 'entered':
      return `ENTERS with fencing token ${report.token}`;
    case 'leaving':
      return 'leaves';
    case 'lease-lost':
      return `the signal of its lease fires (token ${report.token})`;
    case 'leads':
      return `LEADS with fencing token ${report.token}`;
    case 'stops-leading':
      return 'leads no more: its work has stopped';
    case 'retired':
      return 'leaves for good';
    case 'job-run':
      return `runs the job due at ${new Date(report.dueMs).toISOString().slice(11, 21)}, with fencing token ${report.token}`;
    case 'item-begun':
      return `begins ${report.item}${report.attempt === 1 ? '' : `, attempt ${report.attempt}`}`;
    case 'item-handled':
      return `has handled ${report.item}`;
    case 'finished':
      return 'has had all its turns';
    case 'failed':
      return undefined;
  }
}
