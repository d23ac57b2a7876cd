import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { ConnectionError } from '../../errors.ts';
import type { HostPort, TlsOptions } from '../driver.ts';
import { serverName } from './hosts.ts';

/** What comes of a connection. After `closed`, or after it was dropped, nothing. */
export interface ConnectionEvents {
  /** It is open; with TLS, the server has proved who it is. */
  opened(): void;
  received(chunk: Buffer): void;
  closed(cause: Error): void;
}

/** A TCP or TLS connection to one server. */
export class Connection {
  readonly #socket: Socket;
  #error: Error | undefined;
  #isDropped = false;

  /** @param tls undefined for plain TCP */
  constructor(server: HostPort, address: string, tls: TlsOptions | undefined, events: ConnectionEvents) {
    this.#socket = open(server, address, tls);
    // Nagle's algorithm would hold back what we have just gathered into one write.
    this.#socket.setNoDelay(true);
    this.#socket
      .once(tls === undefined ? 'connect' : 'secureConnect', () => this.#unlessDropped(() => events.opened()))
      .on('data', (chunk: Buffer) => this.#unlessDropped(() => events.received(chunk)))
      .on('error', (error) => {
        this.#error = error;
      })
      .once('close', () => {
        const cause = this.#error ?? new ConnectionError(serverName(server), 'the server closed it');
        this.#unlessDropped(() => events.closed(cause));
      });
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

  #unlessDropped(action: () => void): void {
    if (!this.#isDropped) action();
  }
}

function open({ host, port }: HostPort, address: string, tls: TlsOptions | undefined): Socket {
  if (tls === undefined) return connectTcp({ host: address, port });
  // The certificate is checked against the name that was configured, not against the address that it was looked up as. TLS knows no addresses as names.
  const servername = tls.servername ?? (isIP(host) === 0 ? host : undefined);
  return connectTls({
    ...pem(tls),
    host: address,
    port,
    rejectUnauthorized: true,
    ...(servername !== undefined && { servername }),
  });
}

function pem({ ca, cert, key, passphrase }: TlsOptions) {
  return {
    ...(ca !== undefined && { ca: Buffer.from(ca) }),
    ...(cert !== undefined && { cert: Buffer.from(cert) }),
    ...(key !== undefined && { key: Buffer.from(key) }),
    ...(passphrase !== undefined && { passphrase }),
  };
}
