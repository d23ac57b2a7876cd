import { OperationError } from './operation.ts';

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
