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
  BadVersionError,
  ClosedError,
  ConnectionError,
  ConnectTimeoutError,
  DocentError,
  DriverUnavailableError,
  describeCause,
  InternalError,
  InvalidAclError,
  InvalidArgumentError,
  NoAuthError,
  NoChildrenForEphemeralsError,
  NodeExistsError,
  NoNodeError,
  NotEmptyError,
  NotSentError,
  OperationError,
  OperationTimeoutError,
  type Outcome,
  OutcomeUnknownError,
  ProtocolError,
  ReadOnlyServerError,
  type RefusalCode,
  RefusedError,
  ReplyTooLargeError,
  RequestTooLargeError,
  refusedBy,
  type SessionEnd,
  SessionLostError,
  SessionSuspendedError,
  TlsError,
  TooManyRequestsError,
  TransactionFailedError,
  UnsupportedError,
  undisclosed,
} from './errors.ts';
export { gzip } from './gzip.ts';
export { type Logger, silentLogger } from './log.ts';
export { abortSignal, parseOptions, positiveMs } from './options.ts';
export { isWithin, joinPath, nameOf, parentOf, validatePath, validateSequentialPath } from './path.ts';
export {
  AcquireTimeoutError,
  BarrierTimeoutError,
  CacheClosedError,
  CacheLimitError,
  CacheNotReadyError,
  ConfigUnavailableError,
  ContentionError,
  CounterOverflowError,
  DeadlockError,
  type DeadlockMember,
  ForeignChildrenError,
  LatchClosedError,
  LeaseLostError,
  LockUpgradeError,
  MalformedDataError,
  MaxHoldError,
  NodeClosedError,
  NodeTimeoutError,
  NoInstanceError,
  PartlyPutError,
  PathTakenError,
  ProviderClosedError,
  QueueFullError,
  RegisterTimeoutError,
  RunTimeoutError,
  ScheduleStoppedError,
  SequenceExhaustedError,
  TakeTimeoutError,
  VersionExhaustedError,
  WrongRecipeError,
  ZnodeReplacedError,
} from './recipe-errors.ts';
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
