import { never } from '../src/index.ts';
import type { HeldLease } from './wrap.ts';

/** For a command that runs while something is kept that outlives sessions: nothing is lost by which it would have to end. */
export function lasting(path: string, token: bigint): HeldLease {
  return { path, token, signal: never, isValid: () => true, assertValid: () => {} };
}
