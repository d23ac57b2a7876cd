import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fromEvent, map, merge } from 'rxjs';
import { Probe } from './probe.ts';

/**
 * How its time is taken from a holder: its event loop is blocked by a call that does not return, or the process is stopped, in the midst of its work or
 * while it waits for something.
 */
export type Pause = 'blocked' | 'stopped at work' | 'stopped at rest';

export interface HolderOrders {
  readonly hosts: string;
  readonly path: string;
  readonly sessionTimeoutMs: number;
  readonly pause: Pause;
}

/** Instants are nanoseconds of the machine's monotonic clock, the same for all its processes. */
export type HolderReport =
  /** It holds the lock, and is about to be paused. */
  | { readonly kind: 'held'; readonly token: bigint }
  | FirstLine
  /** It has got in line again, and holds. */
  | { readonly kind: 'held again'; readonly token: bigint };

/** What it has seen at the first line of its own after the pause. */
export interface FirstLine {
  readonly kind: 'first line';
  readonly isValid: boolean;
  readonly isAborted: boolean;
  readonly reason: string | undefined;
  /** When it last found its lease valid, at the earliest. */
  readonly lastValidNs: bigint;
}

/** A process that takes a lock, is paused, and tells what it sees then. */
export class HolderProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #reports: Probe<HolderReport>;

  private constructor(child: ChildProcess) {
    this.#child = child;
    const ended$ = fromEvent(child, 'exit').pipe(
      map((): never => {
        throw new Error('the holder has ended');
      }),
    );
    // Its program, which is ours, sends nothing else; with each message comes a handle, or none.
    const reports$ = fromEvent(child, 'message', (report: unknown) => report as HolderReport);
    this.#reports = new Probe(merge(reports$, ended$));
  }

  static start(orders: HolderOrders): HolderProcess {
    const child = fork(new URL('./holder.ts', import.meta.url), {
      serialization: 'advanced',
      execArgv: ['--import', new URL('./typescript.mjs', import.meta.url).href],
      stdio: ['pipe', 'inherit', 'inherit', 'ipc'],
    });
    child.send(orders);
    return new HolderProcess(child);
  }

  async report<K extends HolderReport['kind']>(kind: K): Promise<Extract<HolderReport, { kind: K }>> {
    const report = await this.#reports.next();
    if (report.kind !== kind) throw new Error(`'${report.kind}' came instead of '${kind}'`);
    // The discriminant has just been compared, which the compiler cannot follow for a type parameter.
    return report as Extract<HolderReport, { kind: K }>;
  }

  /** Of one that has said that it holds. */
  begin(pause: Pause): void {
    // The one that is to be blocked has done so by itself.
    if (pause !== 'blocked') this.#child.kill('SIGSTOP');
  }

  end(pause: Pause): void {
    if (pause === 'blocked') this.#child.stdin?.end('go on');
    else this.#child.kill('SIGCONT');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#reports[Symbol.dispose]();
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await exited;
  }
}
