import { type ChildProcess, fork } from 'node:child_process';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { filter, type Observable, Subject } from 'rxjs';
import type { FaultyProxy } from '../../src/embedded/index.ts';
import { Deadline, first, systemClock } from '../../src/index.ts';
import { type ReportKind, type ReportOf, reportSchema, type WorkerCommand, type WorkerReport } from './worker-protocol.ts';

// Compiled, this file and the worker's end in .js.
const program = new URL(`./worker${extname(fileURLToPath(import.meta.url))}`, import.meta.url);

/** How long we wait for a worker. */
export interface Patience {
  readonly timeoutMs: number;
  /** Aborts when the demo is interrupted. */
  readonly signal: AbortSignal;
}

/** A worker: a process of its own, and the wire between it and the ensemble. */
export class WorkerProcess implements AsyncDisposable {
  readonly name: string;
  readonly wire: FaultyProxy;
  readonly #child: ChildProcess;
  readonly #exited: Promise<void>;
  readonly #patience: Patience;
  readonly #reports = new Subject<WorkerReport>();

  constructor(name: string, wire: FaultyProxy, patience: Patience) {
    this.name = name;
    this.wire = wire;
    this.#patience = patience;
    this.#child = fork(program, {
      // It knows bigint.
      serialization: 'advanced',
      // Results are the demo's to print; a worker that crashes tells why on standard error.
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      execArgv: [],
      // Ctrl-C is meant for the demo, which then ends its workers. If it dies, they find their channel closed, and end.
      detached: true,
    });
    // Not `once` of events, which a message that could not be sent would make reject.
    this.#exited = new Promise((resolve) => this.#child.once('exit', () => resolve()));
    this.#child.on('message', (message) => this.#take(message));
    this.#child.once('exit', (status, signal) =>
      this.#reports.error(new Error(`${name} has ended by itself (${signal ?? `status ${status}`})`)),
    );
    this.#child.on('error', (error) => this.#reports.error(error));
  }

  /** What the worker tells, from now on, in the order of its telling. Errors when it fails, completes when it is dismissed or killed. */
  get reports$(): Observable<WorkerReport> {
    return this.#reports;
  }

  order(command: WorkerCommand): void {
    this.#child.send(command);
  }

  /** The next report of that kind; ask for it before what brings it about. */
  next<K extends ReportKind>(kind: K): Promise<ReportOf<K>> {
    const isOfKind = (report: WorkerReport): report is ReportOf<K> => report.kind === kind;
    const report = this.#within(`tell '${kind}'`, this.#reports.pipe(filter(isOfKind)));
    // It may be awaited after something else that fails first.
    report.catch(() => {});
    return report;
  }

  /** SIGKILL, which leaves the worker no time for anything. Resolves when it is gone. */
  async kill(): Promise<void> {
    this.#dismiss();
    // A process that could not even be started has no id, and no exit.
    if (this.#child.pid === undefined) return;
    this.#child.kill('SIGKILL');
    await this.#exited;
  }

  /** Lets the worker close its session, and kills it if it does not end. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#dismiss();
    // Over a cut wire it could not.
    this.wire.mend();
    if (this.#child.connected) {
      this.order({ kind: 'quit' });
      const cancel = systemClock.setTimer(this.#patience.timeoutMs, () => this.#child.kill('SIGKILL'));
      await this.#exited;
      cancel();
    }
    await this.kill();
    await this.wire[Symbol.asyncDispose]();
  }

  async #within<T>(what: string, source$: Observable<T>): Promise<T> {
    const { timeoutMs } = this.#patience;
    using deadline = new Deadline(systemClock, this.#patience, () => new Error(`${this.name} did not ${what} within ${timeoutMs} ms`));
    return await first(source$, deadline.signal);
  }

  /** What it tells from now on is of no interest, least of all that what it was about failed. */
  #dismiss(): void {
    this.#reports.complete();
  }

  #take(message: unknown): void {
    const report = reportSchema.parse(message);
    this.#reports.next(report);
    if (report.kind === 'failed') this.#reports.error(new Error(`${this.name} failed: ${report.why}`));
  }
}
