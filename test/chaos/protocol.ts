/** What the workers are told to do, once. */
export interface WorkerOrders {
  readonly name: string;
  readonly hosts: string;
  readonly sessionTimeoutMs: number;
  readonly lockPath: string;
  readonly registerPath: string;
  readonly broken: Broken | undefined;
}

/** A lock that is wrong on purpose, to see that the checks find it: one that does not wait for its turn, one that never looks at the clock. */
export type Broken = 'order' | 'validity';

/** Instants are nanoseconds of the machine's monotonic clock, the same for all its processes. */
export type WorkerReport =
  /** It holds the lock, and has just found its lease valid. */
  | { readonly kind: 'entered'; readonly token: bigint; readonly atNs: bigint }
  /** It was about to use the resource, and found its lease valid no earlier than at this instant. */
  | { readonly kind: 'used'; readonly token: bigint; readonly atNs: bigint }
  | { readonly kind: 'operation'; readonly operation: RegisterOperation }
  /** What users would be told, and cope with. */
  | { readonly kind: 'trouble'; readonly name: string }
  /** What nobody should ever see. */
  | { readonly kind: 'failed'; readonly what: string };

/** A read of the register, or a write on the condition that it has the version before. */
export interface RegisterOperation {
  readonly kind: 'read' | 'write';
  /** `begun`: told before a write is sent, since the worker may not live to tell more. `refused`: another write came first. */
  readonly outcome: 'ok' | 'begun' | 'refused';
  readonly startNs: bigint;
  readonly endNs: bigint;
  /** What was read, or what the write has made or would make. */
  readonly version: number;
  /** Each write has one of its own. */
  readonly value: string;
}
