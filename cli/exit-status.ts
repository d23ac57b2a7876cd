import { constants } from 'node:os';
import {
  AcquireTimeoutError,
  AuthFailedError,
  BarrierTimeoutError,
  ConnectTimeoutError,
  InvalidArgumentError,
  LeaseLostError,
  NodeTimeoutError,
  NotSentError,
  OperationTimeoutError,
  OutcomeUnknownError,
  RegisterTimeoutError,
  SessionLostError,
  TakeTimeoutError,
} from '../src/index.ts';
import { InterruptedError } from './interruption.ts';
import { OutputClosedError } from './print.ts';

/** What the program ends with, besides the status of a command that it ran and `128 + n` for a signal. */
export const exitStatus = {
  done: 0,
  refused: 1,
  usage: 2,
  unreachable: 3,
  timedOut: 124,
  leaseLost: 125,
  cannotRun: 126,
  notFound: 127,
} as const;

/** The status that says how `error` ended a command. */
export function statusOf(error: unknown): number {
  if (error instanceof OutputClosedError) return exitStatus.done;
  if (error instanceof InterruptedError) return statusOfSignal(error.signal);
  if (error instanceof InvalidArgumentError) return exitStatus.usage;
  if (isAuthFailure(error)) return exitStatus.refused;
  if (isContactLost(error)) return exitStatus.unreachable;
  if (isTimeUp(error)) return exitStatus.timedOut;
  if (error instanceof LeaseLostError) return exitStatus.leaseLost;
  return exitStatus.refused;
}

/** Did the server refuse our credentials? It ends the session with that. */
export function isAuthFailure(error: unknown): boolean {
  return error instanceof AuthFailedError || (error instanceof SessionLostError && error.reason === 'auth-failed');
}

function isTimeUp(error: unknown): boolean {
  return [AcquireTimeoutError, BarrierTimeoutError, NodeTimeoutError, RegisterTimeoutError, TakeTimeoutError].some(
    (type) => error instanceof type,
  );
}

/** The shells' custom for a process that a signal ended. */
export function statusOfSignal(signal: NodeJS.Signals): number {
  return 128 + constants.signals[signal];
}

const contactLost = [ConnectTimeoutError, NotSentError, OperationTimeoutError, OutcomeUnknownError, SessionLostError] as const;

function isContactLost(error: unknown): boolean {
  return contactLost.some((type) => error instanceof type);
}
