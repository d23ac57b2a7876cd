import { filter, firstValueFrom } from 'rxjs';
import { expect, test } from 'vitest';
import { holders, Mutex, Semaphore } from '../../recipes/index.ts';
import type { Client } from '../../src/index.ts';
import { onEveryServer } from '../support/servers.ts';

/** Resolves when so many stand in line. */
async function queued(client: Client, directory: string, count: number): Promise<void> {
  await firstValueFrom(client.children$(directory).pipe(filter((children) => children?.length === count)));
}

onEveryServer('holders', (connected) => {
  test('of a mutex: who holds and who waits, with names, owners and sessions', async () => {
    await using client = await connected();
    await using other = await connected(client);
    const owner = {};
    const lease = await new Mutex(client, '/locks/a', { id: 'the first' }).acquire({ owner });
    await using held = await new Mutex(client, '/locks/b', { id: 'elsewhere' }).acquire({ owner });
    const waiting = new Mutex(other, '/locks/a', { id: 'the second' }).acquire();
    await queued(client, '/locks/a', 2);
    const found = await holders(client, '/locks/a');
    expect(found).toMatchObject([
      { path: lease.path, id: 'the first', sessionId: client.session?.id, holds: true, position: 0, isShared: false },
      { id: 'the second', sessionId: other.session?.id, holds: false, position: 1, isShared: false },
    ]);
    const [elsewhere] = await holders(client, '/locks/b');
    expect(elsewhere).toMatchObject({ path: held.path, owner: found[0]?.owner });
    expect(found[1]?.owner).not.toBe(found[0]?.owner);
    await lease.release();
    await (await waiting).release();
  });

  test('of a semaphore: all its holders, then those in line, and not the leases that the first of them waits with', async () => {
    await using client = await connected();
    await using other = await connected(client);
    const path = '/pools/a';
    const first = await new Semaphore(client, path, 3, { id: 'first' }).acquire({ permits: 2 });
    const second = await new Semaphore(other, path, 3, { id: 'second' }).acquire();
    const third = new Semaphore(client, path, 3, { id: 'third' }).acquire({ permits: 2 });
    await queued(client, `${path}/locks`, 1);
    const fourth = new Semaphore(client, path, 3, { id: 'fourth' }).acquire();
    await queued(client, `${path}/locks`, 2);
    await queued(client, `${path}/leases`, 5);
    expect((await holders(client, path)).map(({ id, holds, position }) => ({ id, holds, position }))).toEqual([
      { id: 'first', holds: true, position: 0 },
      { id: 'first', holds: true, position: 0 },
      { id: 'second', holds: true, position: 0 },
      { id: 'third', holds: false, position: 0 },
      { id: 'fourth', holds: false, position: 1 },
    ]);
    await Promise.all([first.release(), second.release()]);
    await (await third).release();
    await (await fourth).release();
  });

  test('znodes of other libraries are read without knowing their owners', async () => {
    await using client = await connected();
    await client.ensurePath('/locks/mixed');
    await client.create('/locks/mixed/_c_2f8b6a0e-8d5b-4f0a-9a3e-0c1d2e3f4a5b-__WRIT__0000000003', '10.0.0.5', { mode: 'ephemeral' });
    await client.create('/locks/mixed/_c_2f8b6a0e-8d5b-4f0a-9a3e-0c1d2e3f4a5b-__READ__0000000004', Buffer.from([0xff, 0xfe]), {
      mode: 'ephemeral',
    });
    await client.create('/locks/mixed/stranger', 'x', { mode: 'ephemeral' });
    expect(await holders(client, '/locks/mixed')).toMatchObject([
      { id: '10.0.0.5', owner: undefined, holds: true, isShared: false },
      { owner: undefined, holds: false, isShared: true, position: 1 },
    ]);
    await client.create('/pools/theirs/leases/lease-', null, { mode: 'ephemeral-sequential', parents: true });
    expect(await holders(client, '/pools/theirs')).toMatchObject([{ id: '', owner: undefined, holds: true }]);
  });

  test('of what nobody holds, and of what is not there: nobody', async () => {
    await using client = await connected();
    await client.ensurePath('/locks/free');
    expect(await holders(client, '/locks/free')).toEqual([]);
    expect(await holders(client, '/nobody/ever')).toEqual([]);
    await expect(holders(client, 'relative')).rejects.toMatchObject({ name: 'InvalidArgumentError', field: 'holders.path' });
  });
});
