import { expect, expectTypeOf, test } from 'vitest';
import { z } from 'zod';
import { model } from '../../recipes/index.ts';
import {
  BadVersionError,
  type Client,
  InvalidArgumentError,
  int32,
  MalformedDataError,
  NodeExistsError,
  NoNodeError,
  type Stat,
} from '../../src/index.ts';
import { Probe } from '../support/probe.ts';
import { onEveryServer } from '../support/servers.ts';

const user = z.object({ name: z.string().min(1), isAdmin: z.boolean().default(false) });
const users = model('/users/{id}', user);
const keys = model('/users/{id}/keys/{key}', int32);

const ann = { name: 'Ann', isAdmin: true };
const bob = { name: 'Bob', isAdmin: false };

async function put(client: Client, id: string, data: string): Promise<void> {
  await client.create(`/users/${id}`, data, { parents: true });
}

onEveryServer('model', (connected) => {
  test('what an update changes in place is written, and an unchanged value is not, however it is laid out', async () => {
    await using client = await connected();
    await put(client, 'ann', '{ "isAdmin": false, "name": "Ann" }');
    const modeled = users.on(client);
    await modeled.update({ id: 'ann' }, (value) => value);
    expect((await modeled.exists({ id: 'ann' }))?.version).toBe(0);
    await modeled.update({ id: 'ann' }, (value) => Object.assign(value, { isAdmin: true }));
    expect((await modeled.get({ id: 'ann' })).value).toEqual({ name: 'Ann', isAdmin: true });
  });

  test('what is created is read, set and deleted, typed', async () => {
    await using client = await connected();
    const modeled = users.on(client);
    expect(await modeled.exists({ id: 'ann' })).toBeNull();
    const created = await modeled.create({ id: 'ann' }, ann);
    expectTypeOf(created).toEqualTypeOf<Stat>();
    const read = await modeled.get({ id: 'ann' });
    expectTypeOf(read.value).toEqualTypeOf<{ name: string; isAdmin: boolean }>();
    expect(read).toMatchObject({ path: '/users/ann', parameters: { id: 'ann' }, value: ann, error: undefined });
    expect((await modeled.set({ id: 'ann' }, bob, { version: read.stat.version })).version).toBe(1);
    await expect(modeled.set({ id: 'ann' }, ann, { version: 0 })).rejects.toBeInstanceOf(BadVersionError);
    expect((await modeled.exists({ id: 'ann' }))?.version).toBe(1);
    await modeled.delete({ id: 'ann' }, { version: 1 });
    expect(await modeled.exists({ id: 'ann' })).toBeNull();
  });

  test('it says what is not there, what is, and what it holds instead', async () => {
    await using client = await connected();
    const modeled = users.on(client);
    const id = 'ann';
    const calls = [modeled.get({ id }), modeled.set({ id }, ann), modeled.delete({ id }), modeled.update({ id }, (now) => now)];
    await Promise.all(calls.map((refused) => expect(refused).rejects.toBeInstanceOf(NoNodeError)));
    await put(client, id, '{"name":""}');
    await expect(modeled.create({ id }, ann)).rejects.toBeInstanceOf(NodeExistsError);
    await expect(modeled.get({ id })).rejects.toMatchObject({ name: 'MalformedDataError', path: '/users/ann' });
    await expect(modeled.update({ id }, (now) => now)).rejects.toBeInstanceOf(MalformedDataError);
  });

  test('a value that does not fit, or parameters that make no path, are refused before anything is sent', async () => {
    await using client = await connected();
    const modeled = users.on(client);
    const nameless = { name: '', isAdmin: true };
    const calls = [modeled.create({ id: 'a' }, nameless), modeled.set({ id: 'a' }, nameless), modeled.create({ id: '..' }, ann)];
    await Promise.all(calls.map((refused) => expect(refused).rejects.toBeInstanceOf(InvalidArgumentError)));
    await expect(modeled.create({ id: 'a' }, ann, { mode: 'ephemeral-sequential' as 'ephemeral' })).rejects.toMatchObject({
      name: 'InvalidArgumentError',
      field: 'model.create.mode',
    });
    await expect(modeled.get({ name: 'a' } as never)).rejects.toBeInstanceOf(InvalidArgumentError);
    expect(await client.exists('/users')).toBeNull();
  });

  test('of updates at the same time none is lost', async () => {
    await using client = await connected();
    await using other = await connected(client);
    const counts = model('/counts/{of}', z.int());
    await counts.on(client).create({ of: 'a' }, 0);
    const turns = [client, other].flatMap((each) => [1, 2, 3, 4].map(() => counts.on(each).update({ of: 'a' }, (count) => count + 1)));
    expect((await Promise.all(turns)).toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect((await counts.on(client).get({ of: 'a' })).value).toBe(8);
  });

  test('children are the names there are, and a list has their values, bad ones with the error', async () => {
    await using client = await connected();
    const modeled = users.on(client);
    expect(await modeled.children()).toEqual([]);
    expect(await modeled.list()).toEqual([]);
    await modeled.create({ id: 'bob' }, bob);
    await modeled.create({ id: 'ann' }, ann);
    await put(client, 'eve', '{}');
    // It is there only for what is below it.
    await keys.on(client).create({ id: 'zoe', key: 'k' }, 7);
    expect(await modeled.children()).toEqual(['ann', 'bob', 'eve', 'zoe']);
    expect(await keys.on(client).children({ id: 'zoe' })).toEqual(['k']);
    expect(await keys.on(client).children({ id: 'ann' })).toEqual([]);
    const listed = await modeled.list();
    expect(listed.map(({ parameters, value, error }) => [parameters.id, value ?? error?.name])).toEqual([
      ['ann', ann],
      ['bob', bob],
      ['eve', 'MalformedDataError'],
    ]);
    // @ts-expect-error the parent has a parameter of its own
    await expect(keys.on(client).children()).rejects.toBeInstanceOf(InvalidArgumentError);
  });

  test('data$ tells what is there, now and later, and outlives a value that does not fit', async () => {
    await using client = await connected();
    using data = new Probe(users.on(client).data$({ id: 'ann' }));
    expect(await data.next()).toBeNull();
    await put(client, 'ann', JSON.stringify(ann));
    expect(await data.next()).toMatchObject({ parameters: { id: 'ann' }, value: ann, error: undefined });
    await client.set('/users/ann', 'broken');
    expect(await data.next()).toMatchObject({ value: undefined, error: { name: 'MalformedDataError', path: '/users/ann' } });
    await client.delete('/users/ann');
    expect(await data.next()).toBeNull();
    await put(client, 'ann', JSON.stringify(bob));
    expect(await data.next()).toMatchObject({ value: bob, stat: { version: 0 } });
  });

  test('operations of models make one transaction', async ({ skip }) => {
    await using client = await connected();
    if (!client.capabilities.multi) skip();
    await users.on(client).create({ id: 'ann' }, ann);
    await client.create('/users/ann/keys');
    await client.transaction([
      users.operations.check({ id: 'ann' }, 0),
      keys.operations.create({ id: 'ann', key: 'a' }, 1, { mode: 'ephemeral' }),
      users.operations.set({ id: 'ann' }, bob, 0),
    ]);
    expect((await keys.on(client).get({ id: 'ann', key: 'a' })).value).toBe(1);
    await client.transaction([keys.operations.delete({ id: 'ann', key: 'a' }, 0), users.operations.set({ id: 'ann' }, ann)]);
    expect(await client.children('/users/ann/keys')).toEqual([]);
    expect(() => users.operations.set({ id: 'ann' }, {} as never)).toThrow(InvalidArgumentError);
    expect(() => keys.operations.create({ id: 'a', key: 'b' }, 1, { mode: 'persistent-sequential' as 'ephemeral' })).toThrow(
      expect.objectContaining({ field: 'model.create.mode' }),
    );
  });

  test('an empty znode can be set to a value', async () => {
    await using client = await connected();
    await keys.on(client).create({ id: 'zoe', key: 'k' }, 7);
    await users.on(client).set({ id: 'zoe' }, ann);
    expect((await users.on(client).get({ id: 'zoe' })).value).toEqual(ann);
  });

  test('a definition is no good without a schema or a codec', () => {
    expect(() => model('/users/{id}', {} as never)).toThrow(expect.objectContaining({ name: 'InvalidArgumentError', field: 'model.form' }));
    expect(users.path({ id: 'ann' })).toBe('/users/ann');
    expect(users.match('/users/ann')).toEqual({ id: 'ann' });
  });
});

onEveryServer('model, cached', (connected) => {
  test('the view is what there is, typed, and follows it', async () => {
    await using client = await connected();
    await users.on(client).create({ id: 'ann' }, ann);
    await using view = users.on(client).cached();
    using events = new Probe(view.events$);
    await view.start();
    expect(await events.next()).toMatchObject({ type: 'added', after: { parameters: { id: 'ann' }, value: ann } });
    expect(await events.next()).toEqual({ type: 'resync' });
    expect(view.get({ id: 'ann' })).toMatchObject({ path: '/users/ann', value: ann });
    expect(view.get({ id: 'bob' })).toBeUndefined();
    await users.on(client).create({ id: 'bob' }, bob);
    expect(await events.next()).toMatchObject({ type: 'added', after: { parameters: { id: 'bob' }, value: bob } });
    await client.set('/users/ann', 'broken');
    expect(await events.next()).toMatchObject({
      type: 'changed',
      before: { value: ann },
      after: { error: { name: 'MalformedDataError' } },
    });
    await users.on(client).delete({ id: 'bob' });
    expect(await events.next()).toMatchObject({ type: 'removed', before: { value: bob } });
    await view.synced();
    expect([...view.entries()].map(({ parameters }) => parameters.id)).toEqual(['ann']);
  });

  test('it has the znodes of all parents, and nothing beside the template', async () => {
    await using client = await connected();
    await using view = keys.on(client).cached();
    await view.start();
    using nodes = new Probe(view.nodes$);
    expect(await nodes.next()).toEqual([]);
    await keys.on(client).create({ id: 'ann', key: 'a' }, 1);
    await keys.on(client).create({ id: 'bob', key: 'b' }, 2);
    await client.create('/users/bob/notes', 'beside');
    const seen = await nodes.until((now) => now.length === 2);
    expect(new Map(seen.map(({ parameters, value }) => [`${parameters.id} ${parameters.key}`, value]))).toEqual(
      new Map([
        ['ann a', 1],
        ['bob b', 2],
      ]),
    );
  });

  test('one that is there for what is below it is none, until it has a value', async () => {
    await using client = await connected();
    await keys.on(client).create({ id: 'zoe', key: 'k' }, 7);
    await using view = users.on(client).cached();
    using events = new Probe(view.events$);
    await view.start();
    expect(await events.next()).toEqual({ type: 'resync' });
    expect(view.get({ id: 'zoe' })).toBeUndefined();
    await users.on(client).set({ id: 'zoe' }, ann);
    expect(await events.next()).toMatchObject({ type: 'added', after: { value: ann } });
  });

  test('a closed view completes', async () => {
    await using client = await connected();
    const view = users.on(client).cached({ maxNodes: 10 });
    await view.start({ timeoutMs: 10_000 });
    using states = new Probe(view.state$);
    await view.close();
    expect(await states.until(({ kind }) => kind === 'closed')).toEqual({ kind: 'closed' });
  });

  test('a limit is refused by name', async () => {
    await using client = await connected();
    expect(() => users.on(client).cached({ maxNodes: 0 })).toThrow(expect.objectContaining({ name: 'InvalidArgumentError' }));
  });
});
