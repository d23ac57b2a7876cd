import { InternalError } from '../../errors/docent-error.ts';
import { NotSentError, OutcomeUnknownError, TooManyRequestsError } from '../../errors/operation.ts';
import { refusedBy } from '../../errors/refusal.ts';
import type { OperationName } from '../driver.ts';
import type { Exchange } from './exchanges.ts';
import type { PackageClient } from './package.ts';
import { notConnected, verdictOf } from './translate.ts';

/** A request of a caller. Settles once; whatever comes after that is dropped. */
export class PendingRequest {
  readonly operation: OperationName;
  readonly path: string;
  readonly request: unknown;
  readonly exchange: Exchange<unknown, unknown>;
  /** Stops listening for the caller's end. */
  stopListening: (() => void) | undefined = undefined;
  readonly #resolve: (reply: never) => void;
  readonly #reject: (error: unknown) => void;
  #isSettled = false;

  constructor(
    terms: Pick<PendingRequest, 'operation' | 'path' | 'request' | 'exchange'>,
    resolve: (reply: never) => void,
    reject: (error: unknown) => void,
  ) {
    this.operation = terms.operation;
    this.path = terms.path;
    this.request = terms.request;
    this.exchange = terms.exchange;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  get isSettled(): boolean {
    return this.#isSettled;
  }

  /** Settles it by the code that it was answered with. */
  answer(code: number, read: () => unknown, connectionError: (what: string) => Error): void {
    const { forgiven } = this.exchange;
    if (code === 0) return this.#resolveWith(read);
    if (code === forgiven?.code) return this.#resolveWith(() => forgiven.reply);
    const verdict = verdictOf(code);
    if (verdict.kind === 'refused') this.reject(refusedBy(verdict.code, this.operation, this.path));
    else this.unknown(connectionError(verdict.name));
  }

  notSent(cause: unknown): void {
    this.reject(new NotSentError(this.operation, this.path, cause));
  }

  unknown(cause: unknown): void {
    this.reject(new OutcomeUnknownError(this.operation, this.path, this.request, cause));
  }

  reject(error: unknown): void {
    if (this.#settle()) this.#reject(error);
  }

  #resolveWith(read: () => unknown): void {
    if (this.#isSettled) return;
    try {
      // The exchange reads what its own operation answers, which is what `resolve` takes: both come from one `perform`.
      const reply = read() as never;
      if (this.#settle()) this.#resolve(reply);
    } catch (error) {
      this.unknown(error);
    }
  }

  #settle(): boolean {
    if (this.#isSettled) return false;
    this.#isSettled = true;
    this.stopListening?.();
    return true;
  }
}

/** The requests that wait for a server, and those that the C client has. */
export class Requests {
  readonly #limit: number;
  readonly #backlog = new Set<PendingRequest>();
  readonly #inFlight = new Set<PendingRequest>();

  /** @param limit how many may wait in all */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get hasUnsent(): boolean {
    return this.#backlog.size > 0;
  }

  get inFlight(): Iterable<PendingRequest> {
    return this.#inFlight;
  }

  submit(request: PendingRequest): void {
    if (this.#backlog.size + this.#inFlight.size >= this.#limit) {
      request.reject(new TooManyRequestsError(request.operation, request.path, this.#limit));
    } else this.#backlog.add(request);
  }

  /** Nobody waits for it any longer. The C client cannot be told. */
  withdraw(request: PendingRequest, reason: unknown): void {
    if (this.#backlog.delete(request)) request.notSent(reason);
    else request.unknown(reason);
  }

  /**
   * Hands all that wait to the C client.
   *
   * @param answered is told within the C client's call-back
   */
  flush(client: PackageClient, answered: (request: PendingRequest, code: number, read: () => unknown) => void): void {
    for (const request of this.#backlog) {
      this.#backlog.delete(request);
      this.#inFlight.add(request);
      const result = request.exchange.start(client, request.request, (code, read) => answered(request, code, read));
      if (result !== 0) this.#notTaken(request, result);
      // It could not send that.
      if (client.state === notConnected) return;
    }
  }

  answered(request: PendingRequest): void {
    this.#inFlight.delete(request);
  }

  /** Nothing that is in flight will be answered. */
  loseSent(cause: Error): void {
    for (const request of this.#inFlight) request.unknown(cause);
    this.#inFlight.clear();
  }

  /** The session is over. */
  end(cause: Error): void {
    this.loseSent(cause);
    this.refuseUnsent(cause);
  }

  refuseUnsent(cause: Error): void {
    for (const request of this.#backlog) request.notSent(cause);
    this.#backlog.clear();
  }

  #notTaken(request: PendingRequest, code: number): void {
    this.#inFlight.delete(request);
    const verdict = verdictOf(code);
    if (verdict.kind === 'refused') request.reject(refusedBy(verdict.code, request.operation, request.path));
    else request.notSent(new InternalError(`the C client did not take it: ${verdict.name}`));
  }
}
