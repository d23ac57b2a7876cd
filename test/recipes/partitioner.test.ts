import { filter, firstValueFrom, lastValueFrom, type Observable, ReplaySubject } from 'rxjs';
import { expect, test } from 'vitest';
import { evenly, type Lease, Mutex, type Owned, Partitioner } from '../../recipes/index.ts';
import { type Client, InvalidArgumentError, NoAuthError, NodeClosedError } from '../../src/index.ts';
import { createClosed, onEveryServer } from '../support/servers.ts';

const path = '/shares';
const items = ['a', 'b', 'c', 'd', 'e', 'f'] as const;

function itemsOf(partitioner: Partitioner): readonly string[] {
  return [...partitioner.owned.keys()].toSorted();
}

async function owns(owned$: Observable<Owned>, ...expected: readonly string[]): Promise<void> {
  await firstValueFrom(owned$.pipe(filter((owned) => [...owned.keys()].toSorted().join() === expected.join())));
}

onEveryServer('Partitioner', (connected) => {
  const member = (client: Client, id: string) => new Partitioner(client, path, items, { id, assign: evenly });

  test('one alone has all; those who come get their share, and those who go leave theirs', async () => {
    await using one = await connected();
    await using other = await connected(one);
    const [first, second, third] = [member(one, '1'), member(other, '2'), member(other, '3')];
    first.start();
    await owns(first.owned$, ...items);
    second.start();
    await owns(first.owned$, 'a', 'c', 'e');
    await owns(second.owned$, 'b', 'd', 'f');
    third.start();
    await owns(first.owned$, 'a', 'd');
    await owns(second.owned$, 'b', 'e');
    await owns(third.owned$, 'c', 'f');
    await first.close();
    expect(itemsOf(first)).toEqual([]);
    await owns(second.owned$, 'a', 'c', 'e');
    await owns(third.owned$, 'b', 'd', 'f');
    await Promise.all([second.close(), third.close()]);
  });

  test('each item has a fencing token that is larger for each later owner, and a lock that excludes others', async () => {
    await using client = await connected();
    await using other = await connected(client);
    const [first, second] = [member(client, '1'), member(other, '2')];
    first.start();
    await owns(first.owned$, ...items);
    const before = first.owned.get('b');
    expect(before?.path).toMatch(/^\/shares\/locks\/b\/_c_[0-9a-f-]{36}-lock-\d{10}$/);
    expect(await new Mutex(other, `${path}/locks/b`).tryAcquire()).toBeNull();
    second.start();
    await owns(second.owned$, 'b', 'd', 'f');
    expect(before?.isValid()).toBe(false);
    expect(before?.signal.aborted).toBe(true);
    expect(second.owned.get('b')?.token).toBeGreaterThan(before?.token ?? 0n);
    await Promise.all([first.close(), second.close()]);
  });

  test('an item goes to another only when the work at it has ended', async () => {
    await using one = await connected();
    await using other = await connected(one);
    const [first, second] = [member(one, '1'), member(other, '2')];
    const [stopping, ended] = [new ReplaySubject<void>(1), new ReplaySubject<void>(1)];
    const working = first.run(async (item, _lease, signal) => {
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
      if (item !== 'b') return;
      stopping.next();
      await firstValueFrom(ended);
    });
    working.catch(() => {});
    await owns(first.owned$, ...items);
    second.start();
    await owns(second.owned$, 'd', 'f');
    await firstValueFrom(stopping);
    await one.sync(path);
    await other.sync(path);
    expect(itemsOf(second)).toEqual(['d', 'f']);
    ended.next();
    await owns(second.owned$, 'b', 'd', 'f');
    await first.close();
    await expect(working).rejects.toThrow(NodeClosedError);
    await second.close();
  });

  test('run does the work at each item once, until its signal aborts; then others have the items', async () => {
    await using client = await connected();
    const partitioner = member(client, '1');
    const calls: string[] = [];
    const [all, stop] = [new ReplaySubject<void>(1), new AbortController()];
    const running = partitioner.run(
      (item, lease: Lease) => {
        expect(lease.isValid()).toBe(true);
        // It ends at once; the item stays ours.
        if (calls.push(item) === items.length) all.next();
      },
      { signal: stop.signal },
    );
    await firstValueFrom(all);
    await client.sync(path);
    expect(calls.toSorted()).toEqual([...items]);
    expect(itemsOf(partitioner)).toEqual([...items]);
    stop.abort(new Error('shut down'));
    await expect(running).rejects.toThrow('shut down');
    for (const item of items) expect(await client.children(`${path}/locks/${item}`)).toEqual([]);
    expect(await client.children(`${path}/members`)).toEqual([]);
  });

  test('a work that fails ends run with its error, after all works have ended', async () => {
    await using client = await connected();
    let working = 0;
    const running = member(client, '1').run(async (item, _lease, signal) => {
      working += 1;
      try {
        if (item === 'c') throw new TypeError('work');
        await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
        await client.sync(path);
      } finally {
        working -= 1;
      }
    });
    await expect(running).rejects.toThrow(new TypeError('work'));
    expect(working).toBe(0);
  });

  test('one whose name another has takes no part until that has gone', async () => {
    await using one = await connected();
    await using other = await connected(one);
    const [first, twin, watcher] = [member(one, 'x'), member(other, 'x'), member(other, 'y')];
    first.start();
    await owns(first.owned$, ...items);
    twin.start();
    await firstValueFrom(other.errors$);
    expect(itemsOf(twin)).toEqual([]);
    await first.close();
    await owns(twin.owned$, ...items);
    expect(await firstValueFrom(watcher.members$)).toEqual(['x']);
    await twin.close();
  });

  test('what cannot heal ends it: owned$ and run error with it', async () => {
    await using client = await connected(undefined, { auth: [{ scheme: 'digest', credential: 'us:secret' }] });
    await using other = await connected(client);
    await createClosed(client, path);
    const [started, running] = [member(other, '1'), member(other, '2')];
    const owned = expect(lastValueFrom(started.owned$)).rejects.toThrow(NoAuthError);
    started.start();
    await owned;
    await expect(running.run(() => {})).rejects.toThrow(NoAuthError);
    await Promise.all([started.close(), running.close()]);
    await client.delete(path);
  });

  test('an assignment that throws ends it, and what it leaves out is nobody’s', async () => {
    await using client = await connected();
    const broken = new Partitioner(client, path, items, {
      assign: () => {
        throw new TypeError('assign');
      },
    });
    await expect(broken.run(() => {})).rejects.toThrow(new TypeError('assign'));
    const frugal = new Partitioner(client, path, items, {
      id: 'x',
      assign: () =>
        new Map([
          ['a', 'x'],
          ['b', 'stranger'],
          ['z', 'x'],
        ]),
    });
    frugal.start();
    await owns(frugal.owned$, 'a');
    await frugal.close();
  });

  test('what is asked of a closed one is refused by name', async () => {
    await using client = await connected();
    const partitioner = member(client, '1');
    await partitioner.close();
    await partitioner.close();
    expect(() => partitioner.start()).toThrow(NodeClosedError);
    await expect(partitioner.run(() => {})).rejects.toThrow(NodeClosedError);
    expect(await lastValueFrom(partitioner.owned$, { defaultValue: undefined })).toBeUndefined();
  });
});

test('bad arguments are refused by name', async () => {
  const client = {} as Client; // never used: the constructor does no I/O
  const broken: readonly [string, () => unknown][] = [
    ['Partitioner.path', () => new Partitioner(client, 'relative', [])],
    ['Partitioner.items', () => new Partitioner(client, '/p', 'abc' as never)],
    ['Partitioner.items.1', () => new Partitioner(client, '/p', ['a', 'b/c'])],
    ['Partitioner.items.0', () => new Partitioner(client, '/p', ['..'])],
    ['Partitioner.items', () => new Partitioner(client, '/p', ['a', 'a'])],
    ['Partitioner.options.id', () => new Partitioner(client, '/p', ['a'], { id: '' })],
    ['Partitioner.options.assign', () => new Partitioner(client, '/p', ['a'], { assign: 'evenly' as never })],
    ['Partitioner.options.onSuspended', () => new Partitioner(client, '/p', ['a'], { onSuspended: 'never' as never })],
  ];
  for (const [field, attempt] of broken) {
    expect(attempt).toThrow(InvalidArgumentError);
    expect(attempt).toThrow(expect.objectContaining({ field }));
  }
});
