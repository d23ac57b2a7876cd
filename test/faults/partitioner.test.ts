import { once } from 'node:events';
import { filter, firstValueFrom } from 'rxjs';
import { expect, test } from 'vitest';
import { evenly, Partitioner } from '../../recipes/index.ts';
import type { Client } from '../../src/index.ts';
import { stall } from '../support/stall.ts';
import { sweepFaults } from '../support/sweep.ts';
import { World } from '../support/world.ts';

const path = '/shares';
const items = ['a', 'b', 'c'] as const;
const mayStay = [path, `${path}/members`, `${path}/locks`, ...items.map((item) => `${path}/locks/${item}`)];

const member = (client: Client, id: string) => new Partitioner(client, path, items, { id, assign: evenly });

async function owns(partitioner: Partitioner, ...expected: readonly string[]): Promise<void> {
  await firstValueFrom(partitioner.owned$.pipe(filter((owned) => [...owned.keys()].toSorted().join() === expected.join())));
}

/** Works at items until told to stop, watched over so that no item is ever two members'. */
function worksIn(world: World): (partitioner: Partitioner) => { readonly stop: () => Promise<unknown> } {
  const watches = new Map(items.map((item) => [item as string, world.capacity(1)]));
  return (partitioner) => {
    const stopping = new AbortController();
    const running = partitioner.run(
      async (item, lease, signal) => {
        await watches.get(item)?.enter(lease, 1, async () => {
          if (!signal.aborted) await once(signal, 'abort');
        });
      },
      { signal: stopping.signal },
    );
    const ended = running.catch((error: unknown) => error);
    return {
      stop: async () => {
        stopping.abort(new Error('stop'));
        expect(await ended).toBe(stopping.signal.reason);
      },
    };
  };
}

sweepFaults('items are shared out, move when members come and go, and are never two members’', {
  mayStay,
  play: async (world) => {
    const [one, other] = [await world.client(), await world.client()];
    const working = worksIn(world);
    const [first, second] = [member(one, '1'), member(other, '2')];
    const atFirst = working(first);
    await owns(first, ...items);
    const atSecond = working(second);
    await owns(first, 'a', 'c');
    await owns(second, 'b');
    await atFirst.stop();
    await owns(second, ...items);
    await atSecond.stop();
    // How many requests it takes varies: these follow, so that a fault meets one of them where it would have met none.
    for (let times = 0; times < 3; times += 1) await Promise.all([one.sync('/'), other.sync('/')]);
  },
});

test('a member that is cut off leaves its items to the others when its session expires, not before, and gets its share again later', async () => {
  await using world = await World.start(mayStay, { sessionTimeoutMs: 2_000, hasWires: true });
  const [one, other] = [await world.client(), await world.client()];
  await using first = member(one, '1');
  await using second = member(other, '2');
  first.start();
  second.start();
  await owns(first, 'a', 'c');
  await owns(second, 'b');
  const before = first.owned.get('a');
  const wire = world.wireOf(one.session?.id ?? 0n);
  wire?.swallow();
  await owns(second, ...items);
  expect(before?.isValid()).toBe(false);
  expect(before?.signal.aborted).toBe(true);
  expect(first.owned.size).toBe(0);
  expect(second.owned.get('a')?.token).toBeGreaterThan(before?.token ?? 0n);
  wire?.mend();
  await owns(first, 'a', 'c');
  await owns(second, 'b');
});

test('the first line after a stalled event loop sees that nothing is ours', async () => {
  await using world = await World.start(mayStay);
  await using partitioner = member(await world.client({ sessionTimeoutMs: 1_000 }), '1');
  partitioner.start();
  await owns(partitioner, ...items);
  stall(1_100);
  expect([...partitioner.owned.keys()]).toEqual([]);
  await owns(partitioner, ...items);
});

test('when a member comes, only the items that move are touched', async () => {
  await using world = await World.start(mayStay);
  const [one, other] = [await world.client(), await world.client()];
  await using first = new Partitioner(one, path, items, { id: '1', assign: evenly });
  await using second = new Partitioner(other, path, items, { id: '2', assign: evenly });
  first.start();
  await owns(first, ...items);
  // The watches on the locks' znodes come after they are ours, and nobody waits for them.
  await one.sync('/');
  const kept = [first.owned.get('a'), first.owned.get('c')];
  const touched = new Set<string | undefined>();
  const watching = world.server.requests$.subscribe((request) => touched.add(request.path?.split('/')[3]));
  second.start();
  await owns(second, 'b');
  watching.unsubscribe();
  expect(kept.map((lease) => lease?.isValid())).toEqual([true, true]);
  expect(touched.has('b')).toBe(true);
  expect([touched.has('a'), touched.has('c')]).toEqual([false, false]);
});
