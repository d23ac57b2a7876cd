import { filter, firstValueFrom, lastValueFrom, take, toArray } from 'rxjs';
import { expect, test } from 'vitest';
import { PersistentNode, type PersistentNodeState } from '../../recipes/index.ts';
import {
  type Client,
  ClosedError,
  InvalidArgumentError,
  NoAuthError,
  NodeClosedError,
  NodeTimeoutError,
  UnsupportedError,
} from '../../src/index.ts';
import { createClosed, onEveryServer } from '../support/servers.ts';

const path = '/workers/one';

async function when<K extends PersistentNodeState['kind']>(
  node: PersistentNode,
  kind: K,
): Promise<Extract<PersistentNodeState, { kind: K }>> {
  const found$ = node.state$.pipe(filter((state): state is Extract<PersistentNodeState, { kind: K }> => state.kind === kind));
  return await firstValueFrom(found$);
}

/** Resolves when it has been made anew: not as the one with `czxid`. */
async function madeAnew(node: PersistentNode, czxid: bigint): Promise<string> {
  const anew$ = node.state$.pipe(filter((state) => state.kind === 'present' && state.czxid !== czxid));
  await firstValueFrom(anew$);
  return await node.created();
}

async function textAt(client: Client, where: string): Promise<string> {
  await client.sync(where);
  return (await client.get(where)).data.toString();
}

onEveryServer('PersistentNode', (connected) => {
  test('is made with its data and its parents, is ephemeral, and goes when it is closed', async () => {
    await using client = await connected();
    const node = new PersistentNode(client, path, 'hello');
    expect(node.path).toBeUndefined();
    expect(await node.created()).toBe(path);
    expect(node.path).toBe(path);
    const { data, stat } = await client.get(path);
    expect(data.toString()).toBe('hello');
    expect(stat.ephemeralOwner).toBe(client.session?.id);
    await node.close();
    expect(await client.exists(path)).toBeNull();
    expect(node.path).toBeUndefined();
  });

  test('its states tell the whole way, and closed is the last', async () => {
    await using client = await connected();
    const node = new PersistentNode(client, path);
    const states = lastValueFrom(node.state$.pipe(toArray()));
    await node.created();
    await node.created();
    await node.close();
    await node.close();
    expect((await states).map(({ kind }) => kind)).toEqual(['idle', 'creating', 'present', 'closed']);
    expect(await lastValueFrom(node.state$)).toEqual({ kind: 'closed' });
  });

  test('deleted by somebody it is made again, with its latest data', async () => {
    await using client = await connected();
    await using other = await connected(client);
    await using node = new PersistentNode(client, path, 'first');
    for (const data of ['second', 'third']) {
      await node.created();
      await node.setData(data);
      const { czxid } = await when(node, 'present');
      await other.delete(path);
      await madeAnew(node, czxid);
      expect(await textAt(other, path)).toBe(data);
    }
  });

  test('deleted with all above it, it is made again with all that', async () => {
    await using client = await connected();
    await using other = await connected(client);
    await using node = new PersistentNode(client, path, 'here');
    await node.created();
    const { czxid } = await when(node, 'present');
    await other.deleteAll('/workers');
    await madeAnew(node, czxid);
    expect(await textAt(other, path)).toBe('here');
  });

  test('of several setData the last one wins, and each resolves when the server has it or a later one', async () => {
    await using client = await connected();
    await using other = await connected(client);
    await using node = new PersistentNode(client, path, '0');
    await node.setData('1');
    const early = ['2', '3', '4'].map((data) => node.setData(data));
    node.start();
    await node.created();
    await Promise.all(early);
    expect(await textAt(other, path)).toBe('4');
    await Promise.all(['5', '6', Buffer.from('7')].map((data) => node.setData(data)));
    expect(await textAt(other, path)).toBe('7');
    expect(node.data.toString()).toBe('7');
  });

  test("somebody's change of its data is left alone, and overwritten by the next setData", async () => {
    await using client = await connected();
    await using other = await connected(client);
    await using node = new PersistentNode(client, path, 'ours');
    await node.created();
    await other.set(path, 'theirs');
    const before = await other.exists(path);
    // Whatever its watch made it do is served before this.
    await client.sync(path);
    await client.sync(path);
    expect(await other.exists(path)).toEqual(before);
    await node.setData('ours again');
    expect(await textAt(other, path)).toBe('ours again');
    expect((await other.exists(path))?.czxid).toBe(before?.czxid);
  });

  test("another session's znode is never taken for ours: it is reported, waited for, and not deleted by closing", async () => {
    await using client = await connected();
    await using other = await connected(client);
    await other.create(path, 'theirs', { mode: 'ephemeral', parents: true });
    const reported = firstValueFrom(client.errors$);
    const [waiting, closing] = [new PersistentNode(client, path, 'ours'), new PersistentNode(client, path)];
    waiting.start();
    closing.start();
    expect(await reported).toMatchObject({ name: 'PathTakenError', path, sessionId: other.session?.id });
    expect(await when(waiting, 'taken')).toEqual({ kind: 'taken', path, sessionId: other.session?.id });
    await when(closing, 'taken');
    await closing.close();
    await expect(waiting.created({ timeoutMs: 20 })).rejects.toMatchObject({ name: 'NodeTimeoutError', path, timeoutMs: 20 });
    await expect(waiting.created({ timeoutMs: 20 })).rejects.toThrow(/has the path/);
    expect(await textAt(other, path)).toBe('theirs');
    await other.set(path, 'changed');
    await other.delete(path);
    await waiting.created();
    expect(await textAt(other, path)).toBe('ours');
    await waiting.close();
  });

  test('two at one path in one session take turns, too: neither deletes what the other has made', async () => {
    await using client = await connected();
    const [one, two] = [new PersistentNode(client, path, 'one'), new PersistentNode(client, path, 'two')];
    await one.created();
    two.start();
    await when(two, 'taken');
    expect(await textAt(client, path)).toBe('one');
    await one.close();
    await two.created();
    expect(await textAt(client, path)).toBe('two');
    await two.close();
    expect(await client.exists(path)).toBeNull();
  });

  test('closing it at any moment of its start leaves no znode', async () => {
    await using client = await connected();
    await client.create('/workers');
    for (let ticks = 0; ticks < 12; ticks += 1) {
      const node = new PersistentNode(client, path);
      node.start();
      for (let tick = 0; tick < ticks; tick += 1) await Promise.resolve();
      await node.close();
      expect(await client.children('/workers'), `closed after ${ticks} ticks`).toEqual([]);
    }
  });

  test('a protected one has a name of its own, and a new one each time it is made', async () => {
    await using client = await connected();
    await using other = await connected(client);
    const node = new PersistentNode(client, path, 'x', { protect: true });
    const first = await node.created();
    expect(first).toMatch(/^\/workers\/_c_[0-9a-f-]{36}-one$/);
    const { czxid } = await when(node, 'present');
    await other.delete(first);
    const second = await madeAnew(node, czxid);
    expect(second).toMatch(/^\/workers\/_c_[0-9a-f-]{36}-one$/);
    expect(second).not.toBe(first);
    await node.close();
    expect(await client.children('/workers')).toEqual([]);
  });

  test.each([true, false])('a sequential one is made again under the same number (protected: %s)', async (protect) => {
    await using client = await connected();
    await using other = await connected(client);
    await client.create('/workers');
    await client.create('/workers/before');
    const node = new PersistentNode(client, '/workers/w-', 'x', { mode: 'ephemeral-sequential', protect });
    const first = await node.created();
    expect(first).toMatch(/w-0000000001$/);
    const { czxid } = await when(node, 'present');
    await client.create('/workers/between');
    await other.delete(first);
    const second = await madeAnew(node, czxid);
    expect(second).toMatch(protect ? /^\/workers\/_c_[0-9a-f-]{36}-w-0000000001$/ : /^\/workers\/w-0000000001$/);
    expect((await client.exists(second))?.ephemeralOwner).toBe(client.session?.id);
    await node.close();
    expect((await client.children('/workers')).toSorted()).toEqual(['before', 'between']);
  });

  test.each(['persistent', 'container'] as const)('a %s one outlives the client, and is taken over by whoever comes next', async (mode) => {
    await using other = await connected();
    if (mode === 'container' && !other.capabilities.containers) return;
    {
      await using client = await connected(other);
      const node = new PersistentNode(client, path, 'first', { mode });
      await node.created();
    }
    expect(await textAt(other, path)).toBe('first');
    const next = new PersistentNode(other, path, 'second', { mode });
    await next.created();
    expect(await textAt(other, path)).toBe('second');
    await next.close();
    expect(await other.exists(path)).toBeNull();
  });

  test('one in a mode that the driver has not fails by name', async () => {
    await using client = await connected();
    if (client.capabilities.containers) return;
    const node = new PersistentNode(client, path, '', { mode: 'container' });
    await expect(node.created()).rejects.toThrow(UnsupportedError);
  });

  test('without parents it is made when its parent is there, and not before', async () => {
    await using client = await connected();
    const node = new PersistentNode(client, path, '', { parents: false });
    await expect(node.created({ timeoutMs: 50 })).rejects.toThrow(NodeTimeoutError);
    expect(await client.exists('/workers')).toBeNull();
    await client.create('/workers');
    expect(await node.created()).toBe(path);
    await node.close();
  });

  test('what cannot heal is its last state, rejects those who wait, and is told', async () => {
    await using client = await connected(undefined, { auth: [{ scheme: 'digest', credential: 'us:secret' }] });
    await using other = await connected(client);
    await createClosed(client, '/workers');
    const reported = firstValueFrom(other.errors$);
    const node = new PersistentNode(other, path);
    await expect(node.created()).rejects.toThrow(NoAuthError);
    expect(await lastValueFrom(node.state$)).toMatchObject({ kind: 'failed', error: { name: 'NoAuthError' } });
    expect(await reported).toBeInstanceOf(NoAuthError);
    expect(() => node.start()).toThrow(NoAuthError);
    await expect(node.setData('x')).rejects.toThrow(NoAuthError);
    await node.close();
    await client.delete('/workers');
  });

  test('run has it there while the work is done, and takes it away whether that succeeds or fails', async () => {
    await using client = await connected();
    expect(await new PersistentNode(client, path, 'x').run((where) => textAt(client, where))).toBe('x');
    expect(await client.exists(path)).toBeNull();
    const failing = new PersistentNode(client, path).run(() => {
      throw new TypeError('work');
    });
    await expect(failing).rejects.toThrow(new TypeError('work'));
    expect(await client.exists(path)).toBeNull();
  });

  test('kept$ emits its path each time it is made, and unsubscribing takes it away', async () => {
    await using client = await connected();
    await using other = await connected(client);
    const node = new PersistentNode(client, path);
    const twice = lastValueFrom(node.kept$().pipe(take(2), toArray()));
    await node.created();
    await other.delete(path);
    expect(await twice).toEqual([path, path]);
    await node.close();
    expect(await other.exists(path)).toBeNull();
    await expect(firstValueFrom(node.kept$())).rejects.toThrow(NodeClosedError);
  });

  test('what is asked of a closed one is refused by name, and closing one that was never started does nothing', async () => {
    await using client = await connected();
    const node = new PersistentNode(client, path);
    await node.close();
    expect(() => node.start()).toThrow(NodeClosedError);
    await expect(node.created()).rejects.toMatchObject({ name: 'NodeClosedError', path });
    await expect(node.setData('x')).rejects.toThrow(NodeClosedError);
    expect(await client.exists(path)).toBeNull();
  });

  test('waiting ends with its signal and its timeout, and it goes on being wanted', async () => {
    await using client = await connected();
    await using other = await connected(client);
    await other.create(path, '', { mode: 'ephemeral', parents: true });
    await using node = new PersistentNode(client, path);
    const giveUp = new AbortController();
    const waiting = node.created({ signal: giveUp.signal });
    giveUp.abort(new Error('given up'));
    await expect(waiting).rejects.toThrow('given up');
    await expect(node.setData('x', { timeoutMs: 20 })).rejects.toThrow(NodeTimeoutError);
    await other.delete(path);
    await node.created();
    expect(await textAt(other, path)).toBe('x');
  });

  test('closing the client ends it', async () => {
    const client = await connected();
    const node = new PersistentNode(client, path);
    await node.created();
    await client.close();
    expect(await lastValueFrom(node.state$)).toMatchObject({ kind: 'failed', error: expect.any(ClosedError) });
    await node.close();
  });
});

test('bad arguments are refused by name', async () => {
  const client = {} as Client; // never used: the constructor does no I/O
  const broken: readonly [string, () => unknown][] = [
    ['PersistentNode.path', () => new PersistentNode(client, 'relative')],
    ['PersistentNode.path', () => new PersistentNode(client, '/a/')],
    ['PersistentNode.data', () => new PersistentNode(client, '/a', 7 as never)],
    ['PersistentNode.options.mode', () => new PersistentNode(client, '/a', '', { mode: 'persistent-with-ttl' as never })],
    ['PersistentNode.options.protect', () => new PersistentNode(client, '/a', '', { protect: 'yes' as never })],
    ['PersistentNode.options.acl', () => new PersistentNode(client, '/a', '', { acl: [] } as never)],
  ];
  for (const [field, attempt] of broken) {
    expect(attempt).toThrow(InvalidArgumentError);
    expect(attempt).toThrow(expect.objectContaining({ field }));
  }
});
