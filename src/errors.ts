/**
 * What is known of a failed operation on the server's side.
 *
 * - `refused`: the server said no (or would have: docent checked first). Trying again gives the same answer.
 * - `not-sent`: it never left this process. Sending it again is safe.
 * - `unknown`: it was sent and no reply came. It may or may not have been applied.
 */
export type Outcome = 'refused' | 'not-sent' | 'unknown';

/** Root of every error that docent throws on purpose. Never thrown itself. */
export abstract class DocentError extends Error {
  abstract override readonly name: string;
}

/** Stands in errors for a value that may be secret. */
export const undisclosed = Symbol('undisclosed');

/** An argument or option breaks a rule. Nothing was done. */
export class InvalidArgumentError extends DocentError {
  override readonly name = 'InvalidArgumentError';
  readonly field: string;
  /** {@link undisclosed} where it may be secret. */
  readonly value: unknown;
  readonly rule: string;

  constructor(field: string, value: unknown, rule: string, options?: ErrorOptions) {
    super(`${field}: ${rule}; got ${describeValue(value)}`, options);
    this.field = field;
    this.value = value;
    this.rule = rule;
  }
}

/** Bytes that are not what the ZooKeeper protocol says they should be. The connection they came on is of no more use. */
export class ProtocolError extends DocentError {
  override readonly name = 'ProtocolError';
  /** The jute record that was being read, e.g. `GetDataResponse`. */
  readonly record: string;
  /** Where in it, e.g. `stat.czxid`. */
  readonly field: string;
  readonly problem: string;

  constructor(record: string, field: string, problem: string, options?: ErrorOptions) {
    super(`${record}${field === '' ? '' : `.${field}`}: ${problem}`, options);
    this.record = record;
    this.field = field;
    this.problem = problem;
  }
}

/** Something happened that the code holds to be impossible. Please report it. */
export class InternalError extends DocentError {
  override readonly name = 'InternalError';
}

/** The client was closed, before or during the call. Make a new one. */
export class ClosedError extends DocentError {
  override readonly name = 'ClosedError';

  constructor(what: string, options?: ErrorOptions) {
    super(`${what}: the client is closed`, options);
  }
}

/** No server gave us a session in time. `cause` is the last thing that went wrong. */
export class ConnectTimeoutError extends DocentError {
  override readonly name = 'ConnectTimeoutError';
  readonly hosts: readonly string[];
  readonly timeoutMs: number;

  constructor(hosts: readonly string[], timeoutMs: number, cause: unknown) {
    super(
      `no session from ${hosts.join(', ')} within ${timeoutMs} ms (last: ${describeCause(cause)}). Check the hosts, and that a ZooKeeper listens there`,
      { cause },
    );
    this.hosts = hosts;
    this.timeoutMs = timeoutMs;
  }
}

/**
 * A connection to a server is of no more use, or did not come about. Cause of what was lost with it; docent connects again by itself.
 * Trouble in the network beneath comes as Node's own errors instead, with their `code`.
 */
export class ConnectionError extends DocentError {
  override readonly name: string = 'ConnectionError';
  /** `host:port`. */
  readonly server: string;

  constructor(server: string, problem: string, options?: ErrorOptions) {
    super(`connection to ${server}: ${problem}`, options);
    this.server = server;
  }
}

/** TLS with a server did not come about, or the two sides do not agree on using it. `cause` is Node's own error, where there is one. docent never goes on without TLS. */
export class TlsError extends ConnectionError {
  override readonly name = 'TlsError';
}

/** Authentication failed; the session is of no use, and neither would another be with the same credentials. */
export class AuthFailedError extends DocentError {
  override readonly name = 'AuthFailedError';
  readonly scheme: string;

  constructor(
    scheme: string,
    why = 'the server refused the credentials. Check them, and that it knows the scheme',
    options?: ErrorOptions,
  ) {
    super(`authentication by '${scheme}': ${why}`, options);
    this.scheme = scheme;
  }
}

/** The driver asked for cannot work on this machine; no session will ever come of it. `message` says what is missing and how to get it. */
export class DriverUnavailableError extends DocentError {
  override readonly name = 'DriverUnavailableError';
  readonly driver: string;

  constructor(driver: string, why: string, options?: ErrorOptions) {
    super(`the driver '${driver}' cannot be used: ${why}`, options);
    this.driver = driver;
  }
}

/** Why a session is over. `unusable`: it never began, since the driver cannot work here or not with these options. */
export type SessionEnd = 'expired' | 'out-of-contact' | 'auth-failed' | 'unusable' | 'closed';

const sessionEnds: Readonly<Record<SessionEnd, string>> = {
  expired: 'the server says that it has expired',
  'out-of-contact': 'no server answered in time, so it may have expired (by our own clock)',
  'auth-failed': 'the server refused its credentials',
  unusable: 'its driver cannot be used',
  closed: 'it was closed',
};

/**
 * The session is over, and with it every ephemeral znode, lease and place in line that it owned.
 * What was bound to it is not carried to the next session: begin again.
 */
export class SessionLostError extends DocentError {
  override readonly name = 'SessionLostError';
  readonly sessionId: bigint;
  readonly reason: SessionEnd;

  constructor(sessionId: bigint, reason: SessionEnd, options?: ErrorOptions) {
    super(`session 0x${sessionId.toString(16)} is over: ${sessionEnds[reason]}`, options);
    this.sessionId = sessionId;
    this.reason = reason;
  }
}

/** There is no contact with a server; the session may still live. Reason of a signal under `onSuspended: 'abort'`. */
export class SessionSuspendedError extends DocentError {
  override readonly name = 'SessionSuspendedError';

  constructor(options?: ErrorOptions) {
    super('contact with the server is lost; the session may or may not survive', options);
  }
}

/** An operation on a znode failed. `outcome` says whether it may be tried again. */
export abstract class OperationError extends DocentError {
  abstract readonly outcome: Outcome;
  readonly operation: string;
  readonly path: string;

  constructor(operation: string, path: string, why: string, options?: ErrorOptions) {
    super(`${operation} ${path}: ${why}`, options);
    this.operation = operation;
    this.path = path;
  }
}

/** It never left this process; `cause` says why. Trying again is safe. */
export class NotSentError extends OperationError {
  override readonly name = 'NotSentError';
  override readonly outcome = 'not-sent';

  constructor(operation: string, path: string, cause: unknown) {
    super(operation, path, `it was not sent: ${describeCause(cause)}`, { cause });
  }
}

/** Sent, and no reply came, or the replies do not tell. Look at the znode before you try again. */
export class OutcomeUnknownError extends OperationError {
  override readonly name = 'OutcomeUnknownError';
  override readonly outcome = 'unknown';
  /** The request, as it was sent, but for credentials. */
  readonly request: unknown;

  constructor(operation: string, path: string, request: unknown, cause: unknown) {
    super(operation, path, `it may or may not have been applied (${describeCause(cause)}). Read the znode to find out`, {
      cause,
    });
    this.request = withoutCredential(request);
  }
}

/** More requests wait than `maxPendingRequests` allows. Slow down, or raise the bound. */
export class TooManyRequestsError extends OperationError {
  override readonly name = 'TooManyRequestsError';
  override readonly outcome = 'refused';
  readonly limit: number;

  constructor(operation: string, path: string, limit: number) {
    super(operation, path, `${limit} requests wait already (maxPendingRequests). Await some of them first`);
    this.limit = limit;
  }
}

/** The call's own deadline passed. `outcome` says whether the request had left by then. */
export class OperationTimeoutError extends OperationError {
  override readonly name = 'OperationTimeoutError';
  override readonly outcome: 'not-sent' | 'unknown';
  readonly timeoutMs: number;

  constructor(operation: string, path: string, timeoutMs: number, outcome: 'not-sent' | 'unknown', options?: ErrorOptions) {
    const left = outcome === 'not-sent' ? 'it was not sent' : 'it may or may not have been applied';
    super(operation, path, `no answer within ${timeoutMs} ms; ${left}`, options);
    this.timeoutMs = timeoutMs;
    this.outcome = outcome;
  }
}

/** The driver in use cannot do this. */
export class UnsupportedError extends OperationError {
  override readonly name = 'UnsupportedError';
  override readonly outcome = 'refused';
  readonly driver: string;
  readonly feature: string;

  constructor(operation: string, path: string, driver: string, feature: string) {
    super(operation, path, `the driver '${driver}' has no ${feature}`);
    this.driver = driver;
    this.feature = feature;
  }
}

/** The reply is larger than the client takes, which cuts the connection: asking again would come to the same. */
export class ReplyTooLargeError extends OperationError {
  override readonly name = 'ReplyTooLargeError';
  override readonly outcome = 'refused';
  readonly sizeBytes: number;
  readonly limitBytes: number;

  constructor(operation: string, path: string, sizeBytes: number, limitBytes: number) {
    super(
      operation,
      path,
      `the reply takes ${sizeBytes} bytes and the limit is ${limitBytes} (maxReplyBytes). Raise that, or have less data, or fewer children, there`,
    );
    this.sizeBytes = sizeBytes;
    this.limitBytes = limitBytes;
  }
}

/** The request would be larger than the server accepts, which would cut the connection. It was not sent. */
export class RequestTooLargeError extends OperationError {
  override readonly name = 'RequestTooLargeError';
  override readonly outcome = 'refused';
  readonly sizeBytes: number;
  readonly limitBytes: number;

  constructor(operation: string, path: string, sizeBytes: number, limitBytes: number) {
    super(
      operation,
      path,
      `the request takes ${sizeBytes} bytes and the limit is ${limitBytes} (maxRequestBytes; the server's jute.maxbuffer). Store less, or raise both`,
    );
    this.sizeBytes = sizeBytes;
    this.limitBytes = limitBytes;
  }
}

/** The server's own words for no, by the names of ZooKeeper's `KeeperException.Code`. */
export type RefusalCode =
  | 'SYSTEMERROR'
  | 'RUNTIMEINCONSISTENCY'
  | 'DATAINCONSISTENCY'
  | 'MARSHALLINGERROR'
  | 'UNIMPLEMENTED'
  | 'BADARGUMENTS'
  | 'NEWCONFIGNOQUORUM'
  | 'RECONFIGINPROGRESS'
  | 'UNKNOWNSESSION'
  | 'NONODE'
  | 'NOAUTH'
  | 'BADVERSION'
  | 'NOCHILDRENFOREPHEMERALS'
  | 'NODEEXISTS'
  | 'NOTEMPTY'
  | 'INVALIDCALLBACK'
  | 'INVALIDACL'
  | 'AUTHFAILED'
  | 'NOTREADONLY'
  | 'EPHEMERALONLOCALSESSION'
  | 'NOWATCHER'
  | 'RECONFIGDISABLED'
  | 'SESSIONCLOSEDREQUIRESASLAUTH'
  | 'QUOTAEXCEEDED'
  | 'THROTTLEDOP'
  | 'UNKNOWN';

/** The server said no, and `code` is its word for it. The common ones have a class of their own. */
export class RefusedError extends OperationError {
  override readonly name: string = 'RefusedError';
  override readonly outcome = 'refused';
  readonly code: RefusalCode;

  constructor(operation: string, path: string, code: RefusalCode, why: string = refusals[code]) {
    super(operation, path, why);
    this.code = code;
  }
}

/** There is no such znode, or, for a create, no parent. */
export class NoNodeError extends RefusedError {
  override readonly name = 'NoNodeError';
}

/** There is such a znode already. */
export class NodeExistsError extends RefusedError {
  override readonly name = 'NodeExistsError';
}

/** The znode has another version than the one asked for: somebody changed it in between. Read it again and decide anew. */
export class BadVersionError extends RefusedError {
  override readonly name = 'BadVersionError';
}

/** The znode has children, so it cannot be deleted. */
export class NotEmptyError extends RefusedError {
  override readonly name = 'NotEmptyError';
}

/** Ephemeral znodes cannot have children. */
export class NoChildrenForEphemeralsError extends RefusedError {
  override readonly name = 'NoChildrenForEphemeralsError';
}

/** The ACL of the znode, or of its parent, does not let this session do that. */
export class NoAuthError extends RefusedError {
  override readonly name = 'NoAuthError';
}

/** The ACL given is empty or malformed, or names `auth` on a session that has authenticated as nobody. */
export class InvalidAclError extends RefusedError {
  override readonly name = 'InvalidAclError';
}

/** The server we are on has lost its quorum and answers reads only. */
export class ReadOnlyServerError extends RefusedError {
  override readonly name = 'ReadOnlyServerError';
}

const refusals: Readonly<Record<RefusalCode, string>> = {
  SYSTEMERROR: 'the server had an internal error',
  RUNTIMEINCONSISTENCY: 'the server found its state inconsistent',
  DATAINCONSISTENCY: 'the server found its data inconsistent',
  MARSHALLINGERROR: 'the server could not read the request',
  UNIMPLEMENTED: 'this server does not know that operation. Its version is too old, or the feature is switched off there',
  BADARGUMENTS: 'the server holds the arguments to be invalid',
  NEWCONFIGNOQUORUM: 'the new configuration has no quorum of connected servers',
  RECONFIGINPROGRESS: 'another reconfiguration is under way',
  UNKNOWNSESSION: 'the server does not know that session',
  NONODE: 'no such znode',
  NOAUTH: 'the ACL does not permit it',
  BADVERSION: 'the znode has another version',
  NOCHILDRENFOREPHEMERALS: 'the parent is ephemeral, and ephemeral znodes cannot have children',
  NODEEXISTS: 'there is such a znode already',
  NOTEMPTY: 'the znode has children',
  INVALIDCALLBACK: 'the server calls the callback invalid',
  INVALIDACL: 'the server calls the ACL invalid',
  AUTHFAILED: 'authentication failed',
  NOTREADONLY: 'the server is in read-only mode: it has lost its quorum',
  EPHEMERALONLOCALSESSION: 'a local session cannot own ephemeral znodes',
  NOWATCHER: 'no such watch is set',
  RECONFIGDISABLED: 'dynamic reconfiguration is switched off on the server',
  SESSIONCLOSEDREQUIRESASLAUTH:
    "the server serves authenticated sessions only. Give the client `auth` of a scheme that it demands, e.g. 'sasl'",
  QUOTAEXCEEDED: 'a quota on the subtree is used up',
  THROTTLEDOP: 'the server is overloaded and refused the request',
  UNKNOWN: 'the server answered with an error code that docent does not know',
};

const refusalClasses: Readonly<Partial<Record<RefusalCode, typeof RefusedError>>> = {
  NONODE: NoNodeError,
  NODEEXISTS: NodeExistsError,
  BADVERSION: BadVersionError,
  NOTEMPTY: NotEmptyError,
  NOCHILDRENFOREPHEMERALS: NoChildrenForEphemeralsError,
  NOAUTH: NoAuthError,
  INVALIDACL: InvalidAclError,
  NOTREADONLY: ReadOnlyServerError,
};

/** The error for a server's refusal, in the most telling class. */
export function refusedBy(code: RefusalCode, operation: string, path: string, why?: string): RefusedError {
  const Refusal = refusalClasses[code] ?? RefusedError;
  return new Refusal(operation, path, code, why);
}

/** A transaction was refused as a whole because of one of its operations; none was applied. `cause` is that one's refusal. */
export class TransactionFailedError extends OperationError {
  override readonly name = 'TransactionFailedError';
  override readonly outcome = 'refused';
  /** Which of the transaction's operations the server refused, from 0. */
  readonly index: number;
  override readonly cause: RefusedError;

  constructor(index: number, cause: RefusedError) {
    super('transaction', cause.path, `operation ${index} (${cause.operation}) was refused, so none was applied: ${cause.message}`, {
      cause,
    });
    this.index = index;
    this.cause = cause;
  }
}

/** One line about any thrown thing, for messages that tell their cause. */
export function describeCause(cause: unknown): string {
  if (cause instanceof AggregateError && cause.message === '') return cause.errors.map(describeCause).join('; ');
  if (cause instanceof Error) return cause.message === '' ? cause.name : cause.message;
  return typeof cause === 'string' ? cause : describeValue(cause);
}

function withoutCredential(request: unknown): unknown {
  if (typeof request !== 'object' || request === null || !('credential' in request)) return request;
  return { ...request, credential: undisclosed };
}

/** Of an object only the keys, since what it holds may be secret. */
function describeValue(value: unknown): string {
  if (value === undisclosed) return 'a value that is not shown, since it may be secret';
  if (typeof value === 'string') return shortened(JSON.stringify(value));
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'function') return 'a function';
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value !== 'object' || value === null) return String(value);
  const keys = Object.keys(value);
  return keys.length === 0 ? 'an object' : shortened(`an object with ${keys.join(', ')}`);
}

function shortened(text: string): string {
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}
