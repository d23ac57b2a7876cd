import type { Observable } from 'rxjs';
import type { Clock } from '../clock.ts';
import type { Ending } from '../ending.ts';
import type { RefusalCode } from '../errors/refusal.ts';
import type { SessionEnd } from '../errors/session.ts';
import type { Logger } from '../log.ts';
import type { Acl, CreateMode, Stat } from '../znode.ts';

/**
 * THE PORT. A driver is one ZooKeeper session over any number of connections, one after the other. It starts to connect when it is made,
 * to any server of its list, reconnects by itself for as long as the session may live, and never makes a second session:
 * when the session is over, so is the driver, and the client makes a new one.
 *
 * Requests made while there is no connection wait for one. Replies come in the order of the requests. When a connection breaks, what had
 * been sent on it is rejected as `unknown`, what had not goes out on the next.
 */
export interface Driver extends AsyncDisposable {
  /** For messages and metrics; nobody decides by it. */
  readonly name: string;
  readonly capabilities: Capabilities;

  /**
   * Hot, never errors, completes after `over`. Notices come in the server's order: what a watch tells comes before any reply that shows
   * the change. Handlers run inside packet handling: they may take note and schedule, and must not throw.
   */
  readonly notices$: Observable<Notice>;

  /** 0 until the first `connected`. */
  readonly sessionId: bigint;
  /** What the server granted, in milliseconds; 0 until the first `connected`. */
  readonly sessionTimeoutMs: number;

  /**
   * The session is certainly alive before this instant of the clock and maybe dead after it: when the last acknowledged request was *sent*, plus
   * `sessionTimeoutMs`; earlier, if the leader has given no word for a while. `-Infinity` without a session. A plain read, always current.
   */
  readonly validUntilMs: number;

  /** The highest zxid that any reply has shown; `undefined` where the driver cannot tell. */
  readonly lastZxid: bigint | undefined;

  /**
   * Hands a request over, in the same tick, so that two calls in a row travel together and are served in that order.
   *
   * @param until its end withdraws the request if it has not been sent; if it has, the reply is awaited no longer
   * @throws {RefusedError} the server said no
   * @throws {UnsupportedError | RequestTooLargeError | TooManyRequestsError} refused before sending
   * @throws {ReplyTooLargeError} a read's reply is larger than `maxReplyBytes`, which ends the connection
   * @throws {NotSentError} the session ended, or `until` did, before it was sent
   * @throws {OutcomeUnknownError} it was sent and the connection broke, the session or `until` ended before the reply; `cause` says which
   */
  perform<N extends OperationName>(name: N, request: RequestOf<N>, until?: Ending): Promise<ReplyOf<N>>;

  /**
   * The servers to try from the next connection on, instead of those before. The present connection goes on, even if its server is none of them.
   *
   * @param hosts at least one
   */
  setHosts(hosts: readonly HostPort[]): void;

  /**
   * Ends the session on the server, so that its ephemeral znodes go at once. Without contact it goes on trying until the server must have
   * expired the session, bounded by `graceMs`. Every pending request is settled. Idempotent, never rejects.
   */
  close(graceMs?: number): Promise<void>;
}

/** Makes drivers; the only thing the client knows of any. */
export type DriverFactory = (options: DriverOptions) => Driver;

export interface DriverOptions {
  /** To begin with; see `setHosts`. */
  readonly hosts: readonly HostPort[];
  /** Put before every path on the way out and taken off on the way in; empty for none. */
  readonly chroot: string;
  /** What to ask the server for. */
  readonly sessionTimeoutMs: number;
  /** Accept a server that has lost its quorum and answers reads only. */
  readonly readOnly: boolean;
  readonly auth: readonly Credentials[];
  /** Undefined for plain TCP. When given, plain TCP is never used. */
  readonly tls: TlsOptions | undefined;
  /** How many requests may wait, sent or not, before `TooManyRequestsError`. */
  readonly maxPendingRequests: number;
  /** The server's `jute.maxbuffer`, which closes the connection on larger ones. */
  readonly maxRequestBytes: number;
  /** Largest reply that is taken. */
  readonly maxReplyBytes: number;
  readonly clock: Clock;
  readonly log: Logger;
}

export interface HostPort {
  readonly host: string;
  readonly port: number;
}

/** What the session authenticates with on every connection. */
export interface Credentials {
  readonly scheme: string;
  /** For `digest` and `sasl` (DIGEST-MD5): `user:password` in UTF-8. At most one is `sasl`, and never in `addAuth`. */
  readonly credential: Uint8Array;
}

/** PEM texts, as `node:tls` takes them. The server's certificate and name are always checked. */
export interface TlsOptions {
  /** Whose certificates to trust, instead of the authorities that Node knows. */
  readonly ca?: string | Uint8Array;
  /** Our certificate, for a server that demands one, with those between it and the authority that the server trusts. */
  readonly cert?: string | Uint8Array;
  /** The private key of `cert`. */
  readonly key?: string | Uint8Array;
  /** What `key` is encrypted with. */
  readonly passphrase?: string;
  /** The name or address to check every server's certificate against, where it is not the host's. */
  readonly servername?: string;
}

/** What a driver may lack. The client asks here; it never asks which driver it has. */
export interface Capabilities {
  /** `create` answers with the stat. Without: `stat` may be null in its reply. */
  readonly createStat: boolean;
  /** `create` takes an ACL other than the open one. */
  readonly createAcl: boolean;
  readonly getAcl: boolean;
  readonly containers: boolean;
  readonly ttl: boolean;
  readonly multi: boolean;
  readonly persistentWatches: boolean;
  readonly removeWatches: boolean;
  readonly reconfig: boolean;
  /** `getEphemerals`, `getAllChildrenNumber`, `whoAmI`. */
  readonly inspection: boolean;
  readonly tls: boolean;
  readonly readOnly: boolean;
  /** `maxReplyBytes` is kept to. */
  readonly replyLimit: boolean;
}

export type Notice =
  /** A server has taken our session, new or known. From here on requests are sent. */
  | {
      readonly kind: 'connected';
      readonly server: string;
      readonly resumed: boolean;
      readonly readOnly: boolean;
      /** The session is known, but not the watches that were set in it. */
      readonly watchesLost?: boolean;
    }
  /** The connection is gone; the session may live. */
  | { readonly kind: 'disconnected'; readonly cause: Error }
  /**
   * A try to connect failed; the next follows by itself. A driver that is not told of each says so from time to time for as long as no server takes us,
   * and names them all.
   */
  | { readonly kind: 'unreachable'; readonly server: string; readonly cause: Error }
  | { readonly kind: 'event'; readonly type: WatchEventType; readonly path: string }
  /** The session is over, and `notices$` completes. */
  | { readonly kind: 'over'; readonly reason: SessionEnd; readonly cause?: Error };

/** What happened to a znode: it was made, it went, its data changed, its list of children changed. */
export type WatchEventType = 'created' | 'deleted' | 'changed' | 'children';

export type WatchMode = 'persistent' | 'persistent-recursive';

/** Every operation of the port, by name: what is asked and what is answered. A `watch` is one-shot and comes as a notice. */
export interface DriverOperations {
  create: {
    request: {
      readonly path: string;
      readonly data: Uint8Array | null;
      readonly acl: readonly Acl[];
      readonly mode: CreateMode;
      readonly ttlMs?: number;
    };
    reply: { readonly path: string; readonly stat: Stat | null };
  };
  delete: { request: { readonly path: string; readonly version: number }; reply: undefined };
  /** Never refused for a missing znode: `stat` is null then, and the watch is set all the same. */
  exists: { request: { readonly path: string; readonly watch: boolean }; reply: { readonly stat: Stat | null } };
  getData: { request: { readonly path: string; readonly watch: boolean }; reply: { readonly data: Buffer | null; readonly stat: Stat } };
  setData: {
    request: { readonly path: string; readonly data: Uint8Array | null; readonly version: number };
    reply: { readonly stat: Stat };
  };
  getAcl: { request: { readonly path: string }; reply: { readonly acl: readonly Acl[]; readonly stat: Stat } };
  /** `stat` may show what others did since, where the server does not tell with its answer. */
  setAcl: { request: { readonly path: string; readonly acl: readonly Acl[]; readonly version: number }; reply: { readonly stat: Stat } };
  getChildren: { request: { readonly path: string; readonly watch: boolean }; reply: { readonly children: readonly string[] } };
  getChildren2: {
    request: { readonly path: string; readonly watch: boolean };
    reply: { readonly children: readonly string[]; readonly stat: Stat };
  };
  sync: { request: { readonly path: string }; reply: undefined };
  /** Rejects with `TransactionFailedError` if one of the operations was refused. */
  multi: { request: { readonly operations: readonly MultiOperation[] }; reply: { readonly results: readonly MultiResult[] } };
  /** Several reads at one zxid. One that was refused has its code in its place. */
  multiRead: { request: { readonly reads: readonly MultiReadOperation[] }; reply: { readonly results: readonly MultiReadResult[] } };
  addWatch: { request: { readonly path: string; readonly mode: WatchMode }; reply: undefined };
  /** Resolves also if no such watch was set. */
  removeWatches: { request: { readonly path: string; readonly type: 'children' | 'data' | 'any' }; reply: undefined };
  /**
   * Tells at once, by notices before the reply, of each znode whose data or list of children have changed since `relativeZxid`, or that is not there. Leaves a
   * one-shot watch on each of the others, which is not set again on the next connection.
   */
  setWatches: {
    request: { readonly relativeZxid: bigint; readonly data: readonly string[]; readonly children: readonly string[] };
    reply: undefined;
  };
  /** Paths of this session's ephemeral znodes at or below `path`. */
  getEphemerals: { request: { readonly path: string }; reply: { readonly paths: readonly string[] } };
  getAllChildrenNumber: { request: { readonly path: string }; reply: { readonly count: number } };
  whoAmI: { request: { readonly path: '/' }; reply: { readonly identities: readonly { readonly scheme: string; readonly id: string }[] } };
  /** The ensemble's configuration. Not subject to the chroot, nor is `reconfig`. */
  getConfig: {
    request: { readonly path: '/zookeeper/config'; readonly watch: boolean };
    reply: { readonly data: Buffer | null; readonly stat: Stat };
  };
  reconfig: {
    request: {
      readonly path: '/zookeeper/config';
      readonly joining: string | null;
      readonly leaving: string | null;
      readonly members: string | null;
      readonly fromConfig: bigint;
    };
    reply: { readonly data: Buffer | null; readonly stat: Stat };
  };
  /** Adds to what the session has authenticated as, now and on every later connection. */
  addAuth: { request: { readonly path: '/' } & Credentials; reply: undefined };
}

export type OperationName = keyof DriverOperations;
export type RequestOf<N extends OperationName> = DriverOperations[N]['request'];
export type ReplyOf<N extends OperationName> = DriverOperations[N]['reply'];
export type Perform = Driver['perform'];

export type MultiOperation =
  | ({ readonly op: 'create' } & RequestOf<'create'>)
  | ({ readonly op: 'delete' } & RequestOf<'delete'>)
  | ({ readonly op: 'setData' } & RequestOf<'setData'>)
  | { readonly op: 'check'; readonly path: string; readonly version: number };

export type MultiResult =
  | { readonly op: 'create'; readonly path: string; readonly stat: Stat | null }
  | { readonly op: 'delete' }
  | { readonly op: 'setData'; readonly stat: Stat }
  | { readonly op: 'check' };

export type MultiReadOperation = { readonly op: 'getData' | 'getChildren'; readonly path: string };

export type MultiReadResult =
  | { readonly op: 'getData'; readonly data: Buffer | null; readonly stat: Stat }
  | { readonly op: 'getChildren'; readonly children: readonly string[] }
  | { readonly op: 'refused'; readonly code: RefusalCode };
