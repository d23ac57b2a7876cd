import type { Subject, Subscription } from 'rxjs';
import { type Client, type Clock, describeCause, InternalError, LeaseLostError } from '../../src/index.ts';
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
  #watching: Subscription | undefined;

  constructor(job: Job, term: Term) {
    this.#job = job;
    this.#term = term;
    this.#policy = { ...job, historyLength: term.historyLength };
    this.#node = new JobNode(term.client, term.path, job.name);
  }

  /** Resolves when the term is over and all runs have ended. Never rejects. */
  async run(): Promise<void> {
    const { signal } = this.#term;
    while (!signal.aborted) await this.#wait(await this.#look());
    this.#watching?.unsubscribe();
    await Promise.all(this.#underWay.values());
    await this.#conclude();
  }

  /** Resolves with the time of the next look, if nothing happens before. */
  async #look(): Promise<number> {
    const { clock, leader } = this.#term;
    this.#watch();
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

  /** A watch ends with what cannot heal by itself, such as a permission that is taken away. Somebody may give it back. */
  #watch(): void {
    const { client } = this.#term;
    if (this.#watching?.closed === false) return;
    this.#watching = client.watch(this.#node.path).subscribe({
      next: () => this.#wakeup.notify(),
      error: (error: unknown) => this.#complain(error),
    });
  }

  /** Resolves when something has happened, at that time, or when the clock is set back, after which another time may be the next. */
  async #wait(untilMs: number): Promise<void> {
    const { clock, signal } = this.#term;
    let lastMs = clock.wallTime();
    while (!signal.aborted) {
      const nowMs = clock.wallTime();
      if (nowMs >= untilMs || nowMs < lastMs) return;
      lastMs = nowMs;
      // A timer may fire a little early: asked again, the clock decides.
      if (await this.#wakeup.wait(clock, Math.min(untilMs - nowMs, longestTimerMs), signal)) return;
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
    this.#wakeup.notify();
    if (ended.outcome === 'failed') client.logger.warn({ job: this.#job.name, run: run.id, error: ended.error }, 'a run of a job failed');
    events$.next({ kind: 'ended', job: this.#job.name, run: ended });
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
    const trouble = describeCause(error);
    // Once, however often it comes.
    if (this.#trouble === trouble) return;
    this.#trouble = trouble;
    client.reportError(error instanceof Error ? error : new InternalError(`a job cannot go on: ${trouble}`, { cause: error }));
  }
}
