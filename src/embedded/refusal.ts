import { DocentError } from '../errors/docent-error.ts';
import type { ErrorCode } from '../protocol/error-codes.ts';

/** The server says no to a request. Travels to the client as a code, never further. */
export class Refusal extends DocentError {
  override readonly name = 'Refusal';
  readonly code: ErrorCode;

  constructor(code: ErrorCode, options?: ErrorOptions) {
    super(code, options);
    this.code = code;
  }
}
