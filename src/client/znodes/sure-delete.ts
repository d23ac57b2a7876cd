import { NoNodeError } from '../../errors/refusal.ts';
import { anyVersion } from '../../znode.ts';
import type { Call } from '../calls/call.ts';
import { persistently } from '../calls/persistently.ts';

/**
 * Deletes a znode that nobody else can mean, and goes on until the server says that it is gone. Only for unique names: of another the next
 * owner's might be deleted.
 *
 * @see Curator `guaranteed()`
 */
export async function deleteUntilGone(call: Call, path: string): Promise<void> {
  try {
    await persistently(call, () => call.perform('delete', { path, version: anyVersion }, 'unknown'));
  } catch (error) {
    if (!(error instanceof NoNodeError)) throw error;
  }
}
