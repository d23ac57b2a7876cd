import { filter, firstValueFrom } from 'rxjs';
import { expect, test } from 'vitest';
import { type Lease, Mutex } from '../../recipes/index.ts';
import {
  AcquireTimeoutError,
  type Client,
  RequestTooLargeError,
  SessionLostError,
  TooManyRequestsError,
  TransactionFailedError,
} from '../../src/index.ts';
import { onEveryServer } from '../support/servers.ts';
import { Exclusion } from '../support/world.ts';

const path = '/locks/shared';

async function queued(client: Client, count: number): Promise<void> {
  await firstValueFrom(client.children$(path).pipe(filter((children) => (children?.length ?? 0) === count)));
}

onEveryServer('Mutex with handoff', (connected) => {
  test('callers of one process share one place in line, and pass it on so many times before others have their turn', async () => {
    await using ours = await connected();
    await using theirs = await connected(ours);
    const mutex = new Mutex(ours, path, { handoff: { max: 2 } });
    const order: string[] = [];
    const enter = (who: string) => (lease: Lease) => void order.push(`${who} ${lease.turn}`);
    const first = await mutex.acquire();
    const turns = [1, 2, 3, 4, 5].map((number) => mutex.run(enter(`ours ${number},`)));
    turns.push(new Mutex(theirs, path).run(enter('theirs,')));
    await queued(ours, 2);
    await first.release();
    await Promise.all(turns);
    expect(order).toEqual(['ours 1, 1', 'ours 2, 2', 'theirs, 0', 'ours 3, 0', 'ours 4, 1', 'ours 5, 2']);
    expect(await ours.children(path)).toEqual([]);
  });

  test('one enters at a time, whoever they are, and the token with the turn always grows', async () => {
    await using ours = await connected();
    await using theirs = await connected(ours);
    const exclusion = new Exclusion();
    const turns = [ours, theirs, theirs].flatMap((client, index) => {
      const mutex = new Mutex(client, path, index === 2 ? {} : { handoff: { max: 3 } });
      return Array.from({ length: 15 }, () => mutex.run((lease) => exclusion.enter(lease)));
    });
    await Promise.all(turns);
    expect(exclusion.violations).toEqual([]);
    expect(exclusion.entries).toBe(45);
    expect(await ours.children(path)).toEqual([]);
  });

  test('leases that are passed on have one token and a growing turn; the next znode has a larger token', async () => {
    await using client = await connected();
    const mutex = new Mutex(client, path, { handoff: { max: 1 } });
    const leases: Lease[] = [];
    await Promise.all([1, 2, 3].map(() => mutex.run((lease) => void leases.push(lease))));
    expect(leases.map(({ turn }) => turn)).toEqual([0, 1, 0]);
    expect(leases[1]?.token).toBe(leases[0]?.token);
    expect(leases[2]?.token).toBeGreaterThan(leases[1]?.token ?? 0n);
    expect(leases.map((lease) => lease.isValid())).toEqual([false, false, false]);
  });

  test('if whoever lines up gives up, the others keep the place in line', async () => {
    await using ours = await connected();
    await using theirs = await connected(ours);
    const held = await new Mutex(theirs, path).acquire();
    const mutex = new Mutex(ours, path, { handoff: { max: 5 } });
    const giveUp = new AbortController();
    const reason = new Error('no longer wanted');
    const leaving = mutex.acquire({ signal: giveUp.signal });
    const staying = mutex.acquire();
    await queued(ours, 2);
    const before = await ours.children(path);
    giveUp.abort(reason);
    await expect(leaving).rejects.toBe(reason);
    expect(await ours.children(path)).toEqual(before);
    await held.release();
    await (await staying).release();
    expect(await ours.children(path)).toEqual([]);
  });

  test('if all give up, the place in line is given up too, and the next to come stands in line anew', async () => {
    await using ours = await connected();
    await using theirs = await connected(ours);
    const held = await new Mutex(theirs, path).acquire();
    const mutex = new Mutex(ours, path, { handoff: { max: 5 } });
    const late = [mutex.acquire({ timeoutMs: 100 }), mutex.acquire({ timeoutMs: 100 })];
    await Promise.all(late.map((each) => expect(each).rejects.toThrow(AcquireTimeoutError)));
    await queued(theirs, 1);
    const again = mutex.acquire();
    await ours.sync(path);
    await held.release();
    await (await again).release();
    await ours.sync(path);
    expect(await ours.children(path)).toEqual([]);
  });

  test('whoever gives up at the very moment at which the place is reached leaves no znode', async () => {
    await using client = await connected();
    const mutex = new Mutex(client, path, { handoff: { max: 5 } });
    await mutex.run(() => {});
    for (let ticks = 0; ticks < 30; ticks += 1) {
      const giveUp = new AbortController();
      const acquiring = mutex.acquire({ signal: giveUp.signal });
      // Its answer comes right behind those to our place in line.
      await client.children(path);
      for (let tick = 0; tick < ticks; tick += 1) await Promise.resolve();
      giveUp.abort(new Error('no longer wanted'));
      await acquiring.then(
        (lease) => lease.release(),
        (error: unknown) => expect(error).toBe(giveUp.signal.reason),
      );
      await queued(client, 0);
    }
  });

  test('whoever waits goes on waiting when the client takes no more requests at the moment at which it is to line up', async () => {
    const limit = 10;
    await using client = await connected(undefined, { maxPendingRequests: limit });
    const mutex = new Mutex(client, path, { handoff: { max: 1 } });
    const first = await mutex.acquire();
    const [second, third] = [mutex.acquire(), mutex.acquire()];
    await first.release();
    const last = await second;
    const others = Array.from({ length: limit * 2 }, () => client.exists('/'));
    const released = last.release();
    const outcomes = await Promise.allSettled(others);
    expect(outcomes.at(-1)).toMatchObject({ reason: expect.any(TooManyRequestsError) });
    await released;
    await (await third).release();
    expect(await client.children(path)).toEqual([]);
  });

  test('tryAcquire never waits, neither for others of this process nor for those of another', async () => {
    await using ours = await connected();
    await using theirs = await connected(ours);
    const mutex = new Mutex(ours, path, { handoff: { max: 5 } });
    const lease = await mutex.tryAcquire();
    expect(lease?.turn).toBe(0);
    expect(await mutex.tryAcquire()).toBeNull();
    await lease?.release();
    await using held = await new Mutex(theirs, path).acquire();
    expect(held.isValid()).toBe(true);
    expect(await mutex.tryAcquire()).toBeNull();
  });

  test('whoever holds enters again, and passes the lock on with the last of its leases', async () => {
    await using client = await connected();
    const mutex = new Mutex(client, path, { handoff: { max: 5 } });
    const waiting = await mutex.run(async (outer) => {
      const next = mutex.acquire({ owner: {} });
      await mutex.run((inner) => expect(inner.turn).toBe(outer.turn));
      expect(outer.isValid()).toBe(true);
      return { next };
    });
    const next = await waiting.next;
    expect(next.turn).toBe(1);
    await next.release();
  });

  test('waits end with the session', async () => {
    await using ours = await connected();
    await using theirs = await connected(ours);
    await using held = await new Mutex(theirs, path).acquire();
    const mutex = new Mutex(ours, path, { handoff: { max: 5 } });
    const waits = Promise.allSettled([mutex.acquire(), mutex.acquire()]);
    await queued(theirs, 2);
    await ours.close();
    for (const wait of await waits) {
      expect(wait).toMatchObject({ status: 'rejected', reason: expect.any(Error) });
      if (wait.status === 'rejected' && wait.reason.name !== 'ClosedError') expect(wait.reason).toBeInstanceOf(SessionLostError);
    }
    expect(held.isValid()).toBe(true);
  });

  test('locks of one name in two namespaces are two locks, and one lock by two names is one', async () => {
    await using ours = await connected();
    await using theirs = await connected(ours);
    const handoff = { max: 5 };
    const mutexIn = (namespace: string) => new Mutex(ours.usingNamespace(namespace), '/shared', { handoff });
    await using held = await new Mutex(theirs, '/two/shared').acquire();
    await using first = await mutexIn('one').acquire();
    expect([held.isValid(), first.isValid()]).toEqual([true, true]);
    expect(await mutexIn('two').tryAcquire()).toBeNull();
    await held.release();
    const lease = await mutexIn('two').acquire();
    const next = new Mutex(ours, '/two/shared', { handoff }).acquire();
    await lease.release();
    expect((await next).turn).toBe(1);
    await (await next).release();
  });

  test('the trouble of one that lines up for all is its own', async () => {
    await using ours = await connected();
    await using theirs = await connected(ours);
    const held = await new Mutex(theirs, path).acquire();
    const handoff = { max: 5 };
    const tooLong = new Mutex(ours, path, { handoff, id: 'x'.repeat(3_000_000) }).acquire();
    const others = [1, 2].map(() => new Mutex(ours, path, { handoff }).acquire());
    await expect(tooLong).rejects.toThrow(RequestTooLargeError);
    await held.release();
    for (const other of others) await (await other).release();
    expect(await ours.children(path)).toEqual([]);
  });

  const endings = [
    ['given back', {}],
    ['over by itself', { maxHoldMs: 100 }],
  ] as const;
  test.each(endings)('what a lease guards does not go through once it is %s, while the next one holds', async (_, options) => {
    await using client = await connected();
    if (!client.capabilities.multi) return;
    const mutex = new Mutex(client, path, { handoff: { max: 5 } });
    const first = await mutex.acquire(options);
    const early = first.check();
    const next = mutex.acquire();
    if (!('maxHoldMs' in options)) {
      await client.transaction([early]);
      await first.release();
    }
    const second = await next;
    expect([first.isValid(), second.isValid()]).toEqual([false, true]);
    for (const check of [early, first.check()]) {
      await expect(client.transaction([check, { op: 'create', path: '/late' }])).rejects.toThrow(TransactionFailedError);
    }
    await client.transaction([second.check(), { op: 'create', path: '/guarded' }]);
    expect(await client.exists('/late')).toBeNull();
    await second.release();
  });

  test('a lease that was passed on guards nothing any more', async () => {
    await using client = await connected();
    if (!client.capabilities.multi) return;
    const mutex = new Mutex(client, path, { handoff: { max: 5 } });
    const first = await mutex.acquire();
    const next = mutex.acquire();
    await first.release();
    const second = await next;
    expect(second.turn).toBe(1);
    await expect(client.transaction([first.check()])).rejects.toThrow(TransactionFailedError);
    await client.transaction([second.check()]);
    await second.release();
  });

  test.each([{ max: 0 }, { max: 1.5 }, { max: 'many' }, {}, true])('%j is refused by name', async (handoff) => {
    await using client = await connected();
    expect(() => new Mutex(client, path, { handoff } as object)).toThrow(expect.objectContaining({ name: 'InvalidArgumentError' }));
  });
});
