import { DocentError } from '../docent-error.ts';

/** A barrier did not let us through within the time given. Nothing of ours is left at it. */
export class BarrierTimeoutError extends DocentError {
  override readonly name = 'BarrierTimeoutError';
  readonly path: string;
  readonly timeoutMs: number;

  /** @param problem what the wait was for, as in `3 of 5 members are there` */
  constructor(path: string, timeoutMs: number, problem: string, options?: ErrorOptions) {
    super(`${path}: ${problem} after ${timeoutMs} ms`, options);
    this.path = path;
    this.timeoutMs = timeoutMs;
  }
}
