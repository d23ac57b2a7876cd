import { type Client, Deadline, InvalidArgumentError, OperationTimeoutError, parseOptions, whenAborted } from '../../src/index.ts';
import { type WaitOptions, waitOptions } from '../common/wait-options.ts';
import type { Document, Snapshot } from '../documents/document.ts';
import { rewrite } from '../documents/rewrite.ts';
import type { LiveValue } from './live-value.ts';

/** What a change has to know of a configuration. */
export interface Part {
  readonly client: Client;
  readonly document: Document;
  readonly live: Pick<LiveValue<unknown>, 'isFollowing' | 'follow'>;
}

/**
 * Rewrites configurations together, and waits until those that are followed show it.
 *
 * @returns the new values
 */
export async function changeParts(
  parts: readonly Part[],
  change: (before: readonly Snapshot[]) => readonly unknown[],
  options: WaitOptions,
): Promise<readonly unknown[]> {
  const { timeoutMs, signal } = parseOptions(waitOptions, options, 'Config.update');
  const [part] = parts;
  if (part === undefined) return [];
  checkFit(parts, part.client);
  const late = () => new OperationTimeoutError('Config.update', part.document.path, timeoutMs ?? 0, 'unknown');
  using deadline = new Deadline(part.client.clock, { timeoutMs, signal }, late);
  deadline.signal.throwIfAborted();
  const documents = parts.map(({ document }) => document);
  const values = await rewrite(part.client, documents, change, deadline.signal);
  await Promise.all(parts.flatMap(({ live }) => (live.isFollowing ? shown(live, deadline.signal) : [])));
  return values;
}

function checkFit(parts: readonly Part[], client: Client): void {
  const areApart = new Set(parts.map(({ document }) => document.path)).size === parts.length;
  if (areApart && parts.every((part) => part.client === client)) return;
  throw new InvalidArgumentError('Config.updateAll.configs', parts, 'must be of one client, and each of another path');
}

/** What has just been written is to be seen. It is written, so that running out of time is no failure. */
function shown(live: Part['live'], signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const stopListening = whenAborted(signal, () => resolve());
    // It never rejects.
    void live.follow().then(() => {
      stopListening();
      resolve();
    });
  });
}
