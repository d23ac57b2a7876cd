import { prefixed } from '../../driver/prefix.ts';
import { NotSentError, OutcomeUnknownError } from '../../errors/operation.ts';
import { NoNodeError } from '../../errors/refusal.ts';
import { isTransient } from '../../errors/transient.ts';
import type { Call } from '../calls/call.ts';
import type { Waiter } from './waiter.ts';
import type { WatchTable } from './watch-table.ts';

/** Reads `path` with a one-shot watch, in this tick, and waits for the watch, or for a gap in which it may have been missed. */
export async function whenChanged(call: Call, watches: WatchTable, path: string): Promise<'changed' | 'missing'> {
  const place = prefixed(call.prefix, path);
  for (;;) {
    const waiter = watches.wait(place);
    let answer: 'there' | 'missing' | 'unknown' | Later | undefined;
    try {
      answer = await ask(call, path, waiter);
      if (answer === 'missing') return 'missing';
      // The connection broke in between: the caller looks again.
      if (answer === 'unknown') return 'changed';
      if (answer === 'there') {
        await call.until((resume) => waiter.whenWoken(resume));
        call.throwIfOver();
        return 'changed';
      }
    } finally {
      watches.release(place, waiter, answer === 'missing');
    }
    await call.backOff(answer?.error);
  }
}

/** Nothing came of it, and another time something may. */
interface Later {
  readonly error: unknown;
}

async function ask(call: Call, path: string, waiter: Waiter): Promise<'there' | 'missing' | 'unknown' | Later> {
  try {
    await call.send('getData', { path, watch: waiter.needsWatch });
    return 'there';
  } catch (error) {
    if (error instanceof NoNodeError) return 'missing';
    if (error instanceof NotSentError || isTransient(error)) return { error };
    if (error instanceof OutcomeUnknownError && !call.isOver) return 'unknown';
    throw error;
  }
}
