import { filter, firstValueFrom, lastValueFrom, shareReplay, tap, toArray } from 'rxjs';
import { expect, test } from 'vitest';
import { type Lease, type LeaseState, Mutex } from '../../recipes/index.ts';
import {
  AcquireTimeoutError,
  type Client,
  ClosedError,
  creatorAllAcl,
  ForeignChildrenError,
  InvalidArgumentError,
  LeaseLostError,
  NoNodeError,
  SessionLostError,
  TransactionFailedError,
  UnsupportedError,
  WrongRecipeError,
} from '../../src/index.ts';
import { onEveryServer } from '../support/servers.ts';
import { Exclusion } from '../support/world.ts';

const path = '/locks/report';

/** Resolves when so many stand in line. */
async function queued(client: Client, directory: string, count: number): Promise<void> {
  await firstValueFrom(client.children$(directory).pipe(filter((children) => children?.length === count)));
}

onEveryServer('Mutex', (connected) => {
  test('a free lock is acquired, is exclusive, and is free again after the release', async () => {
    await using one = await connected();
    await using other = await connected(one);
    const lease = await new Mutex(one, path).acquire();
    expect(lease.isValid()).toBe(true);
    expect(await new Mutex(other, path).tryAcquire()).toBeNull();
    await lease.release();
    expect(lease.isValid()).toBe(false);
    expect(lease.signal.aborted).toBe(false);
    await using again = await new Mutex(other, path).acquire();
    expect(again.token).toBeGreaterThan(lease.token);
  });

  test('waiters enter in the order of arrival', async () => {
    await using client = await connected();
    const first = await new Mutex(client, path).acquire();
    const order: number[] = [];
    const turns: Promise<void>[] = [];
    for (let number = 0; number < 10; number += 1) {
      const mutex = new Mutex(client, path);
      turns.push(mutex.run(() => void order.push(number)));
    }
    await first.release();
    await Promise.all(turns);
    expect(order).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  test('one instance, used by many callers at once, lets one in at a time', async () => {
    await using client = await connected();
    const mutex = new Mutex(client, path);
    const exclusion = new Exclusion();
    await Promise.all(Array.from({ length: 20 }, () => mutex.run((lease) => exclusion.enter(lease))));
    expect(exclusion.violations).toEqual([]);
    expect(exclusion.entries).toBe(20);
    expect(await client.children(path)).toEqual([]);
  });

  test('a nested run enters again, on another instance too, and the lock stays held until the outermost ends', async () => {
    await using client = await connected();
    await using other = await connected(client);
    await new Mutex(client, path).run(async (outer) => {
      await new Mutex(client, path).run(async (inner) => {
        expect(inner.token).toBe(outer.token);
        await using innermost = await new Mutex(client, path).acquire();
        expect(innermost.path).toBe(outer.path);
      });
      expect(outer.isValid()).toBe(true);
      expect(await new Mutex(other, path).tryAcquire()).toBeNull();
    });
    expect(await client.children(path)).toEqual([]);
  });

  test('an owner of the caller enters again, others do not', async () => {
    await using client = await connected();
    const mutex = new Mutex(client, path);
    const owner = {};
    const outer = await mutex.acquire({ owner });
    const inner = await mutex.acquire({ owner });
    expect(await mutex.tryAcquire({ owner: {} })).toBeNull();
    expect(await mutex.tryAcquire()).toBeNull();
    await outer.release();
    expect(inner.isValid()).toBe(true);
    expect(await mutex.tryAcquire()).toBeNull();
    await inner.release();
    expect(await client.children(path)).toEqual([]);
  });

  test('two calls of one owner at the same time share one place in line', async () => {
    await using client = await connected();
    const mutex = new Mutex(client, path);
    const owner = {};
    const [one, other] = await Promise.all([mutex.acquire({ owner }), mutex.acquire({ owner })]);
    expect(one.path).toBe(other.path);
    expect(await client.children(path)).toHaveLength(1);
    await Promise.all([one.release(), other.release()]);
  });

  test('releasing twice gives back once', async () => {
    await using client = await connected();
    const mutex = new Mutex(client, path);
    const owner = {};
    const outer = await mutex.acquire({ owner });
    const inner = await mutex.acquire({ owner });
    await Promise.all([inner.release(), inner.release()]);
    await inner.release();
    expect(outer.isValid()).toBe(true);
    await outer.release();
  });

  test('a wait ends with AcquireTimeoutError in time, and no znode of it remains', async () => {
    await using client = await connected();
    await using lease = await new Mutex(client, path).acquire();
    const late = new Mutex(client, path).acquire({ timeoutMs: 100 });
    await expect(late).rejects.toThrow(AcquireTimeoutError);
    await client.sync(path);
    expect(await client.children(path)).toEqual([lease.path.slice(path.length + 1)]);
  });

  test('a wait ends with the reason of its signal, and no znode of it remains', async () => {
    await using client = await connected();
    await using lease = await new Mutex(client, path).acquire();
    const giveUp = new AbortController();
    const reason = new Error('no longer wanted');
    const waiting = new Mutex(client, path).acquire({ signal: giveUp.signal, onQueued: () => giveUp.abort(reason) });
    await expect(waiting).rejects.toBe(reason);
    await client.sync(path);
    expect(await client.children(path)).toEqual([lease.path.slice(path.length + 1)]);
  });

  test('a signal that has aborted already keeps the call from doing anything', async () => {
    await using client = await connected();
    await expect(new Mutex(client, path).acquire({ signal: AbortSignal.abort(new Error('before')) })).rejects.toThrow('before');
    expect(await client.exists(path)).toBeNull();
  });

  test('the error of the work wins, and the lock is released', async () => {
    await using client = await connected();
    const mutex = new Mutex(client, path);
    await expect(mutex.run(() => Promise.reject(new RangeError('of the work')))).rejects.toThrow(RangeError);
    expect(await client.children(path)).toEqual([]);
  });

  test('a lease tells its way from the line to the release', async () => {
    await using client = await connected();
    const first = await new Mutex(client, path).acquire();
    const waiting = new Mutex(client, path).acquire({ onQueued: () => void first.release() });
    const lease = await waiting;
    await lease.release();
    const states = await lastValueFrom(lease.state$.pipe(toArray<LeaseState>()));
    expect(states).toEqual([{ kind: 'queued', position: 1 }, { kind: 'held' }, { kind: 'released' }]);
  });

  test('held$ emits the lease, and unsubscribing releases it', async () => {
    await using client = await connected();
    const mutex = new Mutex(client, path);
    const lease = await new Promise<Lease>((resolve, reject) => {
      const subscription = mutex.held$().subscribe({
        next: (granted) => {
          resolve(granted);
          queueMicrotask(() => subscription.unsubscribe());
        },
        error: reject,
      });
    });
    expect(await lastValueFrom(lease.state$)).toEqual({ kind: 'released' });
    await using again = await mutex.acquire({ timeoutMs: 20_000 });
    expect(again.token).toBeGreaterThan(lease.token);
  });

  test('unsubscribing from held$ at any moment leaves no znode', async () => {
    await using client = await connected();
    const mutex = new Mutex(client, path);
    for (let ticks = 0; ticks < 12; ticks += 1) {
      const subscription = mutex.held$().subscribe();
      for (let tick = 0; tick < ticks; tick += 1) await Promise.resolve();
      subscription.unsubscribe();
      await using next = await mutex.acquire({ timeoutMs: 20_000 });
      expect(await client.children(path), `unsubscribed after ${ticks} ticks`).toEqual([next.path.slice(path.length + 1)]);
    }
  });

  test('participants are listed in line order with identity, session and age', async () => {
    await using client = await connected();
    await using other = await connected(client);
    await using lease = await new Mutex(client, path, { id: 'the first' }).acquire();
    const giveUp = new AbortController();
    const waiting = new Mutex(other, path, { id: 'the second' }).acquire({ signal: giveUp.signal });
    await queued(client, path, 2);
    const participants = await new Mutex(client, path).participants();
    expect(participants).toMatchObject([
      { path: lease.path, id: 'the first', sessionId: client.session?.id, position: 0, holds: true },
      { id: 'the second', sessionId: other.session?.id, position: 1, holds: false },
    ]);
    expect(participants[0]?.sinceMs).toBeGreaterThan(1_600_000_000_000);
    giveUp.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    expect(await new Mutex(client, '/nobody/ever').participants()).toEqual([]);
  });

  test('the line is told as it changes, and each newcomer is read once', async () => {
    await using client = await connected();
    await using other = await connected(client);
    const mutex = new Mutex(client, path, { id: 'the first' });
    const told: string[][] = [];
    const line$ = mutex.line$.pipe(
      tap((line) => told.push(line.map(({ id, holds }) => (holds ? `${id} holds` : id)))),
      shareReplay({ bufferSize: 1, refCount: true }),
    );
    const shown = (count: number) => firstValueFrom(line$.pipe(filter((line) => line.length === count)));
    const following = line$.subscribe();
    const lease = await mutex.acquire();
    const waiting = new Mutex(other, path, { id: 'the second' }).acquire();
    await shown(2);
    await lease.release();
    await shown(1);
    await (await waiting).release();
    await shown(0);
    following.unsubscribe();
    expect(told).toContainEqual(['the first holds', 'the second']);
    expect(told).toContainEqual(['the second holds']);
    expect(told.at(-1)).toEqual([]);
  });

  test('a holder is told that somebody wants the lock back, and once it gives it back that one enters', async () => {
    await using client = await connected();
    await using other = await connected(client);
    const lease = await new Mutex(client, path).acquire();
    const mutex = new Mutex(other, path);
    const waiting = mutex.acquire();
    const asked = firstValueFrom(lease.revoke$).then(() => lease.release());
    expect(await mutex.revoke(lease.path)).toBe(true);
    await asked;
    await (await waiting).release();
    expect(await mutex.revoke(lease.path), 'of one that is gone').toBe(false);
    await expect(mutex.revoke('/elsewhere/znode')).rejects.toMatchObject({ field: 'revoke.participant' });
  });

  test('one that asks late whether the lock is wanted back learns it, too, and revoke$ completes with the lease', async () => {
    await using client = await connected();
    const mutex = new Mutex(client, path);
    const lease = await mutex.acquire();
    const asked: string[] = [];
    lease.revoke$.subscribe(() => asked.push('before'));
    await client.set(lease.path, 'something else');
    await firstValueFrom(client.data$(lease.path).pipe(filter((node) => node?.data.toString() === 'something else')));
    expect(asked, 'by what is no question').toEqual([]);
    // As Curator's Revoker does.
    await client.set(lease.path, '__REVOKE__');
    await firstValueFrom(lease.revoke$);
    expect(asked).toEqual(['before']);
    await lease.release();
    expect(await lastValueFrom(lease.revoke$, { defaultValue: 'completed' })).toBe('completed');

    const last = await mutex.acquire();
    const end = lastValueFrom(last.revoke$, { defaultValue: 'completed' });
    await client.close();
    expect(await end).toBe('completed');
  });

  test('a path where another recipe is in use is refused by name, and nothing is left there', async () => {
    await using client = await connected();
    for (const [name, mode] of [
      ['_c_2f8b6a0e-8d5b-4f0a-9a3e-0c1d2e3f4a5b-__WRIT__', 'ephemeral-sequential'],
      ['latch-', 'ephemeral-sequential'],
    ] as const) {
      const directory = `${path}/${mode}${name}`;
      await client.ensurePath(directory);
      const stranger = await client.create(`${directory}/${name}`, '', { mode, protect: false });
      await expect(new Mutex(client, directory).acquire()).rejects.toMatchObject({ name: 'WrongRecipeError', path: directory });
      await client.sync(directory);
      expect(await client.children(directory)).toEqual([stranger.path.slice(directory.length + 1)]);
    }
    await client.ensurePath('/semaphore/locks');
    await client.ensurePath('/semaphore/leases');
    await expect(new Mutex(client, '/semaphore').tryAcquire()).rejects.toThrow(WrongRecipeError);
  });

  test('what is checked in a transaction goes through only while the lease is held', async () => {
    await using client = await connected();
    await client.create('/guarded', 'a');
    const lease = await new Mutex(client, path).acquire();
    if (!client.capabilities.multi) {
      await expect(client.transaction([lease.check()])).rejects.toBeInstanceOf(UnsupportedError);
      return await lease.release();
    }
    await client.transaction([lease.check(), { op: 'set', path: '/guarded', data: 'b' }]);
    await lease.release();
    const late = client.transaction([lease.check(), { op: 'set', path: '/guarded', data: 'c' }]);
    await expect(late).rejects.toThrow(TransactionFailedError);
    await expect(late).rejects.toMatchObject({ index: 0, cause: expect.any(NoNodeError) });
    expect((await client.get('/guarded')).data.toString()).toBe('b');
  });

  test('tokens grow although the directory was deleted and its numbering began anew', async () => {
    await using client = await connected();
    const mutex = new Mutex(client, path);
    const before = await mutex.acquire();
    await before.release();
    await client.delete(path);
    await using after = await mutex.acquire();
    expect(after.path).toMatch(/-lock-0000000000$/);
    expect(after.token).toBeGreaterThan(before.token);
  });

  test.each([
    ["Curator's", '_c_2f8b6a0e-8d5b-4f0a-9a3e-0c1d2e3f4a5b-lock-'],
    ['a bare one', 'lock-'],
    ["go-zookeeper's", '_c_0123456789abcdef0123456789abcdef-lock-'],
    ["kazoo's", '0123456789abcdef0123456789abcdef__lock__'],
    ["kazoo's reader", '0123456789abcdef0123456789abcdef__rlock__'],
  ])('a contender of another library is waited for: %s', async (_, name) => {
    await using client = await connected();
    await using peer = await connected(client);
    await peer.ensurePath(path);
    const theirs = await peer.create(`${path}/${name}`, '10.0.0.5', { mode: 'ephemeral-sequential', protect: false });
    expect(await new Mutex(client, path).tryAcquire()).toBeNull();
    const waiting = new Mutex(client, path).acquire({ onQueued: () => void peer.delete(theirs.path) });
    await using lease = await waiting;
    expect(lease.isValid()).toBe(true);
  });

  test('foreign children are passed over, and reported once', async () => {
    await using client = await connected();
    await client.ensurePath(`${path}/0`);
    const reports: Error[] = [];
    client.errors$.subscribe((error) => reports.push(error));
    const mutex = new Mutex(client, path);
    await mutex.run(() => {});
    await mutex.run(() => {});
    expect(reports).toEqual([expect.any(ForeignChildrenError)]);
    expect(reports[0]).toMatchObject({ path, children: ['0'] });
  });

  test('a waiter whose znode somebody deletes lines up again', async () => {
    await using client = await connected();
    await using other = await connected(client);
    const first = await new Mutex(client, path).acquire();
    const waiting = new Mutex(other, path).acquire();
    await queued(client, path, 2);
    const [, second] = await new Mutex(client, path).participants();
    await client.delete(second?.path ?? '');
    await first.release();
    await using lease = await waiting;
    expect(lease.path).not.toBe(second?.path);
    expect(await client.children(path)).toHaveLength(1);
  });

  test('works below a namespace and with an ACL, which the parents get too', async () => {
    await using client = await connected(undefined, {
      namespace: 'team/app',
      auth: [{ scheme: 'digest', credential: 'user:secret' }],
      acl: creatorAllAcl,
    });
    if (!client.capabilities.createAcl) {
      await expect(new Mutex(client, path).acquire()).rejects.toBeInstanceOf(UnsupportedError);
      return;
    }
    await using lease = await new Mutex(client, path).acquire();
    for (const node of [lease.path, path, '/locks']) {
      expect(await client.getAcl(node)).toMatchObject({ acl: [{ perms: 31, scheme: 'digest' }] });
    }
    // Nobody else may.
    await client.usingNamespace('').deleteAll('/team');
  });

  test('a lost session ends the lease, and the next in line enters afterwards', async () => {
    await using holder = await connected();
    await using waiter = await connected(holder);
    const lease = await new Mutex(holder, path).acquire();
    const waiting = new Mutex(waiter, path).acquire();
    await queued(waiter, path, 2);
    const closing = holder.close();
    await using next = await waiting;
    expect(lease.isValid()).toBe(false);
    expect(lease.signal.reason).toBeInstanceOf(LeaseLostError);
    expect(() => lease.assertValid()).toThrow(LeaseLostError);
    await lease.release();
    expect(next.token).toBeGreaterThan(lease.token);
    await closing;
  });

  test('a nested call on a hold that is lost is told so', async () => {
    await using holder = await connected();
    await new Mutex(holder, path).run(async (lease) => {
      await holder.close();
      expect(lease.signal.aborted).toBe(true);
      await expect(new Mutex(holder, path).acquire()).rejects.toThrow(LeaseLostError);
    });
  });

  test('on a closed client nothing is run, in whatever way it is asked', async () => {
    await using client = await connected();
    const mutexes = [new Mutex(client, path), new Mutex(client, path, { handoff: { max: 2 } })];
    await client.close();
    for (const mutex of mutexes) {
      await expect(mutex.run(() => expect.unreachable())).rejects.toThrow(ClosedError);
      await expect(mutex.tryAcquire()).rejects.toThrow(ClosedError);
      await expect(firstValueFrom(mutex.held$())).rejects.toThrow(ClosedError);
      await expect(mutex.participants()).rejects.toThrow(ClosedError);
      await expect(mutex.revoke(`${path}/lock-0000000000`)).rejects.toThrow(ClosedError);
    }
  });

  test.each([
    ['a relative path', 'locks', {}, 'Mutex.path'],
    ['an unknown option', path, { fair: true }, 'Mutex.options.fair'],
    ['an identity that is no text', path, { id: 7 }, 'Mutex.options.id'],
    ['an unknown policy', path, { onSuspended: 'panic' }, 'Mutex.options.onSuspended'],
  ])('%s is refused by name', async (_, where, options, field) => {
    await using client = await connected();
    expect(() => new Mutex(client, where, options as object)).toThrow(expect.objectContaining({ name: 'InvalidArgumentError', field }));
  });

  test.each([
    [{ timeoutMs: 0 }, 'timeoutMs'],
    [{ timeoutMs: Number.NaN }, 'timeoutMs'],
    [{ timeoutMs: '5s' }, 'timeoutMs'],
    [{ signal: {} }, 'signal'],
    [{ owner: 'me' }, 'owner'],
    [{ timeout: 5 }, 'timeout'],
  ])('acquire refuses %o by name', async (options, field) => {
    await using client = await connected();
    const refused = new Mutex(client, path).acquire(options as object);
    await expect(refused).rejects.toThrow(InvalidArgumentError);
    await expect(refused).rejects.toMatchObject({ field: `Mutex.acquire.${field}` });
  });

  test('waits end with SessionLostError when the session is closed under them', async () => {
    await using client = await connected();
    await using other = await connected(client);
    await using lease = await new Mutex(other, path).acquire();
    const waiting = new Mutex(client, path).acquire();
    await queued(other, path, 2);
    const ended = expect(waiting).rejects.toSatisfy((error) => error instanceof SessionLostError || error instanceof Error);
    await client.close();
    await ended;
    expect(lease.isValid()).toBe(true);
  });
});
