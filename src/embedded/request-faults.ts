import type { ErrorCode } from '../protocol/error-codes.ts';
import type { WireOperation } from '../protocol/operations.ts';

export type { ConnectionCode, ErrorCode } from '../protocol/error-codes.ts';

/** A request, as the server received it. */
export interface ServedRequest {
  readonly sessionId: bigint;
  readonly operation: WireOperation | 'closeSession';
  /** Undefined where an operation has none, or many. */
  readonly path: string | undefined;
  /** Counts the server's requests, from 1. Pings and handshakes are left out. */
  readonly number: number;
}

/** What may happen to a request. */
export type RequestFault =
  /** The connection is closed, and the request not applied. */
  | { readonly kind: 'cut-before-apply' }
  /** The request is applied, and the connection closed instead of a reply. */
  | { readonly kind: 'cut-after-apply' }
  /** The request is applied and answered, then the connection is closed. */
  | { readonly kind: 'cut-after-reply' }
  /** The requester's session expires, and the request is not applied. */
  | { readonly kind: 'expire-session' }
  /** The request is not applied, and answered with the code. */
  | { readonly kind: 'refuse'; readonly code: ErrorCode }
  /** The reply leaves that much later, and with it all that the connection is sent after it. */
  | { readonly kind: 'delay'; readonly ms: number };

/** Which request a fault is for; all that is given must fit. */
export interface RequestMatch {
  readonly operation?: WireOperation | 'closeSession';
  readonly sessionId?: bigint;
  /** The server's running number of the request, from 1. */
  readonly number?: number;
  /** How many fitting requests are passed over first. */
  readonly after?: number;
}

/** Faults that wait for their request. Each happens once. */
export class RequestFaults {
  #pending: {
    readonly fault: RequestFault;
    readonly match: RequestMatch;
    left: number;
  }[] = [];

  add(fault: RequestFault, match: RequestMatch): void {
    this.#pending.push({ fault, match, left: match.after ?? 0 });
  }

  /** The fault that this request meets, if any: the first injected of those that fit. */
  meet(request: ServedRequest): RequestFault | undefined {
    if (this.#pending.length === 0) return undefined;
    const fitting = this.#pending.filter(({ match }) => fits(match, request));
    const due = fitting.find(({ left }) => left === 0);
    for (const entry of fitting) if (entry !== due && entry.left > 0) entry.left -= 1;
    this.#pending = this.#pending.filter((entry) => entry !== due);
    return due?.fault;
  }
}

function fits({ operation, sessionId, number }: RequestMatch, request: ServedRequest): boolean {
  return (
    (operation === undefined || operation === request.operation) &&
    (sessionId === undefined || sessionId === request.sessionId) &&
    (number === undefined || number === request.number)
  );
}
