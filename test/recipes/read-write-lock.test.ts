import { filter, firstValueFrom, shareReplay, tap } from 'rxjs';
import { expect, test } from 'vitest';
import { type Lease, ReadWriteLock } from '../../recipes/index.ts';
import {
  AcquireTimeoutError,
  type Client,
  ClosedError,
  InvalidArgumentError,
  LeaseLostError,
  LockUpgradeError,
  NoNodeError,
  TransactionFailedError,
  UnsupportedError,
  WrongRecipeError,
} from '../../src/index.ts';
import { onEveryServer } from '../support/servers.ts';
import { Sharing } from '../support/sharing.ts';

const path = '/locks/catalogue';

/** Resolves when so many stand in line. */
async function queued(client: Client, count: number): Promise<void> {
  await firstValueFrom(client.children$(path).pipe(filter((children) => children?.length === count)));
}

onEveryServer('ReadWriteLock', (connected) => {
  test('readers hold at the same time, and a writer waits for all of them', async () => {
    await using one = await connected();
    await using other = await connected(one);
    const readers = [await new ReadWriteLock(one, path).read.acquire(), await new ReadWriteLock(other, path).read.acquire()];
    expect(readers.map((lease) => lease.isValid())).toEqual([true, true]);
    const lock = new ReadWriteLock(other, path);
    expect(await lock.write.tryAcquire()).toBeNull();
    const writing = lock.write.acquire();
    await queued(one, 3);
    await readers[0]?.release();
    await other.sync(path);
    expect(await lock.read.tryAcquire()).toBeNull();
    await readers[1]?.release();
    await using writer = await writing;
    expect(writer.token).toBeGreaterThan(readers[1]?.token ?? 0n);
  });

  test('a writer keeps everybody out', async () => {
    await using one = await connected();
    await using other = await connected(one);
    const writer = await new ReadWriteLock(one, path).write.acquire();
    const lock = new ReadWriteLock(other, path);
    expect(await lock.read.tryAcquire()).toBeNull();
    expect(await lock.write.tryAcquire()).toBeNull();
    await writer.release();
    await using reader = await lock.read.acquire();
    expect(reader.isValid()).toBe(true);
  });

  test('a reader that comes after a waiting writer enters after it, so writers do not starve', async () => {
    await using client = await connected();
    const lock = new ReadWriteLock(client, path);
    const first = await lock.read.acquire();
    const order: string[] = [];
    const turns = [
      lock.write.run(() => void order.push('writer')),
      lock.read.run(() => void order.push('reader')),
      lock.read.run(() => void order.push('reader')),
      lock.write.run(() => void order.push('last writer')),
    ];
    await queued(client, 5);
    await first.release();
    await Promise.all(turns);
    expect(order).toEqual(['writer', 'reader', 'reader', 'last writer']);
  });

  test('readers and writers in any mix never get in each other’s way', async () => {
    await using one = await connected();
    await using other = await connected(one);
    const sharing = new Sharing();
    const turns = [one, other].flatMap((client) => {
      const lock = new ReadWriteLock(client, path);
      return Array.from({ length: 12 }, (_, number) =>
        number % 3 === 0
          ? lock.write.run((lease) => sharing.write(lease, () => client.sync('/')))
          : lock.read.run((lease) => sharing.read(lease, () => client.sync('/'))),
      );
    });
    await Promise.all(turns);
    expect(sharing.violations).toEqual([]);
    expect(sharing.entries).toBe(24);
    expect(sharing.mostReaders, 'or this shows little').toBeGreaterThan(1);
    expect(await one.children(path)).toEqual([]);
  });

  test('a writer takes the read lock too, gives the write lock back, and no writer comes in between', async () => {
    await using client = await connected();
    await using other = await connected(client);
    const lock = new ReadWriteLock(client, path);
    const owner = {};
    const writer = await lock.write.acquire({ owner });
    const waiting = new ReadWriteLock(other, path).write.acquire();
    const behind = new ReadWriteLock(other, path).read.acquire();
    await queued(client, 3);

    const reader = await lock.read.acquire({ owner });
    expect(reader.path).toMatch(/-__READ__0000000000$/);
    expect(writer.path).toMatch(/-__WRIT__0000000000$/);
    const early = waiting.then(() => 'a writer came in');
    await writer.release();
    await other.sync(path);
    await expect(Promise.race([early, other.sync(path).then(() => 'nobody')])).resolves.toBe('nobody');
    expect(reader.isValid()).toBe(true);
    expect(await new ReadWriteLock(other, path).read.tryAcquire()).toBeNull();

    await reader.release();
    await (await waiting).release();
    await (await behind).release();
  });

  test('other readers come in beside one that was a writer', async () => {
    await using client = await connected();
    await using other = await connected(client);
    const lock = new ReadWriteLock(client, path);
    await lock.write.run(async (writer) => {
      await using reader = await lock.read.acquire();
      await writer.release();
      await using beside = await new ReadWriteLock(other, path).read.acquire();
      expect([reader.isValid(), beside.isValid(), writer.isValid()]).toEqual([true, true, false]);
    });
    expect(await client.children(path)).toEqual([]);
  });

  test('only the owner of the write lock gets the read lock early', async () => {
    await using client = await connected();
    const lock = new ReadWriteLock(client, path);
    await using writer = await lock.write.acquire({ owner: {} });
    expect(await lock.read.tryAcquire({ owner: {} })).toBeNull();
    expect(await lock.read.tryAcquire()).toBeNull();
    expect(writer.isValid()).toBe(true);
  });

  test('both sides are reentrant', async () => {
    await using client = await connected();
    const lock = new ReadWriteLock(client, path);
    for (const side of [lock.read, lock.write]) {
      await side.run(async (outer) => {
        await side.run((inner) => expect(inner.token).toBe(outer.token));
        expect(outer.isValid()).toBe(true);
      });
    }
    expect(await client.children(path)).toEqual([]);
  });

  test('an owner that only reads is refused the write lock at once, and reads on', async () => {
    await using client = await connected();
    const lock = new ReadWriteLock(client, path);
    await lock.read.run(async (reader) => {
      await expect(lock.write.acquire()).rejects.toThrow(LockUpgradeError);
      await expect(new ReadWriteLock(client, path).write.tryAcquire()).rejects.toMatchObject({ name: 'LockUpgradeError', path });
      expect(reader.isValid()).toBe(true);
      expect(await client.children(path)).toEqual([reader.path.slice(path.length + 1)]);
    });
    await lock.write.run(() => {});
  });

  test('an owner that was a writer and reads now is refused the write lock, but not while it still writes', async () => {
    await using client = await connected();
    const lock = new ReadWriteLock(client, path);
    const owner = {};
    const writer = await lock.write.acquire({ owner });
    const reader = await lock.read.acquire({ owner });
    const again = await lock.write.acquire({ owner });
    expect(again.token).toBe(writer.token);
    await Promise.all([again.release(), writer.release()]);
    await expect(lock.write.acquire({ owner })).rejects.toThrow(LockUpgradeError);
    await reader.release();
    await (await lock.write.acquire({ owner })).release();
  });

  test.each([
    ['a reader of Curator', '_c_2f8b6a0e-8d5b-4f0a-9a3e-0c1d2e3f4a5b-__READ__', 'write'],
    ['a writer of Curator', '_c_2f8b6a0e-8d5b-4f0a-9a3e-0c1d2e3f4a5b-__WRIT__', 'read'],
    ["kazoo's reader", '0123456789abcdef0123456789abcdef__rlock__', 'write'],
    ["kazoo's writer", '0123456789abcdef0123456789abcdef__lock__', 'read'],
  ] as const)('a contender of another library is waited for: %s', async (_, name, side) => {
    await using client = await connected();
    await using peer = await connected(client);
    await peer.ensurePath(path);
    const theirs = await peer.create(`${path}/${name}`, '10.0.0.5', { mode: 'ephemeral-sequential', protect: false });
    const lock = new ReadWriteLock(client, path);
    expect(await lock[side].tryAcquire()).toBeNull();
    await using lease = await lock[side].acquire({ onQueued: () => void peer.delete(theirs.path) });
    expect(lease.isValid()).toBe(true);
  });

  test('a Java writer that reads on, in the form of Curator 5.5, keeps writers out and lets readers in', async () => {
    await using client = await connected();
    await using peer = await connected(client);
    await peer.ensurePath(path);
    const prefix = `${path}/_c_2f8b6a0e-8d5b-4f0a-9a3e-0c1d2e3f4a5b-`;
    const write = await peer.create(`${prefix}__WRIT__`, '', { mode: 'ephemeral-sequential', protect: false });
    const read = await peer.create(`${prefix}__READ__${write.path.slice(-10)}`, '', { mode: 'ephemeral' });
    const lock = new ReadWriteLock(client, path);
    const writing = lock.write.acquire();
    await queued(client, 3);
    await peer.delete(write.path);
    expect(await lock.write.tryAcquire()).toBeNull();
    await peer.delete(read.path);
    await (await writing).release();
  });

  test('participants tell who holds and who waits, with identity, and the line tells it as it changes', async () => {
    await using client = await connected();
    const lock = new ReadWriteLock(client, path, { id: 'ours' });
    const told: string[] = [];
    const line$ = lock.line$.pipe(
      tap((line) => told.push(line.map(({ isShared, holds }) => `${isShared ? 'R' : 'W'}${holds ? '!' : ''}`).join(' '))),
      shareReplay({ bufferSize: 1, refCount: true }),
    );
    const shown = (count: number) => firstValueFrom(line$.pipe(filter((line) => line.length === count)));
    const following = line$.subscribe();
    const reader = await lock.read.acquire();
    const beside = await lock.read.acquire();
    const writing = lock.write.acquire();
    const late = lock.read.acquire();
    await queued(client, 4);
    expect(await lock.participants()).toMatchObject([
      { path: reader.path, id: 'ours', holds: true, isShared: true, position: 0, sessionId: client.session?.id },
      { path: beside.path, holds: true, isShared: true, position: 0 },
      { holds: false, isShared: false, position: 2 },
      { holds: false, isShared: true, position: 1 },
    ]);
    await shown(4);
    await Promise.all([reader.release(), beside.release()]);
    await (await writing).release();
    await (await late).release();
    await shown(0);
    following.unsubscribe();
    expect(told).toContain('R! R! W R');
    expect(told.at(-1)).toBe('');
  });

  test('a reader and a writer are asked to give back by whoever wants it', async () => {
    await using client = await connected();
    await using other = await connected(client);
    const lock = new ReadWriteLock(client, path);
    for (const side of [lock.read, lock.write]) {
      await using lease = await side.acquire();
      const asked = firstValueFrom(lease.revoke$);
      expect(await new ReadWriteLock(other, path).revoke(lease.path)).toBe(true);
      await asked;
    }
  });

  test('what is checked in a transaction goes through only while the lease is held', async () => {
    await using client = await connected();
    const lease = await new ReadWriteLock(client, path).write.acquire();
    if (!client.capabilities.multi) {
      await expect(client.transaction([lease.check()])).rejects.toBeInstanceOf(UnsupportedError);
      return await lease.release();
    }
    await client.transaction([lease.check()]);
    await lease.release();
    const late = client.transaction([lease.check()]);
    await expect(late).rejects.toThrow(TransactionFailedError);
    await expect(late).rejects.toMatchObject({ cause: expect.any(NoNodeError) });
  });

  test('waits end in time or by their signal, and no znode of them remains', async () => {
    await using client = await connected();
    const lock = new ReadWriteLock(client, path);
    await using writer = await lock.write.acquire();
    await expect(lock.read.acquire({ timeoutMs: 100 })).rejects.toThrow(AcquireTimeoutError);
    const reason = new Error('no longer wanted');
    const giveUp = new AbortController();
    await expect(lock.write.acquire({ signal: giveUp.signal, onQueued: () => giveUp.abort(reason) })).rejects.toBe(reason);
    await client.sync(path);
    expect(await client.children(path)).toEqual([writer.path.slice(path.length + 1)]);
  });

  test('held$ emits the lease of either side, and unsubscribing releases it', async () => {
    await using client = await connected();
    const lock = new ReadWriteLock(client, path);
    for (const side of [lock.read, lock.write]) {
      const lease = await new Promise<Lease>((resolve, reject) => {
        const subscription = side.held$().subscribe({
          next: (granted) => {
            resolve(granted);
            queueMicrotask(() => subscription.unsubscribe());
          },
          error: reject,
        });
      });
      await firstValueFrom(lease.state$.pipe(filter(({ kind }) => kind === 'released')));
    }
    await (await lock.write.acquire()).release();
  });

  test('a lost session ends the leases of both sides, and the read lock is not had under a write lock that is lost', async () => {
    await using client = await connected();
    const lock = new ReadWriteLock(client, path);
    await lock.write.run(async (writer) => {
      const reader = await lock.read.acquire();
      await client.close();
      expect([writer.isValid(), reader.isValid()]).toEqual([false, false]);
      await reader.release();
      await expect(lock.read.acquire()).rejects.toThrow(LeaseLostError);
    });
  });

  test('a path where another recipe is in use is refused by name, and nothing is left there', async () => {
    await using client = await connected();
    await client.ensurePath(path);
    const { path: stranger } = await client.create(`${path}/lock-`, '', { mode: 'ephemeral-sequential' });
    const lock = new ReadWriteLock(client, path);
    await expect(lock.read.acquire()).rejects.toThrow(WrongRecipeError);
    await expect(lock.write.tryAcquire()).rejects.toMatchObject({
      name: 'WrongRecipeError',
      path,
      children: [stranger.slice(path.length + 1)],
    });
    await client.sync(path);
    expect(await client.children(path)).toEqual([stranger.slice(path.length + 1)]);
  });

  test('on a closed client nothing is run', async () => {
    await using client = await connected();
    const lock = new ReadWriteLock(client, path);
    await client.close();
    for (const side of [lock.read, lock.write]) await expect(side.run(() => expect.unreachable())).rejects.toThrow(ClosedError);
  });

  test.each([
    ['a relative path', 'locks', {}, 'ReadWriteLock.path'],
    ['an unknown option', path, { fair: true }, 'ReadWriteLock.options.fair'],
    ['an identity that is no text', path, { id: 7 }, 'ReadWriteLock.options.id'],
  ])('%s is refused by name', async (_, where, options, field) => {
    await using client = await connected();
    expect(() => new ReadWriteLock(client, where, options as object)).toThrow(
      expect.objectContaining({ name: 'InvalidArgumentError', field }),
    );
  });

  test('options of either side are checked by name', async () => {
    await using client = await connected();
    const lock = new ReadWriteLock(client, path);
    const refused = lock.read.acquire({ timeoutMs: 0 });
    await expect(refused).rejects.toThrow(InvalidArgumentError);
    await expect(refused).rejects.toMatchObject({ field: 'ReadWriteLock.read.acquire.timeoutMs' });
    await expect(lock.write.acquire({ timeoutMs: -1 })).rejects.toMatchObject({ field: 'ReadWriteLock.write.acquire.timeoutMs' });
    await expect(lock.revoke('/elsewhere/znode')).rejects.toMatchObject({ field: 'revoke.participant' });
  });
});
