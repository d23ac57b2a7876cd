import { DocentError } from '../docent-error.ts';

/** A configuration has had no valid value yet; `cause` is what was found instead, if anything was. Give it defaults, or put a valid value there. */
export class ConfigUnavailableError extends DocentError {
  override readonly name = 'ConfigUnavailableError';
  readonly path: string;

  constructor(path: string, problem: string, options?: ErrorOptions) {
    super(`there is no valid configuration at ${path}: ${problem}`, options);
    this.path = path;
  }
}
