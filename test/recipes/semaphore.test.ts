import { filter, firstValueFrom, lastValueFrom, toArray } from 'rxjs';
import { expect, test } from 'vitest';
import { type Lease, type LeaseState, Mutex, Semaphore } from '../../recipes/index.ts';
import {
  AcquireTimeoutError,
  type Client,
  ClosedError,
  ForeignChildrenError,
  InvalidArgumentError,
  LeaseLostError,
  MalformedDataError,
} from '../../src/index.ts';
import { Capacity } from '../support/capacity.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { onEveryServer } from '../support/servers.ts';

const path = '/pools/database';
const [leasesAt, lineAt] = [`${path}/leases`, `${path}/locks`];

/** Resolves when so many stand in line. */
async function queued(client: Client, count: number): Promise<void> {
  await firstValueFrom(client.children$(lineAt).pipe(filter((children) => (children?.length ?? 0) === count)));
}

/** Resolves when somebody is in front and there are so many leases, with those that wait: an attempt to get in without a line is over then. */
async function leased(client: Client, count: number): Promise<void> {
  await firstValueFrom(client.children$(lineAt).pipe(filter((children) => (children?.length ?? 0) > 0)));
  await firstValueFrom(client.children$(leasesAt).pipe(filter((children) => children?.length === count)));
}

async function expectNothingLeft(client: Client): Promise<void> {
  await client.sync(path);
  for (const directory of [leasesAt, lineAt]) {
    if ((await client.exists(directory)) !== null) expect(await client.children(directory), directory).toEqual([]);
  }
}

const count = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
};

onEveryServer('Semaphore', (connected) => {
  test('as many hold as there are leases, and the next enters when one is given back', async () => {
    await using one = await connected();
    await using other = await connected(one);
    await using _first = await new Semaphore(one, path, 2).acquire();
    const second = await new Semaphore(other, path, 2).acquire();
    expect(await new Semaphore(one, path, 2).tryAcquire()).toBeNull();
    const waiting = new Semaphore(one, path, 2).acquire();
    await leased(other, 3);
    await second.release();
    const third = await waiting;
    expect(third.isValid()).toBe(true);
    expect(third.token).toBeGreaterThan(second.token);
    await third.release();
  });

  test('several leases are acquired together or not at all', async () => {
    await using client = await connected();
    const semaphore = new Semaphore(client, path, 5);
    const three = await semaphore.acquire({ permits: 3 });
    expect(await semaphore.tryAcquire({ permits: 3 })).toBeNull();
    await using _two = await semaphore.acquire({ permits: 2 });
    expect(await semaphore.tryAcquire()).toBeNull();
    await three.release();
    await using again = await semaphore.acquire({ permits: 3 });
    expect(again.token).toBeGreaterThan(three.token);
    expect(await client.children(leasesAt)).toHaveLength(5);
  });

  test('many that want several never hold more than there is, nor block each other', async () => {
    await using one = await connected();
    await using other = await connected(one);
    const capacity = new Capacity(4);
    const turns = Array.from({ length: 24 }, async (_, index) => {
      const permits = 1 + (index % 4);
      const semaphore = new Semaphore(index % 2 === 0 ? one : other, path, 4);
      await semaphore.run((lease) => capacity.enter(lease, permits, () => one.sync('/')), { permits });
    });
    await Promise.all(turns);
    expect(capacity.violations).toEqual([]);
    expect(capacity.entries).toBe(24);
    expect(capacity.most).toBe(4);
    await expectNothingLeft(one);
  });

  test('of two that try for the last lease at the same moment, one gets it', async () => {
    await using one = await connected();
    await using other = await connected(one);
    for (let round = 0; round < 20; round += 1) {
      const tries = [one, other].map((client) => new Semaphore(client, path, 1).tryAcquire());
      const got = (await Promise.all(tries)).filter((lease) => lease !== null);
      expect(got).toHaveLength(1);
      await Promise.all(got.map((lease) => lease.release()));
      // Until the other's attempt is taken back, it is in the way of whoever comes after it.
      await Promise.all([one.sync(path), other.sync(path)]);
    }
    await expectNothingLeft(one);
  });

  test('nobody overtakes one that waits for many', async () => {
    await using client = await connected();
    await using other = await connected(client);
    const held = await new Semaphore(client, path, 3).acquire();
    const waiting = new Semaphore(other, path, 3).acquire({ permits: 3 });
    await leased(client, 4);
    expect(await new Semaphore(client, path, 3).tryAcquire()).toBeNull();
    const later = new Semaphore(client, path, 3).acquire();
    await held.release();
    const all = await waiting;
    expect(await new Semaphore(client, path, 3).tryAcquire()).toBeNull();
    await all.release();
    await (await later).release();
    expect((await later).token).toBeGreaterThan(all.token);
  });

  test('waiters enter in the order of arrival', async () => {
    await using client = await connected();
    const held = await new Semaphore(client, path, 1).acquire();
    const order: number[] = [];
    const turns: Promise<void>[] = [];
    for (let number = 0; number < 10; number += 1) {
      const semaphore = new Semaphore(client, path, 1);
      turns.push(semaphore.run(() => void order.push(number)));
      await queued(client, number + 1);
    }
    await held.release();
    await Promise.all(turns);
    expect(order).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    await expectNothingLeft(client);
  });

  test('a wait ends with AcquireTimeoutError in time, in line and in front, and no znode of it remains', async () => {
    const clock = new ManualClock();
    await using client = await connected(undefined, { clock });
    const semaphore = new Semaphore(client, path, 1);
    const held = await semaphore.acquire();
    const waits = [semaphore.acquire({ timeoutMs: 100 }), semaphore.acquire({ timeoutMs: 100 })];
    const late = Promise.all(waits.map((wait) => expect(wait).rejects.toThrow(AcquireTimeoutError)));
    await queued(client, 2);
    await leased(client, 2);
    clock.advance(100);
    await late;
    await client.sync(path);
    expect(await client.children(leasesAt)).toEqual([held.path.slice(leasesAt.length + 1)]);
    expect(await client.children(lineAt)).toEqual([]);
    await held.release();
  });

  test('a wait ends with the reason of its signal, and no znode of it remains', async () => {
    await using client = await connected();
    const semaphore = new Semaphore(client, path, 1);
    const held = await semaphore.acquire();
    const giveUp = new AbortController();
    const reason = new Error('no longer wanted');
    const waits = [semaphore.acquire({ signal: giveUp.signal }), semaphore.acquire({ signal: giveUp.signal })];
    const settled = Promise.allSettled(waits);
    await leased(client, 2);
    giveUp.abort(reason);
    expect(await settled).toEqual([
      { status: 'rejected', reason },
      { status: 'rejected', reason },
    ]);
    await held.release();
    await expectNothingLeft(client);
  });

  test('one that gives up in front lets the next enter', async () => {
    await using client = await connected();
    const held = await new Semaphore(client, path, 2).acquire();
    const giveUp = new AbortController();
    const greedy = new Semaphore(client, path, 2).acquire({ permits: 2, signal: giveUp.signal });
    await leased(client, 3);
    const modest = new Semaphore(client, path, 2).acquire();
    await queued(client, 2);
    giveUp.abort(new Error('enough'));
    await expect(greedy).rejects.toThrow('enough');
    await (await modest).release();
    await held.release();
  });

  test('one that gives up in the middle of the line lets nobody ahead', async () => {
    await using client = await connected();
    const semaphore = () => new Semaphore(client, path, 1);
    const held = await semaphore().acquire();
    const front = semaphore().acquire();
    await leased(client, 2);
    const giveUp = new AbortController();
    const middle = semaphore().acquire({ signal: giveUp.signal });
    await queued(client, 2);
    const last = semaphore().acquire();
    await queued(client, 3);
    giveUp.abort(new Error('enough'));
    await expect(middle).rejects.toThrow('enough');
    await queued(client, 2);
    await client.sync(path);
    expect(await client.children(leasesAt), 'held, and that of the first in line').toHaveLength(2);
    await held.release();
    await (await front).release();
    await (await last).release();
    await expectNothingLeft(client);
  });

  test('on a closed client it says so', async () => {
    await using client = await connected();
    const semaphore = new Semaphore(client, path, 1);
    await client.close();
    const calls = [semaphore.acquire(), semaphore.tryAcquire(), semaphore.run(() => {})];
    await Promise.all(calls.map((refused) => expect(refused).rejects.toBeInstanceOf(ClosedError)));
  });

  test('raising a shared count lets waiters in, lowering it takes nothing away', async () => {
    await using client = await connected();
    await using other = await connected(client);
    await client.create('/limit', count(1));
    const semaphore = () => new Semaphore(other, path, { countPath: '/limit' });
    const first = await semaphore().acquire();
    const waiting = semaphore().acquire();
    await leased(client, 2);
    await client.set('/limit', count(2));
    const second = await waiting;
    await client.set('/limit', count(1));
    await first.release();
    expect(second.isValid()).toBe(true);
    await other.sync('/limit');
    expect(await semaphore().tryAcquire()).toBeNull();
    await second.release();
    await using _again = await semaphore().acquire();
  });

  test('while there is no count, or a negative one, nobody enters', async () => {
    await using client = await connected();
    const semaphore = new Semaphore(client, path, { countPath: '/limit' });
    expect(await semaphore.tryAcquire()).toBeNull();
    const waiting = semaphore.acquire();
    await leased(client, 1);
    await client.create('/limit', count(-3));
    expect(await semaphore.tryAcquire()).toBeNull();
    await client.set('/limit', count(1));
    await (await waiting).release();
    await expectNothingLeft(client);
  });

  test('a count that is none is told, before and while one waits', async () => {
    await using client = await connected();
    await client.create('/limit', 'two');
    const semaphore = new Semaphore(client, path, { countPath: '/limit' });
    await expect(semaphore.acquire()).rejects.toMatchObject({ name: 'MalformedDataError', path: '/limit', sizeBytes: 3 });
    await client.set('/limit', count(0));
    const waiting = semaphore.acquire();
    const ended = expect(waiting).rejects.toBeInstanceOf(MalformedDataError);
    await leased(client, 1);
    await client.set('/limit', '');
    await ended;
    await expectNothingLeft(client);
  });

  test("Curator's leases count, and its waiters are not overtaken", async () => {
    await using client = await connected();
    await using peer = await connected(client);
    await peer.ensurePath(leasesAt);
    await peer.ensurePath(lineAt);
    const theirs = await peer.create(`${leasesAt}/lease-`, '10.0.0.5', { mode: 'ephemeral-sequential' });
    expect(await new Semaphore(client, path, 1).tryAcquire()).toBeNull();
    const inLine = await peer.create(`${lineAt}/lock-`, '10.0.0.5', { mode: 'ephemeral-sequential' });
    expect(await new Semaphore(client, path, 2).tryAcquire()).toBeNull();
    await peer.delete(inLine.path);
    const waiting = new Semaphore(client, path, 1).acquire();
    await leased(client, 2);
    await peer.delete(theirs.path);
    await (await waiting).release();
  });

  test('foreign children do not count, and are reported once', async () => {
    await using client = await connected();
    await client.ensurePath(`${leasesAt}/config`);
    const reports: Error[] = [];
    client.errors$.subscribe((error) => reports.push(error));
    await new Semaphore(client, path, 1).run(() => {});
    await new Semaphore(client, path, 1).run(() => {});
    expect(reports).toEqual([expect.any(ForeignChildrenError)]);
    expect(reports[0]).toMatchObject({ path: leasesAt, children: ['config'] });
  });

  test('a mutex on the path of a semaphore is told of it', async () => {
    await using client = await connected();
    await using _lease = await new Semaphore(client, path, 1).acquire();
    const reports: Error[] = [];
    client.errors$.subscribe((error) => reports.push(error));
    await new Mutex(client, path).run(() => {});
    expect(reports).toEqual([expect.any(ForeignChildrenError)]);
  });

  test('a waiter whose lease somebody deletes makes another', async () => {
    await using client = await connected();
    const held = await new Semaphore(client, path, 1).acquire();
    const waiting = new Semaphore(client, path, 1).acquire();
    await leased(client, 2);
    const [theirs] = (await client.children(leasesAt)).filter((name) => !held.path.endsWith(name));
    await client.delete(`${leasesAt}/${theirs}`);
    await held.release();
    const lease = await waiting;
    expect(await client.children(leasesAt)).toEqual([lease.path.slice(leasesAt.length + 1)]);
    await lease.release();
    await expectNothingLeft(client);
  });

  test('releasing twice gives back once, and all of several', async () => {
    await using client = await connected();
    const semaphore = new Semaphore(client, path, 3);
    const two = await semaphore.acquire({ permits: 2 });
    await using one = await semaphore.acquire();
    await Promise.all([two.release(), two.release()]);
    await two.release();
    expect(two.isValid()).toBe(false);
    expect(await client.children(leasesAt)).toEqual([one.path.slice(leasesAt.length + 1)]);
  });

  test('a lease tells its way from the line to the release', async () => {
    await using client = await connected();
    const semaphore = new Semaphore(client, path, 1);
    const first = await semaphore.acquire();
    const lease = await semaphore.acquire({ onQueued: () => void first.release() });
    await lease.release();
    const states = await lastValueFrom(lease.state$.pipe(toArray<LeaseState>()));
    expect(states).toEqual([{ kind: 'queued', position: 0 }, { kind: 'held' }, { kind: 'released' }]);
  });

  test('held$ emits the lease, and unsubscribing at any moment leaves no znode', async () => {
    await using client = await connected();
    const semaphore = new Semaphore(client, path, 1);
    const lease = await firstValueFrom(semaphore.held$());
    expect(await lastValueFrom(lease.state$)).toEqual({ kind: 'released' });
    for (let ticks = 0; ticks < 12; ticks += 1) {
      const subscription = semaphore.held$().subscribe();
      for (let tick = 0; tick < ticks; tick += 1) await Promise.resolve();
      subscription.unsubscribe();
      await using next = await semaphore.acquire({ timeoutMs: 20_000 });
      expect(next.isValid()).toBe(true);
    }
    await expectNothingLeft(client);
  });

  test('a lost session ends the lease, and the next in line enters afterwards', async () => {
    await using holder = await connected();
    await using waiter = await connected(holder);
    const lease: Lease = await new Semaphore(holder, path, 1).acquire();
    const waiting = new Semaphore(waiter, path, 1).acquire();
    await leased(waiter, 2);
    const closing = holder.close();
    await using next = await waiting;
    expect(lease.isValid()).toBe(false);
    expect(lease.signal.reason).toBeInstanceOf(LeaseLostError);
    expect(next.token).toBeGreaterThan(lease.token);
    await closing;
  });

  test.each([
    ['a relative path', 'pools', 1, {}, 'Semaphore.path'],
    ['no leases', path, 0, {}, 'Semaphore.leases'],
    ['a negative number of leases', path, -1, {}, 'Semaphore.leases'],
    ['a fraction of a lease', path, 1.5, {}, 'Semaphore.leases'],
    ['leases that are no number', path, '3', {}, 'Semaphore.leases'],
    ['a relative path of a count', path, { countPath: 'limit' }, {}, 'Semaphore.leases.countPath'],
    ['an unknown option', path, 1, { fair: true }, 'Semaphore.options.fair'],
    ['an unknown policy', path, 1, { onSuspended: 'panic' }, 'Semaphore.options.onSuspended'],
  ])('%s is refused by name', async (_, where, leases, options, field) => {
    await using client = await connected();
    expect(() => new Semaphore(client, where, leases as number, options as object)).toThrow(
      expect.objectContaining({ name: 'InvalidArgumentError', field }),
    );
  });

  test.each([
    [{ permits: 0 }, 'permits'],
    [{ permits: -2 }, 'permits'],
    [{ permits: 1.5 }, 'permits'],
    [{ permits: 4 }, 'permits'],
    [{ timeoutMs: 0 }, 'timeoutMs'],
    [{ leases: 5 }, 'leases'],
  ])('acquire refuses %o by name', async (options, field) => {
    await using client = await connected();
    const refused = new Semaphore(client, path, 3).acquire(options as object);
    await expect(refused).rejects.toThrow(InvalidArgumentError);
    await expect(refused).rejects.toMatchObject({ field: `Semaphore.acquire.${field}` });
    expect(await client.exists(path)).toBeNull();
  });
});
