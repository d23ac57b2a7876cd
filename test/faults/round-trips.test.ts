import { firstValueFrom } from 'rxjs';
import { expect, test } from 'vitest';
import { type Lease, Mutex } from '../../recipes/index.ts';
import type { ServedRequest } from '../../src/embedded/index.ts';
import { World } from '../support/world.ts';

const path = '/locks/counted';
const mayStay = ['/locks', path];

function record(world: World): ServedRequest['operation'][] {
  const served: ServedRequest['operation'][] = [];
  world.server.requests$.subscribe(({ operation }) => served.push(operation));
  return served;
}

test('a free lock costs two requests in one flight to acquire and one to release', async () => {
  await using world = await World.start(mayStay);
  const mutex = new Mutex(await world.client(), path);
  await mutex.run(() => {});
  const served = record(world);

  // A client that awaited the first reply could not have sent the second request before the server's present turn of the event loop ends.
  const inOneFlight = firstValueFrom(world.server.requests$).then(async () => {
    await new Promise(setImmediate);
    return [...served];
  });
  const acquiring = mutex.acquire();
  expect(await inOneFlight).toEqual(['create2', 'getChildren']);
  const lease = await acquiring;
  await lease.release();
  expect(served).toEqual(['create2', 'getChildren', 'delete']);
});

test('a release and the next acquire leave together', async () => {
  await using world = await World.start(mayStay);
  const mutex = new Mutex(await world.client(), path);
  const first = await mutex.acquire();
  const served = record(world);
  const releasing = first.release();
  const second = await mutex.acquire();
  expect(served).toEqual(['delete', 'create2', 'getChildren']);
  await Promise.all([releasing, second.release()]);
});

test('a contended hand-off costs one watch event and one listing', async () => {
  await using world = await World.start(mayStay);
  const [one, other] = [await world.client(), await world.client()];
  const holder = await new Mutex(one, path).acquire();
  let waiting: Promise<Lease> | undefined;
  await new Promise<number>((onQueued) => {
    waiting = new Mutex(other, path).acquire({ onQueued });
  });
  await other.sync(path);
  const served = record(world);
  await holder.release();
  const lease = await waiting;
  expect(served).toEqual(['delete', 'getChildren']);
  await lease?.release();
});

test('with 200 waiters, a release wakes exactly one', async () => {
  await using world = await World.start(mayStay);
  const [one, many] = [await world.client(), await world.client()];
  const holder = await new Mutex(one, path).acquire();
  const giveUp = new AbortController();
  const waiting = Array.from({ length: 200 }, () => new Mutex(many, path).acquire({ signal: giveUp.signal }));
  const settled = Promise.allSettled(waiting);
  await many.sync(path);
  await many.sync(path);
  const served = record(world);
  await holder.release();
  const lease = await Promise.race(waiting);
  await many.sync(path);
  expect(served.filter((operation) => operation === 'getChildren')).toHaveLength(1);
  giveUp.abort(new Error('enough'));
  await settled;
  await lease.release();
});
