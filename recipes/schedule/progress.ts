import { type BegunRun, type EndedRun, isSameRun, type JobState, type Occurrence } from './job-state.ts';
import { hasSameDueTimes, type Plan } from './plan.ts';

/** What is decided by, of a job's options. */
export interface Policy {
  readonly plan: Plan;
  readonly guarantee: 'at-most-once' | 'at-least-once';
  readonly misfire: 'run-once' | 'run-all' | 'skip';
  readonly misfireAfterMs: number;
  readonly overlap: 'queue' | 'skip' | 'allow';
  readonly historyLength: number;
}

/** Who leads. */
export interface Leader {
  readonly token: bigint;
  readonly id: string;
}

/**
 * What a leader makes of a job's state: runs that its predecessors left behind are settled, what is due is passed over or begun, one occurrence at the
 * most; call it again until nothing changes. Pure. What it begins is to be run once the result has been written, not before.
 */
export function advance(state: JobState, policy: Policy, leader: Leader, nowMs: number): JobState {
  const settled = planned(settleLost(state, policy, leader, nowMs), policy, nowMs);
  if (isBusy(settled, policy)) return settled;
  const [again, ...waiting] = settled.waiting;
  if (again !== undefined) return begin({ ...settled, waiting }, again, leader, nowMs);
  return advancePlan(settled, policy, leader, nowMs);
}

/** When to look again though nothing has changed; null: not before something does. */
export function lookAgainAtMs(state: JobState, policy: Policy): number | null {
  return state.isPaused || isBusy(state, policy) ? null : state.nextMs;
}

/** The run is over. Nothing changes if that is known already, or if another leader has settled it meanwhile. */
export function end(state: JobState, run: EndedRun, policy: Policy): JobState {
  const running = state.running.filter((other) => !isSameRun(other, run));
  if (running.length === state.running.length) return state;
  const waiting = isToBeRepeated(run.outcome, policy) ? [...state.waiting, nextAttempt(run)] : state.waiting;
  const next = { ...state, running, waiting, history: remember(state, run, policy) };
  // Nothing ran while there was no leader.
  if (policy.overlap !== 'skip' || run.outcome === 'lost' || next.nextMs === null || next.nextMs > run.endedMs) return next;
  return passOver(next, next.nextMs, 'overlapped', policy, { token: run.token, id: run.by }, run.endedMs);
}

/** What the leader has claimed and not begun when its term ends is left to the next one, as if nothing had been. */
export function putBack(state: JobState, { token }: Leader): JobState {
  const claimed = state.running.filter((run) => run.token === token);
  if (claimed.length === 0) return state;
  const waiting = claimed.map(({ id, dueMs, cause, attempt }) => ({ id, dueMs, cause, attempt }));
  return { ...state, running: state.running.filter((run) => run.token !== token), waiting: [...waiting, ...state.waiting] };
}

/** Nothing planned is run until it is resumed; by hand it can be. Runs under way go on. */
export function pause(state: JobState): JobState {
  return { ...state, isPaused: true, nextMs: null };
}

/** What was due meanwhile is not made up for. */
export function resume(state: JobState): JobState {
  return { ...state, isPaused: false };
}

/** Asks for one run beside the plan. Asking twice for one id is asking once. */
export function trigger(state: JobState, id: string, nowMs: number): JobState {
  if ([...state.waiting, ...state.running, ...state.history].some((known) => known.id === id)) return state;
  return { ...state, waiting: [...state.waiting, { id, dueMs: nowMs, cause: 'hand', attempt: 1 }] };
}

/** Whoever has another token leads no more, or the write of what we make of it will be refused. */
function settleLost(state: JobState, policy: Policy, leader: Leader, nowMs: number): JobState {
  const lost = state.running.filter(({ token }) => token !== leader.token);
  return lost.reduce((settled, run) => end(settled, { ...run, endedMs: nowMs, outcome: 'lost' }, policy), state);
}

// Clocks of machines that are looked after differ by less. Up to that, what has had its turn by another clock is waited for; beyond, a clock was wrong.
const longestSkewMs = 60_000;

function planned(state: JobState, { plan }: Policy, nowMs: number): JobState {
  if (state.isPaused) return state;
  const { nextMs } = state;
  if (nextMs !== null && isPlanOf(state, plan, nextMs) && !isBeyond(nextMs, plan, nowMs)) return withPlan(state, plan.text, nextMs);
  // Never what has had its turn already, even if this machine's clock is a little behind that of an earlier leader.
  const isLastAhead = state.lastMs !== null && state.lastMs > nowMs + longestSkewMs;
  const lastMs = isLastAhead ? nowMs : (state.lastMs ?? nowMs);
  return withPlan(state, plan.text, nextDue(state, plan, Math.max(nowMs, lastMs), lastMs));
}

function withPlan(state: JobState, plan: string, nextMs: number): JobState {
  return state.plan === plan && state.nextMs === nextMs ? state : { ...state, plan, nextMs };
}

/** Also if the plan has been put in other words since. */
function isPlanOf(state: JobState, plan: Plan, nextMs: number): boolean {
  return state.plan === plan.text || hasSameDueTimes(plan, state.plan, nextMs);
}

/** Could that come of no clock that is right? Then it was planned by one that was far ahead. */
function isBeyond(nextMs: number, plan: Plan, nowMs: number): boolean {
  const latestNowMs = nowMs + longestSkewMs;
  return nextMs > latestNowMs && nextMs > plan.next(latestNowMs, latestNowMs);
}

/** The first after that time that has not had its turn: where a clock was set back, some of them have. */
function nextDue({ lastMs, history, running, waiting }: JobState, plan: Plan, afterMs: number, anchorMs: number): number {
  const taken = new Set<number | null>([lastMs]);
  for (const { cause, dueMs } of [...history, ...running, ...waiting]) if (cause === 'plan') taken.add(dueMs);
  let dueMs = plan.next(afterMs, anchorMs);
  while (taken.has(dueMs)) dueMs = plan.next(dueMs, anchorMs);
  return dueMs;
}

function advancePlan(state: JobState, policy: Policy, leader: Leader, nowMs: number): JobState {
  const { nextMs } = state;
  if (state.isPaused || nextMs === null || nextMs > nowMs) return state;
  const isMisfire = nowMs - nextMs > policy.misfireAfterMs;
  if (isMisfire && policy.misfire === 'skip') return passOver(state, nextMs, 'missed', policy, leader, nowMs);
  const afterMs = isMisfire && policy.misfire === 'run-once' ? nowMs : nextMs;
  return begin(turned(state, nextMs, policy, afterMs), plannedFor(nextMs), leader, nowMs);
}

function begin(state: JobState, occurrence: Occurrence, { token, id }: Leader, nowMs: number): JobState {
  return { ...state, running: [...state.running, { ...occurrence, startedMs: nowMs, token, by: id }] };
}

/** What is due from then until now. History has the first of them. */
function passOver(
  state: JobState,
  dueMs: number,
  outcome: 'missed' | 'overlapped',
  policy: Policy,
  { token, id }: Leader,
  nowMs: number,
): JobState {
  const passed: EndedRun = { ...plannedFor(dueMs), startedMs: nowMs, endedMs: nowMs, outcome, token, by: id };
  return turned({ ...state, history: remember(state, passed, policy) }, dueMs, policy, nowMs);
}

/** It has had its turn; the next one is after that time. */
function turned(state: JobState, dueMs: number, { plan }: Policy, afterMs: number): JobState {
  return { ...state, lastMs: dueMs, nextMs: nextDue(state, plan, afterMs, dueMs) };
}

function plannedFor(dueMs: number): Occurrence {
  return { id: new Date(dueMs).toISOString(), dueMs, cause: 'plan', attempt: 1 };
}

// What runs has to fit into the job's znode.
const mostRunsAtOnce = 1_000;

function isBusy({ running }: JobState, { overlap }: Policy): boolean {
  return running.length >= (overlap === 'allow' ? mostRunsAtOnce : 1);
}

function isToBeRepeated(outcome: EndedRun['outcome'], { guarantee }: Policy): boolean {
  return guarantee === 'at-least-once' && (outcome === 'lost' || outcome === 'aborted');
}

function nextAttempt({ id, dueMs, cause, attempt }: BegunRun): Occurrence {
  return { id, dueMs, cause, attempt: attempt + 1 };
}

function remember({ history }: JobState, run: EndedRun, { historyLength }: Policy): EndedRun[] {
  const all = [...history, run];
  return all.slice(Math.max(0, all.length - historyLength));
}
