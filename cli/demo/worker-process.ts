import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { filter, type Observable, Subject } from 'rxjs';
import { Deadline, first, systemClock } from '../../src/index.ts';
import type { Wire } from './wire.ts';
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
  readonly wire: Wire;
  readonly #child: ChildProcess;
  readonly #patience: Patience;
  readonly #reports = new Subject<WorkerReport>();
  #isDismissed = false;

  constructor(name: string, wire: Wire, patience: Patience) {
    this.name = name;
    this.wire = wire;
    this.#patience = patience;
    // 'advanced' knows bigint. Results are the demo's to print; a worker that crashes tells why on standard error.
    this.#child = fork(program, { serialization: 'advanced', stdio: ['ignore', 'ignore', 'inherit', 'ipc'], execArgv: [] });
    this.#child.on('message', (message) => this.#take(message));
    this.#child.once('exit', (status, signal) => this.#end(new Error(`${name} has ended by itself (${signal ?? `status ${status}`})`)));
    this.#child.on('error', (error) => this.#end(error));
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
    this.#isDismissed = true;
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await exited;
  }

  /** Lets the worker close its session, and kills it if it does not end. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isDismissed = true;
    if (this.#child.connected) {
      const exited = once(this.#child, 'exit');
      this.order({ kind: 'quit' });
      const cancel = systemClock.setTimer(this.#patience.timeoutMs, () => this.#child.kill('SIGKILL'));
      await exited;
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

  #take(message: unknown): void {
    const report = reportSchema.parse(message);
    this.#reports.next(report);
    if (report.kind === 'failed') this.#reports.error(new Error(`${this.name} failed: ${report.why}`));
  }

  #end(error: Error): void {
    if (this.#isDismissed) this.#reports.complete();
    else this.#reports.error(error);
  }
}
