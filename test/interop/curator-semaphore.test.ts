import { filter, firstValueFrom } from 'rxjs';
import { expect, test } from 'vitest';
import { holders, Semaphore } from '../../recipes/index.ts';
import { type Client, nameOf } from '../../src/index.ts';
import { besideCurator } from '../support/beside-curator.ts';
import { namesAt } from '../support/names-at.ts';

/** Resolves when so many stand in line. */
async function queued(client: Client, path: string, count: number): Promise<void> {
  await firstValueFrom(client.children$(`${path}/locks`).pipe(filter((children) => (children?.length ?? 0) === count)));
}

/** Resolves when there are so many leases, those of the first in line included. */
async function leased(client: Client, path: string, count: number): Promise<void> {
  await firstValueFrom(client.children$(`${path}/leases`).pipe(filter((children) => children?.length === count)));
}

besideCurator('Semaphore and InterProcessSemaphoreV2', (peers) => {
  test('leases of both count, and each waits for the other', { timeout: 60_000 }, async (context) => {
    const { java, connected } = await peers(context);
    await using client = await connected();
    const path = '/shared';
    const [semaphore, ofJava] = [new Semaphore(client, path, 2), java.semaphore(path, 2)];

    const lease = await semaphore.acquire();
    const [theirs] = (await ofJava.acquire()) ?? [];
    expect(await client.children(`${path}/leases`)).toEqual(expect.arrayContaining([nameOf(lease.path), theirs]));
    expect(await semaphore.tryAcquire()).toBeNull();
    expect(await ofJava.acquire({ timeoutMs: 50 })).toBeNull();

    const javaWaits = ofJava.acquire();
    await queued(client, path, 1);
    await leased(client, path, 3);
    expect(await semaphore.tryAcquire()).toBeNull();
    await lease.release();
    expect(await javaWaits).toHaveLength(1);

    const weWait = semaphore.acquire({ permits: 2 });
    await queued(client, path, 1);
    await leased(client, path, 4);
    await ofJava.release();
    await ofJava.release();
    await (await weWait).release();
    await client.sync(path);
    expect(await namesAt(client, `${path}/leases`)).toEqual([]);
    expect(await namesAt(client, `${path}/locks`)).toEqual([]);
  });

  test('under contention, never more is held than there is', { timeout: 60_000 }, async (context) => {
    const { java, connected } = await peers(context);
    await using client = await connected();
    const path = '/contention';
    const limit = 3;
    const [semaphore, ofJava] = [new Semaphore(client, path, limit), java.semaphore(path, limit)];
    let [inside, most] = [0, 0];
    const stay = async (permits: number) => {
      inside += permits;
      most = Math.max(most, inside);
      await client.sync('/');
      inside -= permits;
    };
    const contenders = Array.from({ length: 4 }, async (_, number) => {
      const thread = `contender ${number}`;
      const permits = 1 + (number % 2);
      for (let round = 0; round < 12; round += 1) {
        await semaphore.run(() => stay(permits), { permits });
        await ofJava.acquire({ thread });
        await stay(1);
        await ofJava.release();
      }
    });
    await Promise.all(contenders);
    expect(most).toBeLessThanOrEqual(limit);
    await client.sync(path);
    expect(await namesAt(client, `${path}/leases`)).toEqual([]);
    expect(await namesAt(client, `${path}/locks`)).toEqual([]);
  });

  test('both follow one shared count', { timeout: 60_000 }, async (context) => {
    const { java, connected } = await peers(context);
    await using client = await connected();
    const [path, countPath] = ['/counted', '/limit'];
    const count = java.count(countPath, 1);
    expect(await count.get()).toBe(1);
    const [semaphore, ofJava] = [new Semaphore(client, path, { countPath }), java.semaphore(path, { count: countPath })];

    const lease = await semaphore.acquire();
    const weWait = semaphore.acquire();
    await queued(client, path, 1);
    await leased(client, path, 2);
    await count.set(3);
    const second = await weWait;
    expect(await ofJava.acquire()).toHaveLength(1);
    expect(await semaphore.tryAcquire()).toBeNull();
    await Promise.all([lease.release(), second.release()]);
    await ofJava.release();
  });

  test('when the Java process is killed, its leases go with its session, and we enter', { timeout: 60_000 }, async (context) => {
    const { startJava, connected } = await peers(context);
    await using java = await startJava({ sessionTimeoutMs: 4_000 });
    await using client = await connected();
    const path = '/killed';
    await java.semaphore(path, 1).acquire();
    const waiting = new Semaphore(client, path, 1).acquire();
    await queued(client, path, 1);
    await leased(client, path, 2);
    java.signal('SIGKILL');
    expect((await waiting).isValid()).toBe(true);
    await (await waiting).release();
  });

  test('each reads who holds at the other, whatever the data', { timeout: 60_000 }, async (context) => {
    const { java, connected } = await peers(context);
    await using client = await connected();
    const path = '/inspected';
    const ofJava = java.semaphore(path, 2);
    await using lease = await new Semaphore(client, path, 2, { id: 'ours' }).acquire();
    await ofJava.acquire();
    expect(await ofJava.participants()).toEqual(expect.arrayContaining([expect.stringContaining(nameOf(lease.path))]));
    expect(await holders(client, path)).toMatchObject([
      { id: 'ours', holds: true },
      { owner: undefined, sessionId: await java.sessionId(), holds: true },
    ]);
    await ofJava.release();
  });
});
