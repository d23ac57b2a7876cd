import {
  BadVersionError,
  type Client,
  connect,
  DocentError,
  OutcomeUnknownError,
  systemClock,
  TransactionFailedError,
} from '../../src/index.ts';
import { type ChaosLock, lockOf } from './broken-lock.ts';
import type { RegisterOperation, WorkerOrders, WorkerReport } from './protocol.ts';

// A worker process: takes turns at the lock, and reads and writes the register, until it is told to stop.

const now = () => process.hrtime.bigint();
const pause = (ms: number) => new Promise<void>((resolve) => systemClock.setTimer(ms, resolve));
const upTo = (ms: number) => systemClock.random() * ms;

const mostUses = 200;

let isStopping = false;
let written = 0;

// If it cannot be sent, the run is over, and 'disconnect' follows.
function report(what: WorkerReport): void {
  process.send?.(what, () => {});
}

/** Resolves when it is on its way, whatever becomes of us. */
function reportFirst(what: WorkerReport): Promise<void> {
  return new Promise((resolve) => process.send?.(what, () => resolve()));
}

async function useTheLock(client: Client, lock: ChaosLock): Promise<void> {
  const lease = await lock.acquire({ timeoutMs: 10_000 });
  try {
    if (!lease.isValid()) return;
    report({ kind: 'entered', token: lease.token, atNs: now() });
    // Some hold it for longer than a session lives without contact.
    const [uses, pauseMs] = systemClock.random() < 0.8 ? [4, 60] : [40, 300];
    // Whoever is cut off goes on, as long as it may.
    for (let use = 0; use < uses || (client.state !== 'connected' && use < mostUses); use += 1) {
      await pause(upTo(pauseMs));
      // Before the question: valid at this instant or later.
      const atNs = now();
      if (!lease.isValid()) return;
      report({ kind: 'used', token: lease.token, atNs });
    }
  } finally {
    await lease.release();
  }
}

/** Data alone may be stale: the check that nobody has changed them goes through the leader. */
async function read(client: Client, path: string): Promise<void> {
  const startNs = now();
  const { data, stat } = await client.get(path);
  await client.transaction([{ op: 'check', path, version: stat.version }]);
  tell({ kind: 'read', outcome: 'ok', startNs, endNs: now(), version: stat.version, value: data.toString() });
}

async function write(client: Client, path: string, name: string): Promise<void> {
  const { stat } = await client.get(path);
  written += 1;
  const value = `${name}-${process.pid}-${written}`;
  const startNs = now();
  const write = { kind: 'write', startNs, version: stat.version + 1, value } as const;
  await reportFirst({ kind: 'operation', operation: { ...write, outcome: 'begun', endNs: startNs } });
  try {
    await client.set(path, value, { version: stat.version });
  } catch (error) {
    if (!(error instanceof BadVersionError)) throw error;
    tell({ ...write, outcome: 'refused', endNs: now() });
    return;
  }
  tell({ ...write, outcome: 'ok', endNs: now() });
}

function tell(operation: RegisterOperation): void {
  report({ kind: 'operation', operation });
}

async function repeat(work: () => Promise<void>): Promise<void> {
  while (!isStopping) {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof DocentError))
        report({ kind: 'failed', what: error instanceof Error ? (error.stack ?? error.message) : String(error) });
      else if (!(error instanceof TransactionFailedError)) report({ kind: 'trouble', name: error.name });
      if (error instanceof OutcomeUnknownError) continue;
    }
    await pause(upTo(40));
  }
}

async function run({ name, hosts, sessionTimeoutMs, lockPath, registerPath, broken }: WorkerOrders): Promise<void> {
  const client = await connect(hosts, { sessionTimeoutMs, connectTimeoutMs: 120_000, operationTimeoutMs: 10_000 });
  client.errors$.subscribe((error) => report({ kind: 'trouble', name: error.name }));
  const lock = lockOf(client, lockPath, broken);
  await Promise.all([
    repeat(() => useTheLock(client, lock)),
    repeat(() => (systemClock.random() < 0.5 ? read(client, registerPath) : write(client, registerPath, name))),
  ]);
  await client.close();
  process.disconnect();
}

process.once('message', (orders: WorkerOrders) => {
  process.once('message', () => {
    isStopping = true;
  });
  run(orders).catch((error: unknown) => {
    report({ kind: 'failed', what: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    process.disconnect();
  });
});
// Whoever has started us is gone.
process.once('disconnect', () => process.exit());
process.on('unhandledRejection', (error) => report({ kind: 'failed', what: `unhandled rejection: ${String(error)}` }));
