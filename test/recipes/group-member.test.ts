import { filter, firstValueFrom, lastValueFrom, map, type Observable, takeWhile, toArray } from 'rxjs';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { Group, GroupMember, type Members } from '../../recipes/index.ts';
import { type Client, ClosedError, InvalidArgumentError, json, NodeClosedError, NodeTimeoutError, text } from '../../src/index.ts';
import { Probe } from '../support/probe.ts';
import { onEveryServer } from '../support/servers.ts';

const path = '/groups/workers';

/** Resolves when these are the members, with these data. */
async function are<T>(members$: Observable<Members<T>>, expected: Readonly<Record<string, T>>): Promise<void> {
  const wanted = JSON.stringify(expected);
  await firstValueFrom(members$.pipe(filter((members) => JSON.stringify(dataOf(members)) === wanted)));
}

function dataOf<T>(members: Members<T>): Record<string, T | undefined> {
  return Object.fromEntries([...members.values()].map(({ id, data }) => [id, data]));
}

const worker = z.object({ load: z.number() });

onEveryServer('GroupMember', (connected) => {
  const typed = (client: Client, id: string, load: number) => new GroupMember(client, path, id, { codec: json(worker), data: { load } });

  test('members see each other come, change and go', async () => {
    await using one = await connected();
    await using other = await connected(one);
    const group = new Group(one, path, { codec: json(worker) });
    expect(await group.members()).toEqual(new Map());
    const [a, b] = [typed(one, 'a', 1), typed(other, 'b', 2)];
    await a.join();
    await b.join();
    for (const seen of [a, b, group]) await are(seen.members$, { a: { load: 1 }, b: { load: 2 } });
    await b.setData({ load: 3 });
    for (const seen of [a, b, group]) await are(seen.members$, { a: { load: 1 }, b: { load: 3 } });
    expect(b.data).toEqual({ load: 3 });
    await a.leave();
    for (const seen of [a, b, group]) await are(seen.members$, { b: { load: 3 } });
    await one.sync(path);
    expect(await group.members()).toEqual(new Map([['b', { id: 'b', data: { load: 3 }, error: undefined }]]));
    await b.leave();
    await are(group.members$, {});
  });

  test('its znode is as Curator makes it: the id is its name, ephemeral, with the data as they are', async () => {
    await using client = await connected();
    await using member = new GroupMember(client, path, 'host:1', { data: Buffer.from('payload') });
    await member.join();
    const { data, stat } = await client.get(`${path}/host:1`);
    expect(data.toString()).toBe('payload');
    expect(stat.ephemeralOwner).toBe(client.session?.id);
  });

  test('from joining to leaving we are among the members, whatever is known of our znode', async () => {
    await using client = await connected();
    await using other = await connected(client);
    await other.create(`${path}/other`, 'o', { parents: true });
    const member = new GroupMember(client, path, 'us', { codec: text, data: 'here' });
    const seen = lastValueFrom(
      member.members$.pipe(
        map(dataOf),
        takeWhile((members) => members['us'] !== 'later', true),
        toArray(),
      ),
    );
    await are(member.members$, { other: 'o' });
    expect(dataOf(await member.members())).toEqual({ other: 'o' });
    await member.join();
    await are(member.members$, { other: 'o', us: 'here' });
    // Whatever is seen in between, never a picture without us.
    await other.delete(`${path}/us`);
    await member.setData('later');
    expect((await seen).filter((members) => !('us' in members))).toEqual([{ other: 'o' }]);
    await member.leave();
    await are(member.members$, { other: 'o' });
    expect(dataOf(await member.members())).toEqual({ other: 'o' });
  });

  test('ids tell who is there without reading anything of them', async () => {
    await using client = await connected();
    await using other = await connected(client);
    const group = new Group(client, path);
    const us = new GroupMember(other, path, 'b');
    using seenByGroup = new Probe(group.ids$);
    const seenByUs = firstValueFrom(us.ids$.pipe(filter((ids) => ids.length > 0)));
    expect(await seenByGroup.next()).toEqual([]);
    await us.join();
    expect(await seenByGroup.next()).toEqual(['b']);
    expect(await seenByUs).toEqual(['b']);
    await using _a = await joined(client, 'a');
    expect(await seenByGroup.next()).toEqual(['a', 'b']);
    await us.leave();
  });

  async function joined(client: Client, id: string): Promise<GroupMember> {
    const member = new GroupMember(client, path, id);
    await member.join();
    return member;
  }

  test("another's data that cannot be read are told with the error, and the others' go on", async () => {
    await using client = await connected();
    await using other = await connected(client);
    const group = new Group(client, path, { codec: json(worker) });
    await other.create(`${path}/broken`, 'no JSON', { parents: true });
    await using _fine = await (async () => {
      const member = typed(client, 'fine', 1);
      await member.join();
      return member;
    })();
    const members = await group.members();
    expect(members.get('fine')?.data).toEqual({ load: 1 });
    expect(members.get('broken')).toMatchObject({ data: undefined, error: { name: 'MalformedDataError', path: `${path}/broken` } });
    await other.set(`${path}/broken`, '{"load":7}');
    await are(group.members$, { broken: { load: 7 }, fine: { load: 1 } });
  });

  test('two with one id: the second comes in when the first has left', async () => {
    await using one = await connected();
    await using other = await connected(one);
    const [first, second] = [
      new GroupMember(one, path, 'x', { codec: text, data: '1' }),
      new GroupMember(other, path, 'x', { codec: text, data: '2' }),
    ];
    await first.join();
    await expect(second.join({ timeoutMs: 50 })).rejects.toThrow(NodeTimeoutError);
    expect(dataOf(await second.members())).toEqual({ x: '1' });
    await first.leave();
    await second.join();
    await are(second.members$, { x: '2' });
    await second.leave();
  });

  test('run is in while the work is done; joined$ is in while it is subscribed to; both leave for good', async () => {
    await using client = await connected();
    const group = new Group(client, path, { codec: text });
    const running = new GroupMember(client, path, 'a', { codec: text, data: '1' });
    expect(await running.run(async () => dataOf(await group.members()))).toEqual({ a: '1' });
    const failing = new GroupMember(client, path, 'b');
    const work = () => {
      throw new TypeError('work');
    };
    await expect(failing.run(work)).rejects.toThrow(new TypeError('work'));
    const watching = new GroupMember(client, path, 'c', { codec: text, data: '3' });
    await are(watching.joined$(), { c: '3' });
    await are(group.members$, {});
    for (const member of [running, failing, watching]) await expect(member.join()).rejects.toThrow(NodeClosedError);
    await expect(firstValueFrom(watching.joined$())).rejects.toThrow(NodeClosedError);
  });

  test('closing the client ends what is followed', async () => {
    const client = await connected();
    const following = lastValueFrom(new Group(client, path).members$);
    await firstValueFrom(new Group(client, path).members$);
    await client.close();
    expect(await following).toEqual(new Map());
    await expect(new Group(client, path).members()).rejects.toThrow(ClosedError);
  });
});

test('bad arguments are refused by name', async () => {
  const client = {} as Client; // never used: the constructor does no I/O
  const broken: readonly [string, () => unknown][] = [
    ['Group.path', () => new Group(client, 'relative')],
    ['Group.options.codec', () => new Group(client, '/g', { codec: 'text' as never })],
    ['Group.options.data', () => new Group(client, '/g', { data: 1 } as never)],
    ['GroupMember.id', () => new GroupMember(client, '/g', '')],
    ['GroupMember.id', () => new GroupMember(client, '/g', 'a/b')],
    ['GroupMember.id', () => new GroupMember(client, '/g', 7 as never)],
    ['GroupMember.id', () => new GroupMember(client, '/g', '..')],
    ['GroupMember.options.data', () => new GroupMember(client, '/g', 'a', { codec: text })],
    ['GroupMember.options.data', () => new GroupMember(client, '/g', 'a', { data: 7 as never })],
    ['GroupMember.options.data', () => new GroupMember(client, '/g', 'a', { codec: json(worker), data: { load: 'heavy' } as never })],
  ];
  for (const [field, attempt] of broken) {
    expect(attempt).toThrow(InvalidArgumentError);
    expect(attempt).toThrow(expect.objectContaining({ field }));
  }
});
