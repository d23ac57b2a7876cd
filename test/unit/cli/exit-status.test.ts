import { expect, test } from 'vitest';
import { statusOf } from '../../../cli/exit-status.ts';
import { InterruptedError } from '../../../cli/interruption.ts';
import { OutputClosedError } from '../../../cli/print.ts';
import {
  AcquireTimeoutError,
  AuthFailedError,
  ConnectTimeoutError,
  InvalidArgumentError,
  LeaseLostError,
  OperationTimeoutError,
  OutcomeUnknownError,
  RequestTooLargeError,
  refusedBy,
  SessionLostError,
  TakeTimeoutError,
} from '../../../src/index.ts';

const statuses: readonly (readonly [status: number, error: unknown])[] = [
  [0, new OutputClosedError()],
  [1, refusedBy('NONODE', 'get', '/a')],
  [1, refusedBy('NOTEMPTY', 'delete', '/a')],
  [1, refusedBy('NOAUTH', 'set', '/a')],
  [1, new RequestTooLargeError('set', '/a', 2, 1)],
  [1, new AuthFailedError('digest')],
  [1, new SessionLostError(1n, 'auth-failed')],
  [1, new Error('anything else')],
  [1, 'not even an error'],
  [2, new InvalidArgumentError('hosts', '', 'must name a server')],
  [3, new ConnectTimeoutError(['h:2181'], 10, undefined)],
  [3, new OperationTimeoutError('get', '/a', 10, 'unknown')],
  [3, new OutcomeUnknownError('set', '/a', {}, undefined)],
  [3, new SessionLostError(1n, 'expired')],
  [124, new AcquireTimeoutError('/a', 10)],
  [124, new TakeTimeoutError('/a', 10)],
  [125, new LeaseLostError('/a', undefined)],
  [130, new InterruptedError('SIGINT')],
  [143, new InterruptedError('SIGTERM')],
];

test.each(statuses)('status %i is for %o', (status, error) => {
  expect(statusOf(error)).toBe(status);
});
