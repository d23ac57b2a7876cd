import { filter, firstValueFrom } from 'rxjs';
import { expect, test } from 'vitest';
import { ReadWriteLock } from '../../recipes/index.ts';
import type { Client } from '../../src/index.ts';
import { besideCurator } from '../support/beside-curator.ts';
import { namesAt } from '../support/names-at.ts';

/** Resolves when so many stand in line. */
async function queued(client: Client, path: string, count: number): Promise<void> {
  await firstValueFrom(client.children$(path).pipe(filter((children) => children?.length === count)));
}

besideCurator('ReadWriteLock and InterProcessReadWriteLock', (peers) => {
  test('readers of both kinds hold together, and a writer of either waits for all of them', { timeout: 60_000 }, async (context) => {
    const { java, connected } = await peers(context);
    await using client = await connected();
    const path = '/readers';
    const [lock, ofJava] = [new ReadWriteLock(client, path), java.readWriteLock(path)];

    const reader = await lock.read.acquire();
    expect(await ofJava.read.acquire({ timeoutMs: 5_000 })).toBe(true);
    expect(await lock.write.tryAcquire()).toBeNull();
    expect(await ofJava.write.acquire({ timeoutMs: 50, thread: 'writer' })).toBe(false);

    const javaWrites = ofJava.write.acquire({ thread: 'writer' });
    await queued(client, path, 3);
    await reader.release();
    await ofJava.read.release();
    expect(await javaWrites).toBe(true);
    expect(await lock.read.tryAcquire()).toBeNull();
    expect(await lock.write.tryAcquire()).toBeNull();

    const weWrite = lock.write.acquire();
    await queued(client, path, 2);
    await ofJava.write.release({ thread: 'writer' });
    const writer = await weWrite;
    expect(await ofJava.read.acquire({ timeoutMs: 50 })).toBe(false);
    await writer.release();
    expect(await namesAt(client, path)).toEqual([]);
  });

  test('nobody overtakes a waiting writer of the other kind', { timeout: 60_000 }, async (context) => {
    const { java, connected } = await peers(context);
    await using client = await connected();
    const path = '/fairness';
    const [lock, ofJava] = [new ReadWriteLock(client, path), java.readWriteLock(path)];
    const first = await lock.read.acquire();
    const entered: string[] = [];
    const javaTurn = async (side: 'read' | 'write', thread: string) => {
      await ofJava[side].acquire({ thread });
      entered.push(`Java ${side}`);
      await ofJava[side].release({ thread });
    };
    const turns: Promise<void>[] = [];
    const contenders = [
      () => javaTurn('write', 'a'),
      () => lock.read.run(() => void entered.push('docent read')),
      () => lock.write.run(() => void entered.push('docent write')),
      () => javaTurn('read', 'b'),
    ];
    for (const [index, contend] of contenders.entries()) {
      turns.push(contend());
      await queued(client, path, index + 2);
    }
    await first.release();
    await Promise.all(turns);
    expect(entered).toEqual(['Java write', 'docent read', 'docent write', 'Java read']);
    expect(await namesAt(client, path)).toEqual([]);
  });

  test('a Java writer waits until one of ours that reads on has read', { timeout: 60_000 }, async (context) => {
    const { java, connected } = await peers(context);
    await using client = await connected();
    const path = '/downgrade';
    const [lock, ofJava] = [new ReadWriteLock(client, path), java.readWriteLock(path)];
    const owner = {};
    const writer = await lock.write.acquire({ owner });
    const javaWrites = ofJava.write.acquire();
    await queued(client, path, 2);
    const reader = await lock.read.acquire({ owner });
    await writer.release();
    const early = javaWrites.then(() => 'in');
    // Time enough for the writer, too, to see that we have given the write lock back.
    expect(await ofJava.read.acquire({ timeoutMs: 50, thread: 'reader' })).toBe(false);
    expect(await Promise.race([early, client.sync(path).then(() => 'waiting')])).toBe('waiting');
    await reader.release();
    expect(await javaWrites).toBe(true);
    await ofJava.write.release();
  });

  test('a Java writer that reads on keeps a writer out that comes after it, and lets a reader in', { timeout: 60_000 }, async (context) => {
    const { java, connected } = await peers(context);
    await using client = await connected();
    const path = '/java-downgrade';
    const [lock, ofJava] = [new ReadWriteLock(client, path), java.readWriteLock(path)];
    await ofJava.write.acquire();
    expect(await ofJava.read.acquire({ timeoutMs: 5_000 })).toBe(true);
    await ofJava.write.release();
    expect(await lock.write.tryAcquire()).toBeNull();
    await (await lock.read.acquire()).release();
    const writing = lock.write.acquire();
    await queued(client, path, 2);
    await ofJava.read.release();
    await (await writing).release();
  });

  test('under contention, a writer is alone', { timeout: 60_000 }, async (context) => {
    const { java, connected } = await peers(context);
    await using client = await connected();
    const path = '/rw-contention';
    const [lock, ofJava] = [new ReadWriteLock(client, path), java.readWriteLock(path)];
    await client.create('/rw-sum', '0');
    const sum = async () => Number((await client.get('/rw-sum')).data.toString());
    // Whoever is not alone loses an addition.
    const addOne = async () => void (await client.set('/rw-sum', String((await sum()) + 1)));
    const readTwice = async () => expect(await sum()).toBe(await sum());
    const contenders = Array.from({ length: 3 }, async (_, number) => {
      const thread = `contender ${number}`;
      for (let round = 0; round < 10; round += 1) {
        await lock.write.run(addOne);
        await ofJava.read.acquire({ thread });
        await readTwice();
        await ofJava.read.release({ thread });
        await ofJava.write.acquire({ thread });
        await addOne();
        await ofJava.write.release({ thread });
        await lock.read.run(readTwice);
      }
    });
    await Promise.all(contenders);
    expect(await sum()).toBe(60);
    expect(await namesAt(client, path)).toEqual([]);
  });
});
