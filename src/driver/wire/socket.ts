import { X509Certificate } from 'node:crypto';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { checkServerIdentity, connect as connectTls, createSecureContext, type SecureContext } from 'node:tls';
import { ConnectionError, TlsError } from '../../errors/connection.ts';
import { InvalidArgumentError, undisclosed } from '../../errors/docent-error.ts';
import type { HostPort, TlsOptions } from '../driver.ts';
import { serverName } from './hosts.ts';
import { isTlsAlert, type Progress, tlsTrouble } from './tls-trouble.ts';

/** What comes of a connection. After `closed`, or after it was dropped, nothing. */
export interface ConnectionEvents {
  /** It is open; with TLS, the server has proved who it is. */
  opened(): void;
  received(chunk: Buffer): void;
  closed(cause: Error): void;
}

/** How to speak TLS with all servers, read and checked. */
export interface Security {
  readonly context: SecureContext;
  /** Instead of the host's name. */
  readonly servername: string | undefined;
}

/** @throws {InvalidArgumentError} what is given is no PEM, or does not belong together; what it holds is not shown */
export function securityOf({ ca, cert, key, passphrase, servername }: TlsOptions): Security {
  // Node passes over what it cannot read here, and then trusts nobody.
  if (ca !== undefined) read('ca', 'must be certificates in PEM', () => new X509Certificate(Buffer.from(ca)));
  if (cert !== undefined) read('cert', 'must be a certificate in PEM', () => new X509Certificate(Buffer.from(cert)));
  const options = {
    ...(ca !== undefined && { ca: Buffer.from(ca) }),
    ...(cert !== undefined && { cert: Buffer.from(cert) }),
    ...(key !== undefined && { key: Buffer.from(key) }),
    ...(passphrase !== undefined && { passphrase }),
  };
  const rule = 'must be the private key of `tls.cert` in PEM, and `tls.passphrase` what it is encrypted with';
  return { context: read('key', rule, () => createSecureContext(options)), servername };
}

function read<T>(field: string, rule: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw unreadable(field, rule, error);
  }
}

function unreadable(field: string, rule: string, cause: unknown): InvalidArgumentError {
  return new InvalidArgumentError(`tls.${field}`, undisclosed, rule, { cause });
}

/** A TCP or TLS connection to one server. */
export class Connection {
  readonly #socket: Socket;
  readonly #server: string;
  readonly #events: ConnectionEvents;
  readonly #isSecure: boolean;
  #progress: Progress = 'opening';
  #error: Error | undefined;
  #isDropped = false;

  /** @param security undefined for plain TCP */
  constructor(server: HostPort, address: string, security: Security | undefined, events: ConnectionEvents) {
    this.#server = serverName(server);
    this.#events = events;
    this.#isSecure = security !== undefined;
    this.#socket = open(server, address, security);
    // Nagle's algorithm would hold back what we have just gathered into one write.
    this.#socket.setNoDelay(true);
    this.#socket
      .once(security === undefined ? 'connect' : 'secureConnect', () => this.#opened())
      .on('data', (chunk: Buffer) => this.#received(chunk))
      .on('error', (error) => {
        // The first tells why; what comes of writing on is only its consequence.
        this.#error ??= error;
      })
      .once('close', () => this.#closed());
  }

  /** All of it in one go. */
  write(buffers: readonly Buffer[]): void {
    if (buffers.length > 1) this.#socket.cork();
    for (const buffer of buffers) this.#socket.write(buffer);
    if (buffers.length > 1) this.#socket.uncork();
  }

  drop(): void {
    this.#isDropped = true;
    this.#socket.destroy();
  }

  /** As `drop`, when the other side has been told, and has answered or closed. Holds no process up. */
  dropAfter(lastWords: readonly Buffer[]): void {
    this.write(lastWords);
    this.#isDropped = true;
    this.#socket.unref();
    this.#socket.end().once('data', () => this.#socket.destroy());
  }

  #opened(): void {
    if (this.#isDropped) return;
    this.#progress = 'open';
    this.#events.opened();
  }

  #received(chunk: Buffer): void {
    if (this.#isDropped) return;
    const isFirst = this.#progress === 'open';
    this.#progress = 'spoken-on';
    if (isFirst && !this.#isSecure && isTlsAlert(chunk)) {
      this.#socket.destroy(new TlsError(this.#server, 'the server speaks TLS there. Give the client `tls`, or use the plain clientPort'));
      return;
    }
    this.#events.received(chunk);
  }

  #closed(): void {
    if (!this.#isDropped) this.#events.closed(this.#whyClosed());
  }

  #whyClosed(): Error {
    const trouble = this.#isSecure ? tlsTrouble(this.#server, this.#progress, this.#error) : undefined;
    if (trouble !== undefined) return trouble;
    if (this.#error !== undefined) return this.#error;
    return new ConnectionError(
      this.#server,
      this.#progress === 'open'
        ? 'the server closed it without a word. Perhaps it expects TLS there, or has too many connections from this address'
        : 'the server closed it',
    );
  }
}

function open({ host, port }: HostPort, address: string, security: Security | undefined): Socket {
  if (security === undefined) return connectTcp({ host: address, port });
  // The certificate is checked against the name that was configured, not against the address that it was looked up as.
  const name = security.servername ?? host;
  return connectTls({
    secureContext: security.context,
    host: address,
    port,
    // In words, since NODE_TLS_REJECT_UNAUTHORIZED changes the default.
    rejectUnauthorized: true,
    checkServerIdentity: (_, certificate) => checkServerIdentity(name, certificate),
    // TLS knows no addresses as names to ask for.
    ...(isIP(name) === 0 && { servername: name }),
  });
}
