import { firstValueFrom } from 'rxjs';
import { expect, test } from 'vitest';
import { startEmbeddedServer } from '../../src/embedded/index.ts';
import {
  type Client,
  ClosedError,
  connect,
  InvalidArgumentError,
  NoAuthError,
  UnsupportedError,
  type WatchEvent,
} from '../../src/index.ts';
import { Probe } from '../support/probe.ts';
import { createClosed, onEveryServer } from '../support/servers.ts';

const event = (type: WatchEvent['type'], path: string) => ({ type, path });

/** Watches, and waits until the server has the watch. */
async function watching(client: Client, path: string, options: { recursive?: boolean } = {}): Promise<Probe<WatchEvent>> {
  const probe = new Probe(client.watch(path, options));
  await client.exists(path);
  return probe;
}

onEveryServer('watches', (connected) => {
  test('a watch tells of the znode and its list of children, again and again', async () => {
    await using client = await connected();
    using seen = await watching(client, '/a');
    await client.create('/a');
    await client.set('/a', 'x');
    await client.set('/a', 'y');
    await client.create('/a/b');
    await client.set('/a/b', 'z');
    await client.delete('/a/b');
    await client.delete('/a');
    const all: WatchEvent[] = [];
    for (let count = 0; count < 6; count += 1) all.push(await seen.next());
    expect(all).toEqual([
      event('created', '/a'),
      event('changed', '/a'),
      event('changed', '/a'),
      event('children', '/a'),
      event('children', '/a'),
      event('deleted', '/a'),
    ]);
    expect(seen.rest).toEqual([]);
  });

  test('a recursive watch tells of every znode below, and nothing of lists', async () => {
    await using client = await connected();
    if (!client.capabilities.persistentWatches) {
      await expect(firstValueFrom(client.watch('/a', { recursive: true }))).rejects.toBeInstanceOf(UnsupportedError);
      return;
    }
    using seen = await watching(client, '/a', { recursive: true });
    await client.create('/a');
    await client.create('/a/b');
    await client.create('/ab');
    await client.set('/a/b', 'x');
    await client.delete('/a/b');
    expect([await seen.next(), await seen.next(), await seen.next(), await seen.next()]).toEqual([
      event('created', '/a'),
      event('created', '/a/b'),
      event('changed', '/a/b'),
      event('deleted', '/a/b'),
    ]);
    expect(seen.rest).toEqual([]);
  });

  test('paths are those of the namespace', async () => {
    await using whole = await connected();
    const client = whole.usingNamespace('ns');
    await client.create('/a');
    using seen = await watching(client, '/a');
    await whole.set('/ns/a', 'x');
    expect(await seen.next()).toEqual(event('changed', '/a'));
  });

  test('data$ gives the present data, each newer one, and null while there is no such znode', async () => {
    await using client = await connected();
    using seen = new Probe(client.data$('/a'));
    const text = async () => {
      const value = await seen.next();
      return value === null ? null : value.data.toString();
    };
    expect(await text()).toBeNull();
    await client.create('/a', '1');
    expect(await text()).toBe('1');
    await client.set('/a', '2');
    expect(await text()).toBe('2');
    await client.delete('/a');
    expect(await text()).toBeNull();
    await client.create('/a', '3');
    expect(await text()).toBe('3');
  });

  test('a znode deleted and made anew with the same version is a new value', async () => {
    await using client = await connected();
    await client.create('/a', 'old');
    using seen = new Probe(client.data$('/a'));
    expect((await seen.next())?.data.toString()).toBe('old');
    await Promise.all([client.delete('/a'), client.create('/a', 'new')]);
    expect((await seen.until((value) => value !== null))?.data.toString()).toBe('new');
  });

  test('children$ gives the present list and each newer one', async () => {
    await using client = await connected();
    await client.create('/a');
    using seen = new Probe(client.children$('/a'));
    expect(await seen.next()).toEqual([]);
    await client.create('/a/x');
    expect(await seen.next()).toEqual(['x']);
    await client.set('/a', 'data is not its business');
    await client.delete('/a/x');
    expect(await seen.next()).toEqual([]);
  });

  test('whenChanged says at once that there is no such znode, and else waits for a change or the end', async () => {
    await using client = await connected();
    expect(await client.whenChanged('/a')).toBe('missing');
    await client.create('/a');
    const changed = client.whenChanged('/a');
    await client.create('/a/b');
    await client.set('/a', 'x');
    expect(await changed).toBe('changed');
    const gone = client.whenChanged('/a/b');
    await client.delete('/a/b');
    expect(await gone).toBe('changed');
  });

  test('whenChanged and watch on one path do not disturb each other', async () => {
    await using client = await connected();
    await client.create('/a');
    const before = client.whenChanged('/a');
    using seen = await watching(client, '/a');
    const during = client.whenChanged('/a');
    await client.set('/a', '1');
    expect([await before, await during]).toEqual(['changed', 'changed']);
    expect(await seen.next()).toEqual(event('changed', '/a'));
    await client.set('/a', '2');
    expect(await seen.next()).toEqual(event('changed', '/a'));
  });

  test('what one may not read is an error', async () => {
    await using owner = await connected(undefined, { auth: [{ scheme: 'digest', credential: 'a:b' }] });
    await using client = await connected(owner);
    await createClosed(owner, '/secret');
    await expect(firstValueFrom(client.data$('/secret'))).rejects.toBeInstanceOf(NoAuthError);
    await owner.delete('/secret');
  });

  test('closing completes streams, later ones get ClosedError, and a bad path is refused', async () => {
    const client = await connected();
    await client.create('/a');
    using events = await watching(client, '/a');
    using data = new Probe(client.data$('/a'));
    await data.next();
    await expect(firstValueFrom(client.watch('a'))).rejects.toBeInstanceOf(InvalidArgumentError);
    await expect(firstValueFrom(client.data$('/a/'))).rejects.toBeInstanceOf(InvalidArgumentError);
    await client.close();
    await expect(events.next()).rejects.toThrow(/complete/);
    await expect(data.next()).rejects.toThrow(/complete/);
    await expect(firstValueFrom(client.data$('/a'))).rejects.toBeInstanceOf(ClosedError);
  });
});

test('many who listen share one watch on the server, and none is left when they have gone', async () => {
  await using server = await startEmbeddedServer();
  await using client = await connect(server.hosts);
  await client.create('/a');
  const all = Array.from({ length: 10 }, () => new Probe(client.data$('/a')));
  for (const probe of all) await probe.next();
  expect(server.watchCount).toBe(1);
  for (const probe of all) probe[Symbol.dispose]();
  await client.sync();
  expect(server.watchCount).toBe(0);
});

test('a wait that is given up takes its watch off the server', async () => {
  await using server = await startEmbeddedServer();
  await using client = await connect(server.hosts);
  await client.create('/a');
  const giveUp = new AbortController();
  const waiting = client.whenChanged('/a', { signal: giveUp.signal });
  await client.exists('/a');
  expect(server.watchCount).toBe(1);
  giveUp.abort(new Error('enough'));
  await expect(waiting).rejects.toThrow('enough');
  await client.sync();
  expect(server.watchCount).toBe(0);
});
