import { isTransient } from '../../errors/transient.ts';
import type { Call } from './call.ts';

/** Does `body` again, as the call's retry policy says, for as long as what stands in its way may pass. */
export async function persistently<T>(call: Call, body: () => Promise<T>): Promise<T> {
  for (;;) {
    const { retries } = call;
    try {
      return await body();
    } catch (error) {
      if (!isTransient(error)) throw error;
      await call.backOff(error, retries);
    }
  }
}
