import fc from 'fast-check';
import type { Ensemble } from '../support/ensemble.ts';
import type { ZooKeeperProcess } from '../support/zookeeper.ts';
import type { WorkerProcess } from './worker-process.ts';

const serverFaults = [
  'kill a server',
  'kill the leader',
  'stop a server',
  'stop the leader',
  'isolate a server',
  'isolate the leader',
] as const;
const workerFaults = ['kill a worker', 'stop a worker', 'cut a worker off', "swallow a worker's packets"] as const;

export type Fault = (typeof serverFaults)[number] | (typeof workerFaults)[number];

interface Strike {
  readonly fault: Fault;
  /** Which of the servers or workers, counted round. */
  readonly victim: number;
  readonly lastsMs: number;
  readonly thenMs: number;
}

/** Does harm, one server and one worker at a time, in an order that its seed decides. What it does, it mends. */
export class Nemesis {
  readonly strikes = new Map<Fault, number>();
  readonly #ensemble: Ensemble;
  readonly #workers: readonly WorkerProcess[];
  readonly #holder: () => string | undefined;
  readonly #signal: AbortSignal;

  /** @param holder the worker that holds the lock, as far as is known: its trouble tells most */
  constructor(ensemble: Ensemble, workers: readonly WorkerProcess[], holder: () => string | undefined, signal: AbortSignal) {
    this.#ensemble = ensemble;
    this.#workers = workers;
    this.#holder = holder;
    this.#signal = signal;
  }

  /** Goes on until the signal aborts, then mends what it is at. */
  async run(seed: number): Promise<void> {
    await Promise.all([
      this.#play(scheduleOf(serverFaults, serverPauses, seed)),
      this.#play(scheduleOf(workerFaults, workerPauses, seed + 1)),
    ]);
  }

  async #play(schedule: readonly Strike[]): Promise<void> {
    for (const { fault, victim, lastsMs, thenMs } of schedule) {
      await this.#wait(thenMs);
      if (this.#signal.aborted) return;
      this.strikes.set(fault, (this.strikes.get(fault) ?? 0) + 1);
      const mend = await this.#strike(fault, victim);
      await this.#wait(lastsMs);
      await mend();
    }
  }

  async #strike(fault: Fault, victim: number): Promise<() => Promise<void>> {
    switch (fault) {
      case 'kill a server':
        return await killed(this.#server(victim));
      case 'kill the leader':
        return await killed(await this.#leaderOr(victim));
      case 'stop a server':
        return stopped(this.#server(victim));
      case 'stop the leader':
        return stopped(await this.#leaderOr(victim));
      case 'isolate a server':
        return isolated(this.#ensemble, this.#server(victim));
      case 'isolate the leader':
        return isolated(this.#ensemble, await this.#leaderOr(victim));
      case 'kill a worker': {
        const worker = this.#worker(victim);
        await worker.kill();
        return async () => worker.spawn();
      }
      case 'stop a worker':
        return stopped(this.#worker(victim));
      case 'cut a worker off':
        return wireFault(this.#worker(victim), 'cut');
      case "swallow a worker's packets":
        return wireFault(this.#worker(victim), 'swallow');
    }
  }

  #server(victim: number): ZooKeeperProcess {
    return memberOf(this.#ensemble.members, victim);
  }

  #worker(victim: number): WorkerProcess {
    const holder = this.#workers.find(({ name }) => name === this.#holder());
    return victim % 4 !== 0 && holder !== undefined ? holder : memberOf(this.#workers, victim);
  }

  /** There may be none at the moment. */
  async #leaderOr(victim: number): Promise<ZooKeeperProcess> {
    try {
      return await this.#ensemble.leader();
    } catch {
      return this.#server(victim);
    }
  }

  #wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(done, ms);
      this.#signal.addEventListener('abort', done, { once: true });
      const signal = this.#signal;
      function done(): void {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        resolve();
      }
    });
  }
}

/** Milliseconds between two strikes. An ensemble takes seconds to serve again; without, nothing would be left to go wrong. */
const serverPauses = { min: 3_000, max: 8_000 };
const workerPauses = { min: 500, max: 3_000 };

function scheduleOf(faults: readonly Fault[], pauses: { readonly min: number; readonly max: number }, seed: number): readonly Strike[] {
  const strike = fc.record({
    fault: fc.constantFrom(...faults),
    victim: fc.nat(1_000),
    lastsMs: fc.integer({ min: 500, max: 10_000 }),
    thenMs: fc.integer(pauses),
  });
  return fc.sample(strike, { seed, numRuns: 2_000 });
}

function memberOf<T>(all: readonly T[], number: number): T {
  const member = all[number % all.length];
  if (member === undefined) throw new Error('there is nobody to harm');
  return member;
}

/** A minority at a time: the next server is not harmed before this one serves again. */
async function killed(server: ZooKeeperProcess): Promise<() => Promise<void>> {
  await server.kill();
  return async () => {
    server.spawn();
    await server.ready();
  };
}

function isolated(ensemble: Ensemble, server: ZooKeeperProcess): () => Promise<void> {
  ensemble.isolate(server);
  return async () => {
    ensemble.mend(server);
    await server.ready();
  };
}

function stopped(victim: { signal(signal: 'SIGSTOP' | 'SIGCONT'): void }): () => Promise<void> {
  victim.signal('SIGSTOP');
  return async () => victim.signal('SIGCONT');
}

function wireFault({ wire }: WorkerProcess, kind: 'cut' | 'swallow'): () => Promise<void> {
  wire[kind]();
  return async () => wire.mend();
}
