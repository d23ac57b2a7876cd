import { channel } from 'node:diagnostics_channel';
import type { Outcome } from '../errors/operation.ts';
import type { ConnectionState } from './session/connection-state.ts';

/** Message of the channel `docent:operation`: a call has settled. */
export interface OperationMessage {
  readonly operation: string;
  readonly path: string;
  /** `ok`, what is known of the failed operation, or `failed` for failures that are not the operation's own (aborted, closed, session lost). */
  readonly outcome: 'ok' | Outcome | 'failed';
  /** How many requests were sent for it. */
  readonly attempts: number;
  readonly elapsedMs: number;
}

/** Message of the channel `docent:state`: the client's state has changed. */
export interface StateMessage {
  readonly from: ConnectionState;
  readonly to: ConnectionState;
  readonly sessionId: bigint | undefined;
}

const operations = channel('docent:operation');
const states = channel('docent:state');

/** Is anybody listening? Else the message need not be made. */
export function operationsAreObserved(): boolean {
  return operations.hasSubscribers;
}

export function tellOperation(message: OperationMessage): void {
  operations.publish(message);
}

export function tellState(message: StateMessage): void {
  if (states.hasSubscribers) states.publish(message);
}
