import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { connect } from 'docent';
import { startEmbeddedServer } from 'docent/embedded';
import { filter, firstValueFrom, ReplaySubject } from 'rxjs';
import { ordersOf } from './orders.ts';

// Starts two producers and three workers, kills a worker in the middle of an order, puts something into the queue that is no order, and looks at the end
// what has become of each.

const producers = ['ann', 'bob'];
const ordersOfEach = 30;
const unluckyOrder = 'bob-30';

/** What workers tell. */
interface Report {
  readonly worker: string;
  readonly verb: string;
  readonly id: string;
}

const reports: Report[] = [];
const reports$ = new ReplaySubject<Report>();
reports$.subscribe((report) => reports.push(report));

await using server = await startEmbeddedServer();
await using client = await connect(server.hosts);
const orders = ordersOf(client);

await client.create('/examples/work-queue/queue-', 'not an order', { mode: 'persistent-sequential', protect: false, parents: true });
const workers = new Map(['one', 'two', 'three'].map((name) => [name, start('worker', name)]));
await Promise.all(producers.map((name) => once(start('producer', name, String(ordersOfEach)), 'exit')));

const { worker: unlucky } = await firstValueFrom(reports$.pipe(filter(({ verb, id }) => verb === 'begins' && id === unluckyOrder)));
workers.get(unlucky)?.kill('SIGKILL');
say(`kills ${unlucky} in the middle of ${unluckyOrder}; its session ends in four seconds`);

await firstValueFrom(orders.depth$.pipe(filter((depth) => depth === 0)));
await Promise.all([...workers.values()].map(stop));
process.exitCode = (await conclude()) ? 0 : 1;

function start(program: 'producer' | 'worker', ...args: readonly string[]): ChildProcess {
  const file = fileURLToPath(new URL(`./${program}.js`, import.meta.url));
  const child = spawn(process.execPath, [file, server.hosts, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  // Whatever becomes of us, they are not left behind.
  process.once('exit', () => child.kill('SIGKILL'));
  createInterface(child.stdout).on('line', (line) => {
    const { worker, verb, id } = /^(?<worker>\w+) (?<verb>begins|finishes) (?<id>[\w-]+)/.exec(line)?.groups ?? {};
    if (worker !== undefined && verb !== undefined && id !== undefined) reports$.next({ worker, verb, id });
  });
  return child;
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  await once(child, 'exit');
}

/** Was each order finished or given up? Twice is right only for what the killed worker had begun. */
async function conclude(): Promise<boolean> {
  const letters = await orders.deadLetters();
  for (const { item, deliveries, reason } of letters) say(`dead letter ${item}, delivered ${deliveries} times: ${reason}`);
  let isRight = letters.length === 1 + producers.length;
  for (const producer of producers) {
    const ids = Array.from({ length: ordersOfEach }, (_, index) => `${producer}-${index + 1}`);
    const fates = ids.map((id) => ({ id, isDead: letters.some(({ data }) => data.includes(`"${id}"`)), count: timesFinished(id) }));
    say(`${producer}'s orders were finished so many times: ${fates.map(({ isDead, count }) => (isDead ? 'dead' : count)).join(' ')}`);
    isRight &&= fates.every(({ id, isDead, count }) => count === (isDead ? 0 : 1) || (count === 2 && wasBegunBy(unlucky, id)));
  }
  say(isRight ? 'none is lost, and none was finished twice that the killed worker had not begun' : 'something is WRONG');
  return isRight;
}

function timesFinished(order: string): number {
  return reports.filter(({ verb, id }) => verb === 'finishes' && id === order).length;
}

function wasBegunBy(name: string, order: string): boolean {
  return reports.some(({ worker, verb, id }) => worker === name && verb === 'begins' && id === order);
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
