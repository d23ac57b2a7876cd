import type { Subject } from 'rxjs';
import { type Client, type Clock, LeaseLostError } from '../../src/index.ts';
import { Wakeup } from '../common/wakeup.ts';
import type { Lease } from '../leases/lease.ts';
import { carryOut } from './carry-out.ts';
import { JobNode } from './job-node.ts';
import type { Job } from './job-options.ts';
import type { RunEvent } from './job-run.ts';
import { type BegunRun, type EndedRun, isSameRun, type JobState } from './job-state.ts';
import { advance, end, type Leader, lookAgainAtMs, type Policy, putBack } from './progress.ts';

/** One leader's time, from its election to its end. */
export interface Term {
  readonly client: Client;
  readonly clock: Clock;
  /** Of the schedule. */
  readonly path: string;
  readonly lease: Lease;
  readonly leader: Leader;
  readonly historyLength: number;
  /** Aborted when it is over, by loss or by choice. */
  readonly signal: AbortSignal;
  readonly events$: Subject<RunEvent>;
}

// The wall clock may be set, and the machine may sleep: a timer alone would not notice.
const longestTimerMs = 60_000;
const tryAgainMs = 5_000;

/** Has one job run for one term: looks at its state whenever something may have changed, decides by `advance`, and carries out what it has claimed. */
export class JobRunner {
  readonly #job: Job;
  readonly #term: Term;
  readonly #policy: Policy;
  readonly #node: JobNode;
  readonly #wakeup = new Wakeup();
  readonly #underWay = new Map<BegunRun, Promise<void>>();
  /** Over, and not yet written down. */
  #ended: readonly EndedRun[] = [];
  #trouble = '';

  constructor(job: Job, term: Term) {
    this.#job = job;
    this.#term = term;
    this.#policy = { ...job, historyLength: term.historyLength };
    this.#node = new JobNode(term.client, term.path, job.name);
  }

  /** Resolves when the term is over and all runs have ended. Never rejects. */
  async run(): Promise<void> {
    const { client, signal } = this.#term;
    const notify = () => this.#wakeup.notify();
    const watching = client.watch(this.#node.path).subscribe({ next: notify, error: (error: Error) => client.reportError(error) });
    while (!signal.aborted) await this.#wait(await this.#look());
    watching.unsubscribe();
    await Promise.all(this.#underWay.values());
    await this.#conclude();
  }

  /** Resolves with the time of the next look, if nothing happens before. */
  async #look(): Promise<number> {
    const { clock, leader } = this.#term;
    try {
      const state = await this.#write((state) => advance(state, this.#policy, leader, clock.wallTime()));
      this.#trouble = '';
      this.#begin(state.running.filter(({ token }) => token === leader.token));
      return lookAgainAtMs(state, this.#policy) ?? Number.POSITIVE_INFINITY;
    } catch (error) {
      this.#complain(error);
      return clock.wallTime() + tryAgainMs;
    }
  }

  /** Resolves when something has happened, or at that time. */
  async #wait(untilMs: number): Promise<void> {
    const { clock, signal } = this.#term;
    while (!signal.aborted) {
      const leftMs = untilMs - clock.wallTime();
      if (leftMs <= 0 || (await this.#wakeup.wait(clock, Math.min(leftMs, longestTimerMs), signal))) return;
    }
  }

  /** Writes down what has ended, and what `change` makes of that. */
  async #write(change: (state: JobState) => JobState): Promise<JobState> {
    const { lease } = this.#term;
    const ended = this.#ended;
    const settle = (state: JobState) => ended.reduce((settled, run) => end(settled, run, this.#policy), state);
    // Not given up when the term is: what is claimed must be known to be.
    const state = await this.#node.updateAs(lease, (state) => change(settle(state)), { signal: lease.signal });
    this.#ended = this.#ended.filter((run) => !ended.includes(run));
    return state;
  }

  /** A run of ours that is not under way has just been claimed, also if the reply to that was lost at first. */
  #begin(claimed: readonly BegunRun[]): void {
    const { signal } = this.#term;
    const known = [...this.#underWay.keys(), ...this.#ended];
    for (const run of claimed) {
      if (signal.aborted || known.some((other) => isSameRun(other, run))) continue;
      this.#underWay.set(run, this.#carryOut(run));
    }
  }

  async #carryOut(run: BegunRun): Promise<void> {
    const { client, clock, lease, signal, events$ } = this.#term;
    events$.next({ kind: 'begun', job: this.#job.name, run });
    const ended = await carryOut(this.#job, run, lease, signal, clock);
    this.#ended = [...this.#ended, ended];
    this.#underWay.delete(run);
    if (ended.outcome === 'failed') client.logger.warn({ job: this.#job.name, run: run.id, error: ended.error }, 'a run of a job failed');
    events$.next({ kind: 'ended', job: this.#job.name, run: ended });
    this.#wakeup.notify();
  }

  /** Leaves word of what has ended, while it can. What cannot be written is settled by the next leader. */
  async #conclude(): Promise<void> {
    const { leader, lease } = this.#term;
    if (!lease.isValid()) return;
    try {
      await this.#write((state) => putBack(state, leader));
    } catch (error) {
      if (lease.isValid()) this.#complain(error);
    }
  }

  #complain(error: unknown): void {
    const { client, lease } = this.#term;
    // The latch finds that out, too, and ends the term.
    if (error instanceof LeaseLostError || lease.signal.aborted) return;
    const complaint = error instanceof Error ? error : new Error(String(error));
    // Once, however often it comes.
    if (this.#trouble === String(complaint)) return;
    this.#trouble = String(complaint);
    client.reportError(complaint);
  }
}
