import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { Mutex } from '../../recipes/index.ts';
import { type EmbeddedServer, startEmbeddedServer } from '../../src/embedded/index.ts';
import { type Acl, type Client, type ClientOptions, connect, creatorAllAcl, NoAuthError, openAcl, permissions } from '../../src/index.ts';
import { realServer } from '../support/real-server.ts';

const auth = [{ scheme: 'digest', credential: 'anna:hunter2' }];
// `echo -n anna:hunter2 | openssl dgst -sha1 -binary | base64`
const anna: Acl = { perms: permissions.all, scheme: 'digest', id: 'anna:Lz+WHMElv+TBgEBxTnpy3jprneM=' };
const readable: readonly Acl[] = [anna, { perms: permissions.read, scheme: 'world', id: 'anyone' }];

describe('ACLs, embedded server', () => {
  let server: EmbeddedServer | undefined;
  beforeAll(async () => {
    server = await startEmbeddedServer();
  });
  afterAll(() => server?.close());
  suite(() => server?.hosts ?? '');
});

const real = realServer();
describe.skipIf('skip' in real)('ACLs, real ZooKeeper', () => suite(() => ('hosts' in real ? real.hosts : '')));

type Connected = (like?: Client, options?: Omit<ClientOptions, 'hosts'>) => Promise<Client>;

/** Clients in a tree of the test's own, or in that of another. Whatever is in it, anna may delete. */
function inTreesOfTheirOwn(hosts: () => string): Connected {
  const trees = new WeakMap<Client, string>();
  const newTree = async () => {
    const tree = `/docent-acl-${randomUUID()}`;
    await using anna = await connect(hosts(), { auth });
    await anna.create(tree);
    onTestFinished(async () => {
      await using sweeper = await connect(hosts(), { auth });
      await sweeper.deleteAll(tree);
    });
    return tree;
  };
  return async (like, options = {}) => {
    const tree = (like === undefined ? undefined : trees.get(like)) ?? (await newTree());
    const client = await connect(`${hosts()}${tree}`, options);
    trees.set(client, tree);
    return client;
  };
}

function suite(hosts: () => string): void {
  const connected = inTreesOfTheirOwn(hosts);

  test('creatorAllAcl makes every znode its maker’s, parents and the root of the namespace included', async () => {
    await using client = await connected(undefined, { auth, acl: creatorAllAcl, namespace: 'app' });
    await client.create('/a/b/c', 'x', { parents: true });
    await client.ensurePath('/d/e');
    for (const path of ['/', '/a', '/a/b', '/a/b/c', '/d', '/d/e']) expect((await client.getAcl(path)).acl).toEqual([anna]);

    await using stranger = await connected(client, { namespace: 'app' });
    for (const attempt of [
      () => stranger.get('/a/b/c'),
      () => stranger.children('/a'),
      () => stranger.set('/a', 'y'),
      () => stranger.create('/a/x'),
      () => stranger.delete('/a/b/c'),
      () => stranger.setAcl('/a', openAcl),
      () => stranger.create('/f'),
    ]) {
      await expect(attempt()).rejects.toBeInstanceOf(NoAuthError);
    }
    await client.deleteAll('/a');
  });

  test('a function is asked for every znode made, by its whole path', async () => {
    const asked: string[] = [];
    const acl = (path: string) => {
      asked.push(path);
      return path.startsWith('/app/public') ? readable : creatorAllAcl;
    };
    await using client = await connected(undefined, { auth, acl, namespace: 'app' });
    await client.create('/public/a', '', { parents: true });
    await client.transaction([{ op: 'create', path: '/private' }]);
    expect([...new Set(asked)].toSorted()).toEqual(['/app', '/app/private', '/app/public', '/app/public/a']);
    const given = await Promise.all(['/', '/public', '/public/a', '/private'].map(async (path) => (await client.getAcl(path)).acl));
    expect(given).toEqual([[anna], readable, readable, [anna]]);
  });

  test('the ACL of a call is before the client’s, and goes for the parents it makes too', async () => {
    await using client = await connected(undefined, { auth, acl: creatorAllAcl });
    await client.create('/open/a', '', { parents: true, acl: openAcl });
    expect((await client.getAcl('/open')).acl).toEqual(openAcl);
    expect((await client.getAcl('/open/a')).acl).toEqual(openAcl);
  });

  test('what is there already keeps its ACL', async () => {
    await using client = await connected(undefined, { auth });
    await client.create('/there');
    await using strict = await connected(client, { auth, acl: creatorAllAcl });
    await strict.ensurePath('/there/below');
    expect((await strict.getAcl('/there')).acl).toEqual(openAcl);
    expect((await strict.getAcl('/there/below')).acl).toEqual([anna]);
  });

  test('a lock’s directory and its znodes have the client’s ACL, and only who may create in it can wait for it', async () => {
    await using client = await connected(undefined, { auth, acl: creatorAllAcl });
    await using lease = await new Mutex(client, '/locks/mine').acquire();
    for (const path of ['/locks', '/locks/mine', lease.path]) expect((await client.getAcl(path)).acl).toEqual([anna]);
    await using stranger = await connected(client);
    await expect(new Mutex(stranger, '/locks/mine').acquire({ timeoutMs: 5_000 })).rejects.toBeInstanceOf(NoAuthError);
    await using friend = await connected(client, { auth });
    expect(await new Mutex(friend, '/locks/mine').tryAcquire()).toBeNull();
  });

  test('a function that gives no ACL is refused before anything is sent', async () => {
    for (const wrong of [undefined, [], [{ perms: 0, scheme: 'world', id: 'anyone' }]]) {
      // As a caller without types would.
      await using client = await connected(undefined, { acl: () => wrong as never });
      await expect(client.create('/a')).rejects.toMatchObject({ name: 'InvalidArgumentError', rule: expect.any(String) });
    }
  });

  test('credentials added later open what was closed, in the next session too', async () => {
    await using owner = await connected(undefined, { auth, acl: creatorAllAcl });
    await owner.create('/closed', 'x');
    await using client = await connected(owner);
    await expect(client.get('/closed')).rejects.toBeInstanceOf(NoAuthError);
    await client.addAuth('digest', 'anna:hunter2');
    expect((await client.get('/closed')).data.toString()).toBe('x');
  });

  test('a wrong password is nobody’s: the server takes it, and opens nothing', async () => {
    await using owner = await connected(undefined, { auth, acl: creatorAllAcl });
    await owner.create('/closed', 'x');
    await using client = await connected(owner, { auth: [{ scheme: 'digest', credential: 'anna:hunter3' }] });
    await expect(client.get('/closed')).rejects.toBeInstanceOf(NoAuthError);
  });
}
