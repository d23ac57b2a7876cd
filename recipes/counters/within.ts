import { type Client, Deadline, OperationTimeoutError } from '../../src/index.ts';
import type { WaitOptions } from '../common/wait-options.ts';

/** Does `work`, which takes several requests, within the one deadline of a call. */
export async function within<T>(
  client: Client,
  { operation, path }: { readonly operation: string; readonly path: string },
  { timeoutMs, signal }: WaitOptions,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const timedOut = () => new OperationTimeoutError(operation, path, timeoutMs ?? 0, 'unknown');
  using deadline = new Deadline(client.clock, { timeoutMs, signal }, timedOut);
  return await work(deadline.signal);
}
