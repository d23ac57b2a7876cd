import { ProtocolError } from '../../errors/connection.ts';
import type { Credentials } from '../driver.ts';
import { PendingRequest } from './pending-request.ts';
import { exchangeFor } from './translate.ts';

/**
 * What the session authenticates with by packets of its own, on every connection anew. Servers answer these packets out of turn, hence a queue of their own,
 * and answering one is no sign that the session was seen alive.
 */
export class Authentication {
  readonly #known: Credentials[];
  #inFlight: PendingRequest[] = [];

  constructor(credentials: readonly Credentials[]) {
    this.#known = [...credentials];
  }

  /** What to send first on a new connection. */
  replays(): readonly PendingRequest[] {
    return this.#known.map((credentials) => {
      const request = { path: '/', ...credentials } as const;
      return new PendingRequest('addAuth', request.path, request, exchangeFor('addAuth', request), ignore, ignore);
    });
  }

  /** @param credentials what `request` asks for; kept for later connections */
  sent(request: PendingRequest, credentials: Credentials): void {
    this.#inFlight.push(request);
    if (!this.#known.some((known) => isSame(known, credentials))) this.#known.push(credentials);
  }

  /** @throws {ProtocolError} nothing was asked */
  answered(): PendingRequest {
    const request = this.#inFlight.shift();
    if (request === undefined) throw new ProtocolError('ReplyHeader', 'xid', 'an answer to credentials that were not sent');
    return request;
  }

  /** The connection is gone: takes out what it has left unanswered. */
  drain(): readonly PendingRequest[] {
    const all = this.#inFlight;
    this.#inFlight = [];
    return all;
  }
}

function isSame(a: Credentials, b: Credentials): boolean {
  return a.scheme === b.scheme && Buffer.compare(a.credential, b.credential) === 0;
}

function ignore(): void {}
