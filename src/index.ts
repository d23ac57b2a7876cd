/**
 * All of `docent`: the client, and what its users need beside it. The recipes are in `docent/recipes`.
 */
export { first, never, whenAborted } from './abort.ts';
export type { CallOptions } from './client/calls/call-options.ts';
export { boundedExponential, exponential, fixed, forever, none, type RetryPolicy, times, untilElapsed } from './client/calls/retry.ts';
export { Client, connect } from './client/client.ts';
export type { ClientOptions } from './client/client-options.ts';
export type { ConnectionState } from './client/session/connection-state.ts';
export type { Session } from './client/session/session.ts';
export type { WatchEvent, WatchOptions } from './client/watches/watch-event.ts';
export type {
  AclOptions,
  CreatedNode,
  CreateOptions,
  DeleteOptions,
  Identity,
  NodeAcl,
  NodeChildren,
  NodeData,
  ReadOperation,
  ReadResult,
  Reconfiguration,
  TransactionOperation,
  TransactionResult,
  WriteOptions,
  ZnodeData,
} from './client/znodes/znode-options.ts';
export { type CancelTimer, type Clock, randomUuid, systemClock } from './clock.ts';
export { bytes, type Codec, decodeZnode, encodeValue, int32, int64, json, noData, text } from './codec.ts';
export { Deadline, type DeadlineOptions } from './deadline.ts';
export type {
  Capabilities,
  Credentials,
  Driver,
  DriverFactory,
  DriverOperations,
  DriverOptions,
  HostPort,
  MultiOperation,
  MultiReadOperation,
  MultiReadResult,
  MultiResult,
  Notice,
  OperationName,
  Perform,
  ReplyOf,
  RequestOf,
  TlsOptions,
  WatchEventType,
  WatchMode,
} from './driver/driver.ts';
export { parseDuration } from './duration.ts';
export type { Ending } from './ending.ts';
export {
  AuthFailedError,
  ClosedError,
  ConnectionError,
  ConnectTimeoutError,
  DriverUnavailableError,
  ProtocolError,
  TlsError,
} from './errors/connection.ts';
export { DocentError, describeCause, InternalError, InvalidArgumentError, undisclosed } from './errors/docent-error.ts';
export {
  NotSentError,
  OperationError,
  OperationTimeoutError,
  type Outcome,
  OutcomeUnknownError,
  ReplyTooLargeError,
  RequestTooLargeError,
  TooManyRequestsError,
  UnsupportedError,
} from './errors/operation.ts';
export { BarrierTimeoutError } from './errors/recipes/barriers.ts';
export { CacheClosedError, CacheLimitError, CacheNotReadyError } from './errors/recipes/caches.ts';
export { ConfigUnavailableError } from './errors/recipes/config.ts';
export { ContentionError, CounterOverflowError, VersionExhaustedError, ZnodeReplacedError } from './errors/recipes/counters.ts';
export { NoInstanceError, ProviderClosedError, RegisterTimeoutError } from './errors/recipes/discovery.ts';
export { ForeignChildrenError, MalformedDataError, SequenceExhaustedError, WrongRecipeError } from './errors/recipes/foreign-data.ts';
export { LatchClosedError, RunTimeoutError, ScheduleStoppedError } from './errors/recipes/leaders.ts';
export {
  AcquireTimeoutError,
  DeadlockError,
  type DeadlockMember,
  LeaseLostError,
  LockUpgradeError,
  MaxHoldError,
} from './errors/recipes/locks.ts';
export { NodeClosedError, NodeTimeoutError, PathTakenError } from './errors/recipes/nodes.ts';
export { PartlyPutError, QueueFullError, TakeTimeoutError, UndeliveredItemError } from './errors/recipes/queues.ts';
export {
  BadVersionError,
  InvalidAclError,
  NoAuthError,
  NoChildrenForEphemeralsError,
  NodeExistsError,
  NoNodeError,
  NotEmptyError,
  ReadOnlyServerError,
  type RefusalCode,
  RefusedError,
  refusedBy,
  TransactionFailedError,
} from './errors/refusal.ts';
export { type SessionEnd, SessionLostError, SessionSuspendedError } from './errors/session.ts';
export { isTransient } from './errors/transient.ts';
export { gzip } from './gzip.ts';
export { type Logger, silentLogger } from './log.ts';
export { abortSignal, parseOptions, positiveMs } from './options.ts';
export { isWithin, joinPath, nameOf, parentOf, validatePath, validateSequentialPath } from './path.ts';
export {
  type Acl,
  anyVersion,
  type CreateMode,
  createModes,
  creatorAllAcl,
  hasTtl,
  isEphemeral,
  isSequential,
  openAcl,
  permissions,
  readAcl,
  type Stat,
} from './znode.ts';
