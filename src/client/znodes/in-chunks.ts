import type { Call } from '../calls/call.ts';

// Enough to fill the way to the server, few enough not to keep others waiting.
const atOnce = 500;

/** Does `work` for each, all of a chunk together, and leaves room in the queue of requests for others. The server takes what a chunk sends in its order. */
export async function inChunks<T, R>(call: Call, items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const size = Math.max(1, Math.min(atOnce, Math.floor(call.maxPendingRequests / 2)));
  const results: R[] = [];
  for (let at = 0; at < items.length; at += size) {
    for (const result of await Promise.all(items.slice(at, at + size).map(work))) results.push(result);
  }
  return results;
}
