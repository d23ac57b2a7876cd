import { DocentError, describeCause } from './docent-error.ts';

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
