import { getEventListeners } from 'node:events';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type Observable, of, retry } from 'rxjs';
import { expect, test } from 'vitest';
import { Mutex } from '../../recipes/index.ts';
import { type EmbeddedServer, startEmbeddedServer } from '../../src/embedded/index.ts';
import { Client, LeaseLostError, SessionLostError } from '../../src/index.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { Exclusion } from '../support/world.ts';

const hours = 24;
const hourMs = 3_600_000;
const sessionTimeoutMs = 90_000;
/** Shorter than a client lets its server be silent, so that a step in which nothing is done is no fault. */
const stepMs = 30_000;
const clientCount = 4;
/** What is cut off waits for its server, and not for its own deadline. */
const patient = { operationTimeoutMs: hourMs, connectTimeoutMs: hourMs };
/** Until then caches fill, and code is compiled. */
const settledBy = 8;
const toleratedGrowthBytes = 512 * 1024;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** One process with a server, its clients and a clock of their own, which goes on as fast as they can follow. */
class Day implements AsyncDisposable {
  readonly clock: ManualClock;
  readonly server: EmbeddedServer;
  readonly clients: readonly Client[];
  readonly exclusion = new Exclusion(true);
  /** As a program's own, which never ends. */
  readonly lifelong = new AbortController();

  private constructor(clock: ManualClock, server: EmbeddedServer) {
    this.clock = clock;
    this.server = server;
    this.clients = Array.from({ length: clientCount }, () => new Client({ hosts: server.hosts, clock, sessionTimeoutMs, ...patient }));
  }

  static async start(): Promise<Day> {
    const clock = new ManualClock();
    return new Day(clock, await startEmbeddedServer({ clock, maxSessionTimeoutMs: sessionTimeoutMs }));
  }

  /** Lets time pass slowly, as seen from the network, until something is done. */
  async passUntil<T>(done: Promise<T>): Promise<T> {
    let isDone = false;
    const note = () => {
      isDone = true;
    };
    done.then(note, note);
    while (!isDone) {
      this.clock.advance(10);
      await new Promise(setImmediate);
    }
    return await done;
  }

  /** Lets time pass in which nobody does anything but keep a session. */
  async rest(ms: number): Promise<void> {
    for (let passedMs = 0; passedMs < ms; passedMs += stepMs) {
      this.clock.advance(stepMs);
      await this.passUntil(Promise.all(this.clients.map((client) => client.connected({ timeoutMs: hourMs }))));
      // What the timers have sent is served, and answered.
      for (let turn = 0; turn < 10; turn += 1) await new Promise(setImmediate);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.passUntil(Promise.all(this.clients.map((client) => client.close())));
    await this.server.close();
  }
}

/** Everybody takes the lock once, reads and writes under it, and looks at the data for a moment. */
async function work({ clients, exclusion, lifelong }: Day, path: string): Promise<number> {
  const turns = clients.map((client, at) =>
    new Mutex(client, path).run(
      (lease) =>
        exclusion.enter(lease, async () => {
          const glance = client.data$('/value').subscribe();
          await client.set('/value', String(at));
          glance.unsubscribe();
        }),
      { signal: lifelong.signal },
    ),
  );
  const failed = (await Promise.allSettled(turns)).filter((turn) => turn.status === 'rejected');
  for (const { reason } of failed) if (!(reason instanceof SessionLostError || reason instanceof LeaseLostError)) throw reason;
  return failed.length;
}

/** A session's end is to be expected; anything else is not. */
function onLoss(error: unknown): Observable<true> {
  if (error instanceof SessionLostError || error instanceof LeaseLostError) return of(true);
  throw error;
}

/** What befalls the day, and how often: in rounds. */
const faults: readonly { readonly every: number; readonly befall: (day: Day, round: number) => Promise<void> | void }[] = [
  { every: 30, befall: ({ server }) => server.faults.dropConnections() },
  { every: 100, befall: ({ server, clients }, round) => server.expireSession(clients[round % clientCount]?.session?.id ?? 0n) },
  {
    every: 250,
    befall({ server, clock }) {
      server.faults.pause();
      clock.advance(1.5 * sessionTimeoutMs);
      server.faults.resume();
    },
  },
  {
    every: 700,
    async befall({ server }) {
      await server.faults.stop();
      await server.faults.start();
    },
  },
];

function left({ server, clock, lifelong }: Day) {
  return {
    timers: clock.timerCount,
    watches: server.watchCount,
    sessions: server.sessions().length,
    znodes: server.paths().length,
    listeners: getEventListeners(lifelong.signal, 'abort').length,
    handles: process.getActiveResourcesInfo().filter((kind) => kind !== 'Timeout' && kind !== 'Immediate').length,
  };
}

function heapBytes(): number {
  collectGarbage();
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

test(`${hours} simulated hours of work and faults leave nothing behind`, { timeout: 180_000 }, async () => {
  await using day = await Day.start();
  const stop = await settleDown(day);
  const samples: { readonly heap: number; readonly left: ReturnType<typeof left> }[] = [];
  const rounds = { played: 0, lost: 0 };
  const startMs = day.clock.now();
  for (let hour = 1; hour <= hours; hour += 1) {
    await toil(day, startMs + (hour - 0.1) * hourMs, rounds);
    await day.rest(startMs + hour * hourMs - day.clock.now());
    samples.push({ heap: heapBytes(), left: left(day) });
  }
  stop();
  const kib = samples.map(({ heap }) => Math.round(heap / 1024));
  process.stdout.write(
    `\nSoak: ${hours} simulated hours, ${day.exclusion.entries} turns at a lock, ${rounds.lost} lost by faults; KiB of heap at each hour: ${kib.join(' ')}\n`,
  );

  expect(day.exclusion.violations).toEqual([]);
  // `/value`, `/locks`, `/locks/life` and the place in it; the other lock's container is gone, since nobody stands in line.
  expect(samples[0]?.left).toMatchObject({ watches: 1, sessions: clientCount, znodes: 4, listeners: 0 });
  for (const sample of samples) expect(sample.left).toEqual(samples[0]?.left);
  const heaps = samples.slice(settledBy).map(({ heap }) => heap);
  expect((heaps.at(-1) ?? 0) - (heaps[0] ?? 0), 'bytes of heap').toBeLessThan(toleratedGrowthBytes);
});

/** What a program would watch and hold all its life. Returns how to end that. */
async function settleDown(day: Day): Promise<() => void> {
  const [holder, watcher] = day.clients;
  if (holder === undefined || watcher === undefined) throw new Error('too few clients');
  await day.passUntil(Promise.all([holder.create('/value'), holder.ensurePath('/locks/day'), holder.ensurePath('/locks/life')]));
  const holding = new Mutex(holder, '/locks/life').held$().pipe(retry({ delay: onLoss }));
  const lives = [watcher.data$('/value').subscribe(), holding.subscribe()];
  return () => {
    for (const life of lives) life.unsubscribe();
  };
}

/** Rounds of work, and the faults that are due, until it is that late. */
async function toil(day: Day, untilMs: number, rounds: { played: number; lost: number }): Promise<void> {
  while (day.clock.now() < untilMs) {
    rounds.played += 1;
    const working = work(day, '/locks/day');
    for (const { every, befall } of faults) if (rounds.played % every === 0) await befall(day, rounds.played);
    rounds.lost += await day.passUntil(working);
    day.clock.advance(stepMs);
  }
}
