import { filter, firstValueFrom, lastValueFrom, map, toArray } from 'rxjs';
import { expect, test } from 'vitest';
import { type LatchState, LeaderLatch, Mutex } from '../../recipes/index.ts';
import {
  AcquireTimeoutError,
  type Client,
  ClosedError,
  InvalidArgumentError,
  LatchClosedError,
  LeaseLostError,
  NoAuthError,
  WrongRecipeError,
} from '../../src/index.ts';
import { Probe } from '../support/probe.ts';
import { createClosed, onEveryServer } from '../support/servers.ts';

const path = '/leaders/report';

async function when(latch: LeaderLatch, kind: LatchState['kind']): Promise<LatchState> {
  return await firstValueFrom(latch.state$.pipe(filter((state) => state.kind === kind)));
}

onEveryServer('LeaderLatch', (connected) => {
  async function members(client: Client): Promise<readonly string[]> {
    await client.sync(path);
    return (await client.exists(path)) === null ? [] : await client.children(path);
  }

  test('of all that are started, the first leads; when it is closed, the next one does', async () => {
    await using client = await connected();
    const latches = [1, 2, 3].map((number) => new LeaderLatch(client, path, { id: `latch ${number}` }));
    for (const [at, latch] of latches.entries()) {
      latch.start();
      await when(latch, at === 0 ? 'leading' : 'waiting');
    }
    for (const latch of latches) {
      await when(latch, 'leading');
      expect(latches.map((each) => each.hasLeadership)).toEqual(latches.map((each) => each === latch));
      await latch.close();
      expect(latch.hasLeadership).toBe(false);
    }
    expect(await members(client)).toEqual([]);
  });

  test('one in the middle leaves, and nobody leads by that', async () => {
    await using client = await connected();
    const latches = [1, 2, 3].map(() => new LeaderLatch(client, path));
    for (const [at, latch] of latches.entries()) {
      latch.start();
      await when(latch, at === 0 ? 'leading' : 'waiting');
    }
    const [first, middle, last] = latches;
    await middle?.close();
    await firstValueFrom((last as LeaderLatch).state$.pipe(filter((state) => state.kind === 'waiting' && state.position === 1)));
    expect(last?.hasLeadership).toBe(false);
    expect(first?.hasLeadership).toBe(true);
    await Promise.all(latches.map((latch) => latch.close()));
  });

  test('its znode is as Curator makes it: the id is its data, as it is', async () => {
    await using client = await connected();
    await using latch = new LeaderLatch(client, path, { id: 'äöü#7' });
    latch.start();
    const state = await when(latch, 'leading');
    const [name = ''] = await client.children(path);
    expect(name).toMatch(/^_c_[0-9a-f-]{36}-latch-\d{10}$/);
    const { data, stat } = await client.get(`${path}/${name}`);
    expect(data.toString()).toBe('äöü#7');
    expect(state).toEqual({ kind: 'leading', path: `${path}/${name}`, token: stat.czxid });
    expect(await latch.participants()).toMatchObject([{ id: 'äöü#7', holds: true, sessionId: client.session?.id }]);
  });

  test('closing while it is on its way into the line leaves no znode', async () => {
    await using client = await connected();
    for (let ticks = 0; ticks < 12; ticks += 1) {
      const latch = new LeaderLatch(client, path);
      latch.start();
      for (let tick = 0; tick < ticks; tick += 1) await Promise.resolve();
      await latch.close();
      expect(await members(client), `closed after ${ticks} ticks`).toEqual([]);
    }
  });

  test('its states tell the whole way, and closed is the last', async () => {
    await using client = await connected();
    const latch = new LeaderLatch(client, path);
    const states = lastValueFrom(latch.state$.pipe(toArray()));
    latch.start();
    await when(latch, 'leading');
    await latch.close();
    await latch.close();
    expect((await states).map(({ kind }) => kind)).toEqual(['idle', 'joining', 'leading', 'closed']);
    expect(await lastValueFrom(latch.state$)).toEqual({ kind: 'closed' });
  });

  test('what is asked of a closed latch is refused by name', async () => {
    await using client = await connected();
    const latch = new LeaderLatch(client, path);
    await latch.close();
    expect(() => latch.start()).toThrow(LatchClosedError);
    await expect(latch.acquire()).rejects.toMatchObject({ name: 'LatchClosedError', path });
    await expect(latch.run(() => {})).rejects.toThrow(LatchClosedError);
    await latch.yield();
    expect(await members(client)).toEqual([]);
  });

  test('a lease is had while it leads, and is a candidacy of its own', async () => {
    await using client = await connected();
    const latch = new LeaderLatch(client, path);
    const lease = await latch.acquire();
    const again = await latch.acquire();
    expect(lease.isValid()).toBe(true);
    expect(again.token).toBe(lease.token);
    await client.transaction([lease.check(), { op: 'create', path: '/written', mode: 'persistent' }]).catch((error: unknown) => {
      if (client.capabilities.multi) throw error;
    });
    await lease.release();
    expect(lease.isValid()).toBe(false);
    expect(again.isValid()).toBe(true);
    expect(latch.hasLeadership).toBe(true);
    await again.release();
    expect(latch.hasLeadership).toBe(false);
    expect(await members(client)).toEqual([]);
    await using later = await latch.acquire();
    expect(later.token).toBeGreaterThan(lease.token);
  });

  test('releasing a lease of one that was started leaves it leading', async () => {
    await using client = await connected();
    await using latch = new LeaderLatch(client, path);
    latch.start();
    latch.start();
    await (await latch.acquire()).release();
    expect(latch.hasLeadership).toBe(true);
  });

  test('a wait for leadership ends in time, or with the reason of its signal, and leaves the line', async () => {
    await using client = await connected();
    await using leader = new LeaderLatch(client, path);
    leader.start();
    await when(leader, 'leading');
    const other = new LeaderLatch(client, path);
    await expect(other.acquire({ timeoutMs: 50 })).rejects.toThrow(AcquireTimeoutError);
    const giveUp = new AbortController();
    const waiting = expect(other.acquire({ signal: giveUp.signal })).rejects.toThrow('enough');
    await when(other, 'waiting');
    giveUp.abort(new Error('enough'));
    await waiting;
    await expect(other.run(() => {}, { signal: giveUp.signal })).rejects.toThrow('enough');
    await when(other, 'idle');
    expect(await members(client)).toHaveLength(1);
  });

  test('held$ emits a lease, and unsubscribing makes way', async () => {
    await using client = await connected();
    const latch = new LeaderLatch(client, path);
    const lease = await firstValueFrom(latch.held$());
    expect(await lastValueFrom(lease.state$)).toEqual({ kind: 'released' });
    await when(latch, 'idle');
    expect(await members(client)).toEqual([]);
  });

  test('run gives what the work gives, and makes way', async () => {
    await using client = await connected();
    const latch = new LeaderLatch(client, path);
    const result = await latch.run(async (lease, signal) => {
      expect(lease.isValid()).toBe(true);
      expect(signal.aborted).toBe(false);
      expect(latch.hasLeadership).toBe(true);
      return 42;
    });
    expect(result).toBe(42);
    expect(await members(client)).toEqual([]);
    await expect(latch.run(() => Promise.reject(new RangeError('of the work')))).rejects.toThrow(RangeError);
    expect(await members(client)).toEqual([]);
  });

  test('stepping down tells the work, awaits it, lets the next one lead, and begins again from the end of the line', async () => {
    await using client = await connected();
    await using first = new LeaderLatch(client, path);
    await using second = new LeaderLatch(client, path);
    const happened: string[] = [];
    const done = first.run(async (_, signal) => {
      happened.push('first leads');
      if (happened.length > 1) return;
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      expect(signal.reason).toBeInstanceOf(LeaseLostError);
      await client.sync('/');
      expect(second.hasLeadership, 'before the work has ended').toBe(false);
      happened.push('first has stopped');
    });
    await when(first, 'leading');
    second.start();
    await when(second, 'waiting');
    await first.yield();
    await when(second, 'leading');
    happened.push('second leads');
    await when(first, 'waiting');
    expect(first.hasLeadership).toBe(false);
    await second.yield();
    await done;
    expect(happened).toEqual(['first leads', 'first has stopped', 'second leads', 'first leads']);
  });

  test('a work may step down or close its own latch', async () => {
    await using client = await connected();
    const latch = new LeaderLatch(client, path);
    let turns = 0;
    await latch.run(async () => {
      turns += 1;
      if (turns === 1) await latch.yield();
    });
    expect(turns).toBe(2);
    await expect(latch.run(() => latch.close())).rejects.toThrow(LatchClosedError);
    expect(await members(client)).toEqual([]);
  });

  test('a leader whose znode somebody deletes leads no more, and gets in line again', async () => {
    await using client = await connected();
    await using latch = new LeaderLatch(client, path);
    const lease = await latch.acquire();
    latch.start();
    await client.delete(lease.path);
    await when(latch, 'joining');
    const state = await when(latch, 'leading');
    expect(lease.isValid()).toBe(false);
    expect(lease.signal.reason).toBeInstanceOf(LeaseLostError);
    expect(state).toMatchObject({ path: expect.not.stringContaining(lease.path) });
    expect(await members(client)).toHaveLength(1);
  });

  test('when the whole path is wiped, all get in line again and one leads', async () => {
    await using client = await connected();
    const latches = [1, 2, 3].map(() => new LeaderLatch(client, path));
    for (const [at, latch] of latches.entries()) {
      latch.start();
      await when(latch, at === 0 ? 'leading' : 'waiting');
    }
    await client.deleteAll(path);
    await firstValueFrom(client.children$(path).pipe(filter((children) => children?.length === 3)));
    await Promise.race(latches.map((latch) => when(latch, 'leading')));
    expect(latches.filter((latch) => latch.hasLeadership)).toHaveLength(1);
    await Promise.all(latches.map((latch) => latch.close()));
  });

  test('leader$ and participants$ tell who leads and who waits, to anybody', async () => {
    await using client = await connected();
    const watcher = new LeaderLatch(client, path);
    using leader = new Probe(watcher.leader$.pipe(map((participant) => participant?.id ?? 'nobody')));
    using all = new Probe(watcher.participants$);
    expect(await leader.next()).toBe('nobody');
    const [one, other] = [new LeaderLatch(client, path, { id: 'one' }), new LeaderLatch(client, path, { id: 'other' })];
    one.start();
    expect(await leader.next()).toBe('one');
    other.start();
    expect((await all.until(({ length }) => length === 2)).map(({ id }) => id)).toEqual(['one', 'other']);
    await one.close();
    expect(await leader.next()).toBe('other');
    await other.close();
    expect(await leader.next()).toBe('nobody');
    expect(await watcher.participants()).toEqual([]);
  });

  test("Curator's own znodes are waited for, and are told of", async () => {
    await using client = await connected();
    await using peer = await connected(client);
    await peer.ensurePath(path);
    const theirs = await peer.create(`${path}/_c_2f8b6a0e-8d5b-4f0a-9a3e-0c1d2e3f4a5b-latch-`, 'java', {
      mode: 'ephemeral-sequential',
      protect: false,
    });
    await using latch = new LeaderLatch(client, path, { id: 'typescript' });
    latch.start();
    await when(latch, 'waiting');
    expect((await latch.participants()).map(({ id }) => id)).toEqual(['java', 'typescript']);
    await peer.delete(theirs.path);
    await when(latch, 'leading');
  });

  test('a closed client ends it: works are told, and it says with what it failed', async () => {
    const client = await connected();
    const latch = new LeaderLatch(client, path);
    let stopped = false;
    const running = expect(
      latch.run(async (_, signal) => {
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        stopped = true;
      }),
    ).rejects.toThrow(ClosedError);
    await when(latch, 'leading');
    await client.close();
    await running;
    expect(stopped).toBe(true);
    expect(await lastValueFrom(latch.state$)).toMatchObject({ kind: 'failed', error: expect.any(ClosedError) });
    await expect(latch.acquire()).rejects.toThrow(ClosedError);
    await latch.close();
  });

  test('what cannot heal is told, not tried for ever: no permission, and a path of another recipe', async () => {
    await using closed = await connected(undefined, { auth: [{ scheme: 'digest', credential: 'user:secret' }] });
    await createClosed(closed, '/closed');
    await using client = await connected(closed);
    const forbidden = new LeaderLatch(client, '/closed/latch');
    await expect(forbidden.acquire()).rejects.toThrow(NoAuthError);
    await closed.deleteAll('/closed');
    await using lease = await new Mutex(client, '/locks/a').acquire();
    await expect(new LeaderLatch(client, '/locks/a').acquire()).rejects.toThrow(WrongRecipeError);
    await client.sync('/');
    expect(await client.children('/locks/a')).toEqual([lease.path.slice('/locks/a/'.length)]);
  });

  test.each([
    ['a relative path', 'leaders', {}, 'LeaderLatch.path'],
    ['an unknown option', path, { fair: true }, 'LeaderLatch.options.fair'],
    ['an identity that is no text', path, { id: 7 }, 'LeaderLatch.options.id'],
    ['an unknown policy', path, { onSuspended: 'panic' }, 'LeaderLatch.options.onSuspended'],
  ])('%s is refused by name', async (_, where, options, field) => {
    await using client = await connected();
    expect(() => new LeaderLatch(client, where, options as object)).toThrow(
      expect.objectContaining({ name: 'InvalidArgumentError', field }),
    );
  });

  test.each([{ timeoutMs: 0 }, { signal: {} }, { timeout: 5 }])('acquire and run refuse %o by name', async (options) => {
    await using client = await connected();
    const latch = new LeaderLatch(client, path);
    await expect(latch.acquire(options as object)).rejects.toThrow(InvalidArgumentError);
    await expect(latch.run(() => {}, options as object)).rejects.toThrow(InvalidArgumentError);
    await expect(latch.run(() => {}, { timeoutMs: 5 } as object)).rejects.toMatchObject({ field: 'LeaderLatch.run.timeoutMs' });
  });
});
