import { type Client, exponential, isTransient } from '../../src/index.ts';
import { Wakeup } from './wakeup.ts';

const pauses = exponential({ baseMs: 50, capMs: 5_000 });

/**
 * For requests of docent's own that somebody depends on who has no call to make anew: a waiter that is in line already, a leader's look at its znode. Asks
 * again after each refusal that heals, with pauses, until the signal aborts. The first request leaves in the tick of the call.
 *
 * @throws the signal's reason, when aborted during a pause
 * @throws any other refusal
 */
export async function whileItHeals<T>(client: Client, signal: AbortSignal, ask: () => Promise<T>): Promise<T> {
  for (let failures = 1; ; failures += 1) {
    try {
      return await ask();
    } catch (error) {
      if (!isTransient(error)) throw error;
    }
    await pause(client, failures, signal);
    signal.throwIfAborted();
  }
}

/** Waits longer after each failure, or until the signal aborts. */
export async function pause({ clock }: Client, failures: number, signal: AbortSignal): Promise<void> {
  const delayMs = pauses(failures, 0, clock.random());
  if (delayMs !== 'stop') await new Wakeup().wait(clock, delayMs, signal);
}
