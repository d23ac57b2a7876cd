import { expect } from 'vitest';
import { LeaseLostError, SessionLostError } from '../../src/index.ts';
import type { SweepFault } from './sweep-faults.ts';

/** What a caller may be told when its session has ended under it. Anything else fails the sweep. */
export function expectLoss(error: unknown, ends: SweepFault['ends']): void {
  expect(ends, String(error)).not.toBe('none');
  expect(error).toSatisfy((found) => found instanceof SessionLostError || found instanceof LeaseLostError);
}
