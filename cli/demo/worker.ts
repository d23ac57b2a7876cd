import { appendFile } from 'node:fs/promises';
import type { Subscription } from 'rxjs';
import { type JobRun, LeaderLatch, LeaderSchedule, type Lease, Mutex, Queue, type RunningSchedule } from '../../recipes/index.ts';
import { Client, describeCause, LatchClosedError, systemClock, text, whenAborted } from '../../src/index.ts';
import { machineNowMs } from './machine-time.ts';
import { commandSchema, type WorkerCommand, type WorkerReport } from './worker-protocol.ts';

// The program of a worker process: a client, a mutex, a latch, a schedule and a queue that do what the demo says, and tell what happens to them.

type CommandOf<K extends WorkerCommand['kind']> = Extract<WorkerCommand, { kind: K }>;
type Facts<R extends WorkerReport> = R extends WorkerReport ? Omit<R, 'atMs'> : never;

function report(facts: Facts<WorkerReport>): void {
  // If it cannot be sent, the demo is dead, and 'disconnect' follows.
  process.send?.({ ...facts, atMs: machineNowMs() }, () => {});
}

class Worker {
  readonly #name: string;
  readonly #client: Client;
  readonly #mutex: Mutex;
  readonly #latch: LeaderLatch;
  readonly #states: Subscription;
  #lease: Lease | undefined;
  #schedule: RunningSchedule | undefined;
  readonly #stopHandling = new AbortController();
  #handling: Promise<void> | undefined;

  constructor({ name, lockPath, kind, ...options }: CommandOf<'begin'>) {
    this.#name = name;
    this.#client = new Client(options);
    this.#mutex = new Mutex(this.#client, lockPath, { id: name });
    this.#latch = new LeaderLatch(this.#client, lockPath, { id: name });
    this.#states = this.#client.state$.subscribe((state) => {
      if (state === 'suspended') report({ kind: 'suspended' });
      if (state === 'lost') report({ kind: 'session-lost' });
      if (state === 'connected') this.#reportSession();
    });
  }

  async obey(command: Exclude<WorkerCommand, CommandOf<'begin'>>): Promise<void> {
    switch (command.kind) {
      case 'take-turns':
        return await this.#takeTurns(command);
      case 'acquire':
        return await this.#acquire();
      case 'release':
        return await this.#release();
      case 'stand':
        return await this.#stand();
      case 'step-down':
        return await this.#latch.yield();
      case 'retire':
        await this.#latch.close();
        return report({ kind: 'retired' });
      case 'keep-schedule':
        return this.#keepSchedule(command);
      case 'handle-items':
        this.#handling = this.#handleItems(command);
        return await this.#handling;
      case 'quit':
        // That the session ends now is no loss.
        this.#states.unsubscribe();
        await this.#latch.close();
        await this.#schedule?.stop();
        this.#stopHandling.abort();
        await this.#handling;
        await this.#client.close();
        return process.disconnect();
    }
  }

  async #takeTurns({ turns, holdMs, file }: CommandOf<'take-turns'>): Promise<void> {
    for (let turn = 1; turn <= turns; turn += 1) {
      await this.#acquire();
      await appendFile(file, `begin ${this.#name} ${turn} ${this.#lease?.token}\n`);
      await new Promise<void>((resolve) => systemClock.setTimer(holdMs, resolve));
      await appendFile(file, `end ${this.#name} ${turn} ${this.#lease?.token}\n`);
      await this.#release();
    }
    report({ kind: 'finished' });
  }

  async #acquire(): Promise<void> {
    const lease = await this.#mutex.acquire({ onQueued: (ahead) => report({ kind: 'queued', ahead }) });
    report({ kind: 'entered', token: lease.token, path: lease.path });
    this.#lease = lease;
    whenAborted(lease.signal, () => {
      report({ kind: 'lease-lost', token: lease.token });
      if (this.#lease === lease) this.#lease = undefined;
    });
  }

  async #release(): Promise<void> {
    const lease = this.#lease;
    if (lease === undefined) return;
    this.#lease = undefined;
    report({ kind: 'leaving', token: lease.token });
    await lease.release();
  }

  async #stand(): Promise<void> {
    this.#latch.state$.subscribe((state) => {
      if (state.kind === 'waiting') report({ kind: 'queued', ahead: state.position });
    });
    try {
      await this.#latch.run(async ({ token }, signal) => {
        report({ kind: 'leads', token });
        await new Promise<void>((resolve) => whenAborted(signal, () => resolve()));
        report({ kind: 'stops-leading', token });
      });
    } catch (error) {
      if (!(error instanceof LatchClosedError)) throw error;
    }
  }

  #keepSchedule({ everyMs, endlessAt }: CommandOf<'keep-schedule'>): void {
    const { path } = this.#latch;
    let runs = 0;
    const work = async ({ dueMs, token, signal }: JobRun) => {
      report({ kind: 'job-run', dueMs, token });
      runs += 1;
      if (runs === endlessAt) await new Promise<void>((resolve) => whenAborted(signal, () => resolve()));
    };
    const schedule = new LeaderSchedule(this.#client, path, { id: this.#name, jobs: { report: { everyMs, work } } });
    schedule.latch.state$.subscribe((state) => {
      if (state.kind === 'waiting') report({ kind: 'queued', ahead: state.position });
    });
    this.#schedule = schedule.start();
  }

  async #handleItems({ eachMs }: CommandOf<'handle-items'>): Promise<void> {
    const queue = new Queue(this.#client, this.#latch.path, { codec: text });
    const handle = async (item: string, attempt: number) => {
      report({ kind: 'item-begun', item, attempt });
      await new Promise<void>((resolve) => systemClock.setTimer(eachMs, resolve));
      report({ kind: 'item-handled', item });
    };
    await queue.consume((item, { attempt }) => handle(item, attempt), { signal: this.#stopHandling.signal });
  }

  #reportSession(): void {
    const session = this.#client.session;
    if (session !== undefined) report({ kind: 'connected', sessionId: session.id, timeoutMs: session.timeoutMs });
  }
}

let worker: Worker | undefined;

async function obey(message: unknown): Promise<void> {
  try {
    const command = commandSchema.parse(message);
    if (command.kind === 'begin') worker = new Worker(command);
    else await worker?.obey(command);
  } catch (error) {
    report({ kind: 'failed', why: describeCause(error) });
  }
}

process.on('message', (message) => void obey(message));
// The demo is over, or dead.
process.on('disconnect', () => process.exit());
