import { readSync } from 'node:fs';
import { type Lease, Mutex } from '../../recipes/index.ts';
import { connect, systemClock } from '../../src/index.ts';
import type { HolderOrders, HolderReport, Pause } from './holder-process.ts';

// The program of `holder-process.ts`.

const { now } = systemClock;

/** Resolves when it has been written: what comes next may be a pause. */
function report(what: HolderReport): Promise<void> {
  return new Promise((resolve) => process.send?.(what, () => resolve()));
}

/**
 * Each ends with the first line after the pause, which may begin at any time from `sinceMs` on.
 * `gapMs`: a time in which one that runs would have seen the clock go on.
 */
const pauses: Readonly<Record<Pause, (sinceMs: number, gapMs: number) => void | Promise<void>>> = {
  blocked: () => {
    const nothing = new Int32Array(new SharedArrayBuffer(4));
    while (!isToldToGoOn()) Atomics.wait(nothing, 0, 0, 10);
  },
  'stopped at work': (sinceMs, gapMs) => {
    for (let last = sinceMs, at = now(); at - last < gapMs; last = at, at = now());
  },
  'stopped at rest': (sinceMs, gapMs) =>
    new Promise((resolve) => {
      const rest = (lastMs: number) => {
        const atMs = now();
        if (atMs - lastMs >= gapMs) resolve();
        else systemClock.setTimer(gapMs / 100, () => rest(atMs));
      };
      rest(sinceMs);
    }),
};

/** Asked without the event loop, which is blocked. */
function isToldToGoOn(): boolean {
  try {
    return readSync(0, Buffer.alloc(1)) > 0;
  } catch {
    // There is nothing to read yet.
    return false;
  }
}

async function run({ hosts, path, sessionTimeoutMs, pause }: HolderOrders): Promise<void> {
  const client = await connect(hosts, { sessionTimeoutMs });
  const mutex = new Mutex(client, path);
  const lease = await mutex.acquire();
  const { signal } = lease;
  const lastValidNs = process.hrtime.bigint();
  lease.assertValid();
  const sinceMs = now();
  await report({ kind: 'held', token: lease.token });
  await pauses[pause](sinceMs, sessionTimeoutMs / 2);
  const isValid = lease.isValid();
  await report({ kind: 'first line', isValid, isAborted: signal.aborted, reason: reasonOf(lease), lastValidNs });
  const again = await mutex.acquire();
  await report({ kind: 'held again', token: again.token });
  await client.close();
  process.disconnect();
}

function reasonOf({ signal: { reason } }: Lease): string | undefined {
  return reason instanceof Error ? reason.name : undefined;
}

process.once('message', (orders: HolderOrders) => void run(orders));
// Whoever has started us is gone.
process.once('disconnect', () => process.exit());
