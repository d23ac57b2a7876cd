import type { Exchange } from './exchange.ts';

/** A request on its way: waiting to be sent, or sent and awaiting its reply. Settles once; whatever comes after that is dropped. */
export class PendingRequest {
  /** For errors. */
  readonly operation: string;
  readonly path: string;
  readonly request: unknown;
  readonly exchange: Exchange<unknown, unknown>;
  /** 0 until it is sent. */
  xid = 0;
  sentAtMs = 0;
  /** What it takes of the connection's window. */
  cost = 0;
  /** What was in flight when it was sent, itself included. */
  flight = 0;
  next: PendingRequest | undefined = undefined;
  /** Stops listening for the caller's end. */
  stopListening: (() => void) | undefined = undefined;
  #isSettled = false;
  readonly #resolve: (reply: never) => void;
  readonly #reject: (error: unknown) => void;

  /** @param resolve takes what `exchange` reads, which the caller has seen to */
  constructor(
    operation: string,
    path: string,
    request: unknown,
    exchange: Exchange<unknown, unknown>,
    resolve: (reply: never) => void,
    reject: (error: unknown) => void,
  ) {
    this.operation = operation;
    this.path = path;
    this.request = request;
    this.exchange = exchange;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  get isSettled(): boolean {
    return this.#isSettled;
  }

  resolve(reply: unknown): void {
    if (!this.#settle()) return;
    // The exchange that read the reply is the one whose reply type `resolve` takes: both came in through the constructor.
    this.#resolve(reply as never);
  }

  reject(error: unknown): void {
    if (this.#settle()) this.#reject(error);
  }

  #settle(): boolean {
    if (this.#isSettled) return false;
    this.#isSettled = true;
    this.stopListening?.();
    this.stopListening = undefined;
    return true;
  }
}
