import { expect, expectTypeOf, test } from 'vitest';
import { z } from 'zod';
import { Config, type ConfigRejection } from '../../recipes/index.ts';
import {
  type Client,
  ConfigUnavailableError,
  creatorAllAcl,
  InvalidArgumentError,
  int32,
  MalformedDataError,
  NoAuthError,
  NoNodeError,
} from '../../src/index.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { Probe } from '../support/probe.ts';
import { createClosed, onEveryServer } from '../support/servers.ts';

const path = '/config/limits';
const limits = z.object({ perSecond: z.int().positive(), burst: z.int().default(5) });
const defaults = { perSecond: 10, burst: 5 };

async function put(client: Client, data: string): Promise<void> {
  await client.create(path, data, { parents: true });
}

async function stored(client: Client, at = path): Promise<unknown> {
  await client.sync(at);
  return JSON.parse((await client.get(at)).data.toString());
}

onEveryServer('Config', (connected) => {
  test('it is what the znode holds, now and whenever that changes', async () => {
    await using client = await connected();
    await put(client, '{"perSecond":20}');
    await using config = new Config(client, path, limits);
    await config.start();
    expect(config.current).toEqual({ perSecond: 20, burst: 5 });
    expectTypeOf(config.current).toEqualTypeOf<{ perSecond: number; burst: number }>();
    using values = new Probe(config.value$);
    expect(await values.next()).toBe(config.current);
    await client.set(path, '{"perSecond":30,"burst":1}');
    expect(await values.next()).toEqual({ perSecond: 30, burst: 1 });
    expect(config.current).toEqual({ perSecond: 30, burst: 1 });
    expect(config.stat?.version).toBe(1);
  });

  test('what an update changes in place is written, and nothing that is handed out can be changed', async () => {
    await using client = await connected();
    const lists = z.object({ items: z.array(z.number()) });
    await using config = new Config(client, path, lists, { defaults: { items: [] } });
    await config.start();
    const push = (value: { items: number[] }) => {
      value.items.push(value.items.length);
      return value;
    };
    expect(() => push(config.current)).toThrow(TypeError);
    await config.update(push);
    expect(await stored(client)).toEqual({ items: [0] });
    const mine = await config.update(push);
    expect(await stored(client)).toEqual({ items: [0, 1] });
    push(mine);
    expect(config.current).toEqual({ items: [0, 1] });
    await client.delete(path);
    await config.update((value) => value);
    expect(await stored(client), 'the defaults').toEqual({ items: [] });
  });

  test('an invalid value is kept out and told with the reason; the next valid one is taken', async () => {
    await using client = await connected();
    await put(client, '{"perSecond":20}');
    await using config = new Config(client, path, limits);
    await config.start();
    using values = new Probe(config.value$);
    using rejected = new Probe(config.rejected$);
    await values.next();
    await client.set(path, '{"perSecond":-1}');
    const { error, stat } = await rejected.next();
    expect(error).toBeInstanceOf(MalformedDataError);
    expect(error.message).toContain('perSecond: Too small');
    expect(stat?.version).toBe(1);
    expect(config.current.perSecond).toBe(20);
    await client.set(path, 'nor is this');
    expect((await rejected.next()).error.message).toContain('it is not JSON');
    await client.set(path, '{"perSecond":40}');
    expect(await values.next()).toEqual({ perSecond: 40, burst: 5 });
    using later = new Probe(config.rejected$);
    await client.set(path, '[]');
    expect((await later.next()).stat?.version, 'what is over is not replayed').toBe(4);
  });

  test('whoever comes late is told what is rejected now', async () => {
    await using client = await connected();
    await put(client, '{"perSecond":20}');
    await using config = new Config(client, path, limits);
    await config.start();
    using rejected = new Probe(config.rejected$);
    await client.set(path, '{}');
    const { error } = await rejected.next();
    using late = new Probe(config.rejected$);
    expect((await late.next()).error).toBe(error);
  });

  test('a rejection that nobody listens to goes to errors$', async () => {
    await using client = await connected();
    await put(client, '{"perSecond":20}');
    await using config = new Config(client, path, limits);
    await config.start();
    using errors = new Probe(client.errors$);
    await client.set(path, '{}');
    expect(await errors.next()).toMatchObject({ name: 'MalformedDataError', path });
  });

  test('defaults hold while there is no znode', async () => {
    await using client = await connected();
    await using config = new Config(client, path, limits, { defaults });
    await config.start();
    expect(config.current).toEqual(defaults);
    expect(config.stat).toBeUndefined();
    using values = new Probe(config.value$);
    await values.next();
    await put(client, '{"perSecond":20}');
    expect(await values.next()).toEqual({ perSecond: 20, burst: 5 });
    await client.delete(path);
    expect(await values.next()).toEqual(defaults);
  });

  test('defaults do not stand in for an invalid value', async () => {
    const clock = new ManualClock();
    await using client = await connected(undefined, { clock });
    await put(client, '{"perSecond":0}');
    await using config = new Config(client, path, limits, { defaults });
    using rejected = new Probe(config.rejected$);
    const failed = expect(config.start({ timeoutMs: 300 })).rejects.toMatchObject({
      name: 'ConfigUnavailableError',
      path,
      cause: { name: 'MalformedDataError' },
    });
    await rejected.next();
    clock.advance(300);
    await failed;
    expect(() => config.current).toThrow(ConfigUnavailableError);
  });

  test('without defaults a start waits for the znode', async () => {
    const clock = new ManualClock();
    await using client = await connected(undefined, { clock });
    await using config = new Config(client, path, limits);
    using rejected = new Probe(config.rejected$);
    const failed = expect(config.start({ timeoutMs: 200 })).rejects.toMatchObject({
      name: 'ConfigUnavailableError',
      cause: expect.any(NoNodeError),
    });
    await rejected.next();
    clock.advance(200);
    await failed;
    const starting = config.start();
    await put(client, '{"perSecond":20}');
    await starting;
    expect(config.current.perSecond).toBe(20);
  });

  test('a znode that vanishes leaves the last value, and one that comes in its place is taken', async () => {
    await using client = await connected();
    await put(client, '{"perSecond":20}');
    await using config = new Config(client, path, limits);
    await config.start();
    using values = new Probe(config.value$);
    using rejected = new Probe(config.rejected$);
    await values.next();
    await client.delete(path);
    expect((await rejected.next()).error).toMatchObject({ name: 'NoNodeError', path });
    expect(config.current.perSecond).toBe(20);
    await put(client, '{"perSecond":30}');
    expect(await values.next()).toEqual({ perSecond: 30, burst: 5 });
  });

  test('the same bytes written anew are no change', async () => {
    await using client = await connected();
    await put(client, '{"perSecond":20}');
    await using config = new Config(client, path, limits);
    await config.start();
    using values = new Probe(config.value$);
    await values.next();
    await client.set(path, '{"perSecond":20}');
    await client.set(path, '{"perSecond":30}');
    expect(await values.next()).toEqual({ perSecond: 30, burst: 5 });
  });

  test('update changes what is there, and current shows it at once', async () => {
    await using client = await connected();
    await put(client, '{"perSecond":20}');
    await using config = new Config(client, path, limits);
    await config.start();
    for (let step = 1; step <= 5; step += 1) {
      const updated = await config.update((now) => ({ ...now, perSecond: now.perSecond + 1 }));
      expect(updated.perSecond).toBe(20 + step);
      expect(config.current).toEqual(updated);
    }
    expect(await stored(client)).toEqual({ perSecond: 25, burst: 5 });
  });

  test('of updates at the same time none is lost', async () => {
    await using client = await connected();
    await using other = await connected(client);
    const configs = [client, client, other, other].map((each) => new Config(each, path, limits, { defaults }));
    await Promise.all(configs.map((config) => config.start()));
    const turns = configs.flatMap((config) => [1, 2, 3].map(() => config.update((now) => ({ ...now, perSecond: now.perSecond + 1 }))));
    await Promise.all(turns);
    expect(await stored(client)).toEqual({ perSecond: 22, burst: 5 });
    for (const config of configs) await config.close();
  });

  test('an update makes a missing znode from the defaults, or says that there is none', async () => {
    await using client = await connected();
    const bare = new Config(client, path, limits);
    await expect(bare.update((now) => now)).rejects.toMatchObject({ name: 'NoNodeError', path });
    await new Config(client, path, limits, { defaults }).update((now) => ({ ...now, burst: 9 }));
    expect(await stored(client)).toEqual({ perSecond: 10, burst: 9 });
  });

  test('an update that changes nothing writes nothing', async () => {
    await using client = await connected();
    await put(client, '{ "perSecond" : 20 }');
    const config = new Config(client, path, limits);
    expect(await config.update((now) => now)).toEqual({ perSecond: 20, burst: 5 });
    expect((await client.exists(path))?.version).toBe(0);
  });

  test('an invalid update is refused, and nothing is written', async () => {
    await using client = await connected();
    await put(client, '{"perSecond":20}');
    const config = new Config(client, path, limits);
    const refused = config.update((now) => ({ ...now, perSecond: 0 }));
    await expect(refused).rejects.toBeInstanceOf(InvalidArgumentError);
    await expect(refused).rejects.toMatchObject({ field: `the new value of ${path}` });
    await expect(config.set({ perSecond: 0.5, burst: 1 })).rejects.toBeInstanceOf(InvalidArgumentError);
    expect((await client.exists(path))?.version).toBe(0);
  });

  test('an update of what cannot be read says so, and set mends it', async () => {
    await using client = await connected();
    await put(client, 'broken');
    await using config = new Config(client, path, limits);
    await expect(config.update((now) => now)).rejects.toBeInstanceOf(MalformedDataError);
    await config.set({ perSecond: 1, burst: 1 });
    await config.start();
    expect(config.current).toEqual({ perSecond: 1, burst: 1 });
  });

  test('any codec will do', async () => {
    await using client = await connected();
    await using config = new Config(client, path, int32, { defaults: 7 });
    await config.start();
    expect(await config.update((now) => now + 1)).toBe(8);
    expect(config.current).toBe(8);
    expect((await client.get(path)).data).toEqual(Buffer.from([0, 0, 0, 8]));
  });

  test('a closed one keeps its value and follows no more', async () => {
    await using client = await connected();
    const config = new Config(client, path, limits, { defaults });
    await config.start();
    using values = new Probe(config.value$);
    await values.next();
    await config.close();
    await config.close();
    await expect(values.next()).rejects.toThrow('the source has completed');
    expect(config.current).toEqual(defaults);
    await expect(config.start()).rejects.toBeInstanceOf(ConfigUnavailableError);
    await config.update((now) => ({ ...now, burst: 6 }));
    expect(config.current).toEqual(defaults);
  });

  test('no permission is told, and a closed client completes the streams', async () => {
    await using owner = await connected(undefined, { auth: [{ scheme: 'digest', credential: 'ann:secret' }] });
    await createClosed(owner, '/closed');
    const client = await connected(owner);
    await using forbidden = new Config(client, '/closed', limits);
    await expect(forbidden.start()).rejects.toBeInstanceOf(NoAuthError);
    await owner.delete('/closed');
    const config = new Config(client, path, limits, { defaults });
    await config.start();
    using values = new Probe(config.value$);
    await values.next();
    await client.close();
    await expect(values.next()).rejects.toThrow('the source has completed');
    expect(config.current).toEqual(defaults);
  });

  test('a wait for the first value ends with its signal', async () => {
    await using client = await connected();
    await using config = new Config(client, path, limits);
    const giveUp = new AbortController();
    const starting = config.start({ signal: giveUp.signal });
    giveUp.abort(new Error('no longer wanted'));
    await expect(starting).rejects.toThrow('no longer wanted');
  });

  test.each<[string, (client: Client) => unknown, string]>([
    ['a relative path', (client) => new Config(client, 'config', limits), 'Config.path'],
    ['no schema', (client) => new Config(client, path, {} as never), 'Config.form'],
    [
      'invalid defaults',
      (client) => new Config(client, path, limits, { defaults: { perSecond: -1, burst: 1 } }),
      'Config.options.defaults',
    ],
    ['an unknown option', (client) => new Config(client, path, limits, { default: defaults } as never), 'Config.options.default'],
    ['a history of none', (client) => new Config(client, path, limits, { history: { keep: 0 } }), 'Config.options.history.keep'],
    [
      'a relative path of history',
      (client) => new Config(client, path, limits, { history: { keep: 1, path: 'h' } }),
      'Config.options.history.path',
    ],
  ])('%s is refused by name', async (_, make, field) => {
    await using client = await connected();
    expect(() => make(client)).toThrow(expect.objectContaining({ name: 'InvalidArgumentError', field }));
  });
});

onEveryServer('Config, history', (connected) => {
  const history = { keep: 2 };

  test('old versions are kept with version and time, the newest first, so many and no more', async ({ skip }) => {
    await using client = await connected();
    if (!client.capabilities.multi) skip();
    const config = new Config(client, path, limits, { defaults, history });
    expect(await config.history()).toEqual([]);
    for (const perSecond of [1, 2, 3, 4]) await config.set({ perSecond, burst: 1 });
    const old = await config.history();
    expect(old.map(({ version, value }) => [version, value?.perSecond])).toEqual([
      [2, 3],
      [1, 2],
    ]);
    const present = await client.get(path);
    for (const { time, zxid } of old) {
      expect(zxid).toBeLessThan(present.stat.mzxid);
      expect(time.getTime()).toBeLessThanOrEqual(Number(present.stat.mtime));
    }
    expect(await client.children(`${path}/history`)).toHaveLength(2);
  });

  test('what was written by hand, what does not fit, and what was before a deletion is kept too', async ({ skip }) => {
    await using client = await connected();
    if (!client.capabilities.multi) skip();
    await put(client, 'by hand');
    const config = new Config(client, path, limits, { history: { keep: 5, path: '/config/old' } });
    await config.set({ perSecond: 1, burst: 1 });
    await client.delete(path);
    await put(client, '{"perSecond":2}');
    await config.set({ perSecond: 3, burst: 1 });
    await client.create('/config/old/note', 'a stranger');
    const old = await config.history();
    expect(old.map(({ version, value, error }) => [version, value ?? error?.name])).toEqual([
      [0, { perSecond: 2, burst: 5 }],
      [0, 'MalformedDataError'],
    ]);
    expect((await client.get(old[1]?.path ?? '')).data.toString()).toBe('by hand');
  });

  test('old versions are for the eyes of those who may read the present one', async ({ skip }) => {
    await using client = await connected(undefined, { auth: [{ scheme: 'digest', credential: 'ann:secret' }] });
    if (!client.capabilities.multi) skip();
    await client.create(path, '{"perSecond":1}', { parents: true });
    await client.setAcl(path, creatorAllAcl);
    await new Config(client, path, limits, { history }).set({ perSecond: 2, burst: 1 });
    const [name] = await client.children(`${path}/history`);
    const { acl } = await client.getAcl(path);
    expect((await client.getAcl(`${path}/history`)).acl).toEqual(acl);
    expect((await client.getAcl(`${path}/history/${name}`)).acl).toEqual(acl);
    await client.deleteAll('/config');
  });

  test('a driver without transactions is told by name, and nothing is written', async ({ skip }) => {
    await using client = await connected();
    if (client.capabilities.multi) skip();
    await put(client, '{"perSecond":1}');
    const refused = new Config(client, path, limits, { history }).set({ perSecond: 2, burst: 1 });
    await expect(refused).rejects.toMatchObject({ name: 'UnsupportedError', feature: 'transactions' });
    expect(await stored(client)).toEqual({ perSecond: 1 });
  });
});

onEveryServer('Config, several at once', (connected) => {
  const routes = z.object({ beta: z.boolean() });

  async function both(client: Client) {
    const pair = [
      new Config(client, path, limits, { defaults }),
      new Config(client, '/config/routes', routes, { defaults: { beta: false } }),
    ] as const;
    await Promise.all(pair.map((config) => config.start()));
    return pair;
  }

  test('all are changed or none is', async ({ skip }) => {
    await using client = await connected();
    if (!client.capabilities.multi) skip();
    const [one, other] = await both(client);
    const changed = await Config.updateAll([one, other], ([limit, route]) => [{ ...limit, burst: route.beta ? 1 : 2 }, { beta: true }]);
    expectTypeOf(changed[1]).toEqualTypeOf<{ beta: boolean }>();
    expect([one.current, other.current]).toEqual([{ perSecond: 10, burst: 2 }, { beta: true }]);
    const refused = Config.updateAll([one, other], ([limit]) => [{ ...limit, perSecond: 0 }, { beta: false }]);
    await expect(refused).rejects.toBeInstanceOf(InvalidArgumentError);
    expect(await stored(client, '/config/routes')).toEqual({ beta: true });
    await Promise.all([one.close(), other.close()]);
  });

  test('what one rests on may not change meanwhile, even if it is not changed itself', async ({ skip }) => {
    await using client = await connected();
    if (!client.capabilities.multi) skip();
    const [one, other] = await both(client);
    await Config.updateAll([one, other], () => [{ perSecond: 1, burst: 1 }, { beta: false }]);
    const seen: boolean[] = [];
    let meddling: Promise<unknown> = Promise.resolve();
    await Config.updateAll([one, other], ([limit, route]) => {
      // It leaves before the transaction does.
      if (seen.length === 0) meddling = client.set('/config/routes', '{"beta":true}');
      seen.push(route.beta);
      return [{ ...limit, burst: route.beta ? 100 : 200 }, route];
    });
    await meddling;
    expect(seen).toEqual([false, true]);
    expect(one.current.burst).toBe(100);
    await Promise.all([one.close(), other.close()]);
  });

  test('they have to be of one client, and each another one', async () => {
    await using client = await connected();
    await using other = await connected(client);
    const config = new Config(client, path, limits, { defaults });
    for (const second of [
      config,
      new Config(client, path, limits, { defaults }),
      new Config(other, '/config/other', limits, { defaults }),
    ]) {
      const refused = Config.updateAll([config, second], (values) => values);
      await expect(refused).rejects.toMatchObject({ name: 'InvalidArgumentError', field: 'Config.updateAll.configs' });
    }
    expect(await Config.updateAll([], () => [])).toEqual([]);
  });
});

test('a rejection is one of two errors', () => {
  expectTypeOf<ConfigRejection['error']>().toEqualTypeOf<MalformedDataError | NoNodeError>();
});
