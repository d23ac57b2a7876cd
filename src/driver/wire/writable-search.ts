import type { CancelTimer, Clock } from '../../clock.ts';
import type { HostPort } from '../driver.ts';
import type { Hosts } from './hosts.ts';
import { Connection, type Security } from './socket.ts';

// As Java's client, but for the longest pause, which is a minute there: nothing is written in the meantime.
const firstPauseMs = 100;
const longestPauseMs = 5_000;
const answerWithinMs = 1_000;

export interface WritableSearchTerms {
  readonly hosts: Hosts;
  /** Undefined for plain TCP. */
  readonly security: Security | undefined;
  readonly clock: Clock;
  /** A server that takes writes is there; the search is over. */
  readonly found: (server: HostPort, address: string) => void;
}

/**
 * While we are on a server in read-only mode, asks the others in turn, each on a connection of its own, whether they take writes: `isro`, which servers
 * with that mode enabled answer to anybody.
 *
 * @see ZooKeeper `ClientCnxn.SendThread.pingRwServer`
 */
export class WritableSearch {
  readonly #terms: WritableSearchTerms;
  #pauseMs = firstPauseMs;
  /** Which question is the present one; those before it are void. */
  #question = 0;
  #connection: Connection | undefined;
  #stopTimer: CancelTimer = () => {};

  constructor(terms: WritableSearchTerms) {
    this.#terms = terms;
  }

  begin(): void {
    this.end();
    this.#pauseMs = firstPauseMs;
    this.#pause();
  }

  /** Idempotent. */
  end(): void {
    this.#question += 1;
    this.#stopTimer();
    this.#connection?.drop();
    this.#connection = undefined;
  }

  #pause(): void {
    const { clock } = this.#terms;
    // Clients that lost the quorum together do not all ask together.
    const delayMs = this.#pauseMs * (0.5 + clock.random() / 2);
    this.#pauseMs = Math.min(2 * this.#pauseMs, longestPauseMs);
    this.#stopTimer = clock.setTimer(delayMs, () => this.#askNext());
  }

  #askNext(): void {
    const { hosts, clock } = this.#terms;
    const question = this.#question;
    const { server, address } = hosts.next();
    this.#stopTimer = clock.setTimer(answerWithinMs, () => this.#giveUp());
    address.then(
      (resolved) => {
        if (question === this.#question) this.#ask(server, resolved);
      },
      () => {
        if (question === this.#question) this.#giveUp();
      },
    );
  }

  #ask(server: HostPort, address: string): void {
    let answer = '';
    const connection = new Connection(server, address, this.#terms.security, {
      opened: () => connection.write([Buffer.from('isro')]),
      received: (chunk) => {
        answer += chunk.toString('latin1');
        if (!answer.startsWith('rw')) return;
        this.end();
        this.#terms.found(server, address);
      },
      closed: () => this.#giveUp(),
    });
    this.#connection = connection;
  }

  /** Whatever came of the question: it is the next server's turn. */
  #giveUp(): void {
    this.end();
    this.#pause();
  }
}
