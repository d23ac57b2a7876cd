import { filter, firstValueFrom } from 'rxjs';
import { expect, test } from 'vitest';
import { ReadWriteLock } from '../../recipes/index.ts';
import { fixed } from '../../src/index.ts';
import { World } from '../support/world.ts';

const path = '/locks/downgraded';

test('a writer whose read lock is made too late, after it has given the write lock back, waits for the next writer', async () => {
  await using world = await World.start(['/locks', path]);
  const [one, other] = [await world.client({ retry: fixed(300) }), await world.client()];
  const lock = new ReadWriteLock(one, path);
  const owner = {};
  const writer = await lock.write.acquire({ owner });
  let isReading = false;
  const nextWriter = new ReadWriteLock(other, path).write.run(async () => {
    await firstValueFrom(other.children$(path).pipe(filter((children) => children?.some((name) => name.includes('__READ__')) === true)));
    await one.sync('/');
    expect(isReading).toBe(false);
  });
  await firstValueFrom(other.children$(path).pipe(filter((children) => children?.length === 2)));

  // The connection is cut under the request, which is sent again later than the release.
  world.server.faults.inject({ kind: 'cut-before-apply' }, { operation: 'create2', sessionId: one.session?.id ?? 0n });
  const suspended = firstValueFrom(one.state$.pipe(filter((state) => state === 'suspended')));
  const reading = lock.read.acquire({ owner }).then((reader) => {
    isReading = true;
    return reader.release();
  });
  await suspended;
  await writer.release();
  await nextWriter;
  await reading;
});
