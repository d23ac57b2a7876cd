import { filter, firstValueFrom } from 'rxjs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findDeadlocks, LeaderLatch, Mutex } from '../../recipes/index.ts';
import { type EmbeddedServer, startEmbeddedServer } from '../../src/embedded/index.ts';
import { type Client, connect } from '../../src/index.ts';

const many = 10_000;

/** Fewer than there are znodes in line: whoever asked for all at once would be refused. */
const maxPendingRequests = 2_000;

let server: EmbeddedServer | undefined;

beforeAll(async () => {
  server = await startEmbeddedServer();
});

afterAll(() => server?.close());

async function connected(): Promise<Client> {
  return await connect(server?.hosts ?? '', { sessionTimeoutMs: 40_000, maxPendingRequests });
}

async function lineUp(client: Client, prefix: string, data: (index: number) => string, count = many): Promise<void> {
  const atOnce = 2_500;
  for (let from = 0; from < count; from += atOnce) {
    const indices = Array.from({ length: Math.min(atOnce, count - from) }, (_, index) => from + index);
    await client.transaction(
      indices.map((index) => ({ op: 'create', path: prefix, data: data(index), mode: 'ephemeral-sequential' }) as const),
    );
  }
}

/** Counts the turns of the event loop in which others could do their work. */
function countTurns(): { readonly turns: () => number } & Disposable {
  let turns = 0;
  let next = setImmediate(count);
  function count(): void {
    turns += 1;
    next = setImmediate(count);
  }
  return { turns: () => turns, [Symbol.dispose]: () => clearImmediate(next) };
}

test('a latch tells who leads and who waits in a line of ten thousand, and leaves room for others meanwhile', {
  timeout: 60_000,
}, async () => {
  await using client = await connected();
  await client.create('/latch');
  await lineUp(client, '/latch/latch-', (index) => `candidate ${index}`);
  const latch = new LeaderLatch(client, '/latch');
  using counted = countTurns();
  const participants = await latch.participants();
  expect(counted.turns()).toBeGreaterThan(many / maxPendingRequests);
  expect(participants).toHaveLength(many);
  expect(participants.map(({ position }) => position)).toEqual(Array.from({ length: many }, (_, index) => index));
  expect(participants[0]).toMatchObject({ id: 'candidate 0', holds: true });
  const followed = firstValueFrom(latch.leader$.pipe(filter((leader) => leader?.id === 'candidate 1')));
  await firstValueFrom(latch.leader$);
  await client.delete(participants[0]?.path ?? '');
  expect(await followed).toMatchObject({ id: 'candidate 1', position: 0 });
});

test('deadlocks are found beside a line of ten thousand, and others have their turns meanwhile', { timeout: 60_000 }, async () => {
  await using client = await connected();
  for (const path of ['/beside', '/beside/1', '/beside/2']) await client.create(path);
  for (const [lock, owner] of [
    ['1', 1],
    ['2', 2],
    ['2', 1],
    ['1', 2],
  ] as const) {
    await lineUp(client, `/beside/${lock}/lock-`, () => `x#${owner}`, 1);
  }
  await lineUp(client, '/beside/1/lock-', (index) => `x#${index + 3}`);
  using counted = countTurns();
  const deadlocks = await findDeadlocks(client, '/beside');
  expect(counted.turns()).toBeGreaterThan(many / maxPendingRequests);
  expect(deadlocks.map((deadlock) => deadlock.map(({ waitsFor }) => waitsFor))).toEqual([['/beside/1', '/beside/2']]);
});

test('a thousand deadlocks are all found', { timeout: 60_000 }, async () => {
  const pairs = 1_000;
  await using client = await connect(server?.hosts ?? '', { sessionTimeoutMs: 40_000 });
  await client.create('/pairs');
  const names = Array.from({ length: pairs }, (_, index) => String(index));
  for (const side of ['a', 'b']) await client.transaction(names.map((name) => ({ op: 'create', path: `/pairs/${side}${name}` }) as const));
  const place = (side: string, name: string, owner: number) =>
    ({ op: 'create', path: `/pairs/${side}${name}/lock-`, data: `x#${owner}`, mode: 'ephemeral-sequential' }) as const;
  await client.transaction(names.flatMap((name, index) => [place('a', name, 2 * index + 1), place('b', name, 2 * index + 2)]));
  await client.transaction(names.flatMap((name, index) => [place('b', name, 2 * index + 1), place('a', name, 2 * index + 2)]));
  expect(await findDeadlocks(client, '/pairs')).toHaveLength(pairs);
});

test('who waits in line keeps its place while the request queue of its client is full', async () => {
  await using theirs = await connected();
  await using ours = await connect(server?.hosts ?? '', { maxPendingRequests: 10 });
  const held = await new Mutex(theirs, '/full').acquire();
  const waiting = new Mutex(ours, '/full').acquire();
  await firstValueFrom(theirs.children$('/full').pipe(filter((children) => children?.length === 2)));
  let refusals = 0;
  let isOver = false;
  const readers = Array.from({ length: 50 }, async () => {
    while (!isOver) {
      await ours.exists('/full').catch(() => {
        refusals += 1;
      });
      await new Promise(setImmediate);
    }
  });
  await held.release();
  // What the release has set off at the waiter's has been answered or refused by then.
  for (let round = 0; round < 20; round += 1) await theirs.sync('/full');
  isOver = true;
  await Promise.all(readers);
  expect(refusals).toBeGreaterThan(0);
  await (await waiting).release();
  expect(await theirs.children('/full')).toEqual([]);
});

test('deadlocks are looked for below a root with more locks than may be asked for at once', { timeout: 60_000 }, async () => {
  await using client = await connected();
  await client.create('/wide');
  const paths = Array.from({ length: maxPendingRequests + 500 }, (_, index) => `/wide/${index}`);
  await client.transaction(paths.map((path) => ({ op: 'create', path }) as const));
  expect(await findDeadlocks(client, '/wide')).toEqual([]);
});
