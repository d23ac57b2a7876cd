import { expect, test } from 'vitest';
import { startEmbeddedServer } from '../../src/embedded/index.ts';
import {
  BadVersionError,
  connect,
  InvalidArgumentError,
  NoAuthError,
  NoChildrenForEphemeralsError,
  NodeExistsError,
  NoNodeError,
  NotEmptyError,
  openAcl,
  permissions,
  RefusedError,
  readAcl,
  TransactionFailedError,
  UnsupportedError,
} from '../../src/index.ts';
import { createClosed, onEveryServer } from '../support/servers.ts';

onEveryServer('znodes', (connected) => {
  test('what is stored is read back: text as UTF-8, bytes as they are, nothing and null as empty', async () => {
    await using client = await connected();
    await client.create('/text', 'grüße');
    await client.create('/bytes', new Uint8Array([0, 255]));
    await client.create('/nothing');
    await client.create('/null', null);
    expect((await client.get('/text')).data.toString()).toBe('grüße');
    expect([...(await client.get('/bytes')).data]).toEqual([0, 255]);
    expect((await client.get('/nothing')).data).toHaveLength(0);
    expect((await client.get('/null')).data).toHaveLength(0);
  });

  test('a create tells the stat, as exists does', async () => {
    await using client = await connected();
    const { path, stat } = await client.create('/a', 'x');
    expect(path).toBe('/a');
    expect(stat).toEqual(await client.exists('/a'));
    expect(stat).toMatchObject({ version: 0, dataLength: 1, ephemeralOwner: 0n });
    expect(await client.exists('/b')).toBeNull();
  });

  test('refusals come as their classes', async () => {
    await using client = await connected();
    await client.create('/a/b', '', { parents: true });
    await client.create('/e', '', { mode: 'ephemeral' });
    await expect(client.get('/x')).rejects.toBeInstanceOf(NoNodeError);
    await expect(client.create('/x/y')).rejects.toBeInstanceOf(NoNodeError);
    await expect(client.create('/a')).rejects.toBeInstanceOf(NodeExistsError);
    await expect(client.delete('/a')).rejects.toBeInstanceOf(NotEmptyError);
    await expect(client.set('/a', '', { version: 7 })).rejects.toBeInstanceOf(BadVersionError);
    await expect(client.create('/e/x')).rejects.toBeInstanceOf(NoChildrenForEphemeralsError);
    await expect(client.delete('/a/b', { version: 3 })).rejects.toMatchObject({
      name: 'BadVersionError',
      path: '/a/b',
      outcome: 'refused',
    });
  });

  test('missing parents are made when wanted', async () => {
    await using client = await connected();
    await client.create('/a/b/c', 'x', { parents: true });
    await client.ensurePath('/a/b/d/e');
    await client.ensurePath('/a/b/d/e');
    expect([...(await client.children('/a/b'))].sort()).toEqual(['c', 'd']);
  });

  test('sequential names are protected and numbered; without protection they are just numbered', async () => {
    await using client = await connected();
    const { path: first } = await client.create('/job-', '', { mode: 'persistent-sequential' });
    const { path: second } = await client.create('/job-', '', { mode: 'persistent-sequential', protect: false });
    expect(first).toMatch(/^\/_c_[0-9a-f-]{36}-job-0000000000$/);
    expect(second).toBe('/job-0000000001');
    await client.create('/dir');
    expect((await client.create('/dir/', '', { mode: 'ephemeral-sequential', protect: false })).path).toBe('/dir/0000000000');
    expect((await client.create('/dir/one', '', { protect: true })).path).toMatch(/^\/dir\/_c_[0-9a-f-]{36}-one$/);
  });

  test('an ephemeral znode belongs to the session, and goes with it', async () => {
    await using client = await connected();
    const owner = await connected(client);
    const { stat } = await owner.create('/e', '', { mode: 'ephemeral' });
    expect(stat.ephemeralOwner).toBe(owner.session?.id);
    if (owner.capabilities.inspection) expect(await owner.ephemerals()).toEqual(['/e']);
    await owner.close();
    expect(await client.exists('/e')).toBeNull();
  });

  test('set and delete take any version, or one', async () => {
    await using client = await connected();
    await client.create('/a');
    expect((await client.set('/a', 'x', { version: 0 })).version).toBe(1);
    expect((await client.set('/a', 'y')).version).toBe(2);
    await client.delete('/a', { version: 2 });
    expect(await client.exists('/a')).toBeNull();
  });

  test('deleteAll takes a subtree, and a missing one is fine', async () => {
    await using client = await connected();
    await Promise.all(Array.from({ length: 30 }, (_, n) => client.create(`/t/${n % 5}/${n}`, '', { parents: true })));
    if (client.capabilities.inspection) expect(await client.countDescendants('/t')).toBe(35);
    await client.deleteAll('/t');
    expect(await client.exists('/t')).toBeNull();
    await client.deleteAll('/t');
    await expect(client.deleteAll('/')).rejects.toBeInstanceOf(InvalidArgumentError);
  });

  test('a transaction does all or nothing, and says which operation was refused', async () => {
    await using client = await connected();
    if (!client.capabilities.multi) {
      await expect(client.transaction([{ op: 'create', path: '/a' }])).rejects.toMatchObject({
        name: 'UnsupportedError',
        outcome: 'refused',
      });
      expect(await client.exists('/a')).toBeNull();
      return;
    }
    const results = await client.transaction([
      { op: 'create', path: '/a', data: 'x' },
      { op: 'create', path: '/a/n-', mode: 'persistent-sequential' },
      { op: 'set', path: '/a', data: 'y', version: 0 },
      { op: 'check', path: '/a', version: 1 },
      { op: 'delete', path: '/a/n-0000000000' },
    ]);
    expect(results).toMatchObject([
      { op: 'create', path: '/a' },
      { op: 'create', path: '/a/n-0000000000' },
      { op: 'set', stat: { version: 1 } },
      { op: 'check' },
      { op: 'delete' },
    ]);
    const refused = client.transaction([
      { op: 'create', path: '/b' },
      { op: 'check', path: '/a', version: 9 },
    ]);
    await expect(refused).rejects.toBeInstanceOf(TransactionFailedError);
    await expect(refused).rejects.toMatchObject({ index: 1, cause: { name: 'BadVersionError', path: '/a' } });
    expect(await client.exists('/b')).toBeNull();
    expect(await client.transaction([])).toEqual([]);
  });

  test('a namespace is put before every path, made when it is needed, and taken off every answer and error', async () => {
    await using whole = await connected();
    const client = whole.usingNamespace('team/app');
    expect(await client.exists('/a')).toBeNull();
    expect(await whole.exists('/team')).toBeNull();
    await expect(client.create('/a/b')).rejects.toMatchObject({ name: 'NoNodeError', path: '/a/b' });
    expect((await client.create('/a', 'x')).path).toBe('/a');
    expect((await whole.get('/team/app/a')).data.toString()).toBe('x');
    expect((await client.create('/s-', '', { mode: 'ephemeral-sequential' })).path).toMatch(/^\/_c_/);
    if (client.capabilities.inspection) expect(await client.ephemerals()).toHaveLength(1);
    if (client.capabilities.multi) {
      await whole.usingNamespace('/other').transaction([{ op: 'create', path: '/b' }]);
      expect(await whole.exists('/other/b')).not.toBeNull();
    }
    await client.close();
    expect(whole.state).toBe('connected');
    expect(client.usingNamespace('')).toMatchObject({ state: 'connected' });
    expect(await client.usingNamespace('').exists('/team/app/a')).not.toBeNull();
  });

  test('ACLs are set, read, kept to and refused', async () => {
    await using client = await connected(undefined, { auth: [{ scheme: 'digest', credential: 'anna:secret' }] });
    await using stranger = await connected(client);
    const { createAcl, getAcl, inspection } = client.capabilities;
    await createClosed(client, '/mine');
    await expect(stranger.get('/mine')).rejects.toBeInstanceOf(NoAuthError);
    await stranger.addAuth('digest', 'anna:secret');
    expect((await stranger.get('/mine')).data).toHaveLength(0);
    await client.setAcl('/mine', readAcl);
    if (getAcl) expect((await client.getAcl('/mine')).acl).toEqual(readAcl);
    else await expect(client.getAcl('/mine')).rejects.toBeInstanceOf(UnsupportedError);
    await expect(stranger.set('/mine', 'x')).rejects.toBeInstanceOf(NoAuthError);
    await expect(client.create('/none', '', { acl: [] })).rejects.toMatchObject({ field: 'create.acl', name: 'InvalidArgumentError' });
    await expect(client.create('/wrong', '', { acl: [{ perms: permissions.all, scheme: 'nobody', id: '' }] })).rejects.toBeInstanceOf(
      createAcl ? RefusedError : UnsupportedError,
    );
    if (inspection) expect(await client.whoAmI()).toContainEqual(expect.objectContaining({ scheme: 'digest', id: 'anna' }));
  });

  test('an ACL can depend on the whole path, namespace included', async () => {
    const asked: string[] = [];
    const acl = (path: string) => {
      asked.push(path);
      return openAcl;
    };
    await using client = await connected(undefined, { acl, namespace: 'ns' });
    await client.create('/a/b', '', { parents: true });
    expect(new Set(asked)).toEqual(new Set(['/ns/a/b', '/ns/a', '/ns']));
  });

  test('sync, config and count answer', async () => {
    await using client = await connected();
    await client.sync();
    if (client.capabilities.inspection) expect(await client.countDescendants('/')).toBe(0);
    else await expect(client.countDescendants('/')).rejects.toBeInstanceOf(UnsupportedError);
    expect((await client.config()).stat.czxid).toBeTypeOf('bigint');
  });

  test('calls of one tick are served in their order', async () => {
    await using client = await connected();
    const creating = client.create('/q', '1');
    const setting = client.set('/q', '2');
    const listing = client.children('/');
    const deleting = client.delete('/q');
    const after = client.exists('/q');
    expect((await creating).path).toBe('/q');
    expect((await setting).version).toBe(1);
    expect(await listing).toEqual(['q']);
    await deleting;
    expect(await after).toBeNull();
  });
});

test('parents are made as containers', async () => {
  await using server = await startEmbeddedServer();
  await using client = await connect(server.hosts, { namespace: 'app' });
  const made: string[] = [];
  server.requests$.subscribe(({ operation, path }) => made.push(`${operation} ${path}`));
  await client.create('/a/b', '', { parents: true });
  expect(made).toEqual([
    'create2 /app/a/b',
    'createContainer /app/a',
    'createContainer /app',
    'createContainer /app/a',
    'create2 /app/a/b',
  ]);
});

test('where the server has no containers, parents are plain znodes', async () => {
  await using server = await startEmbeddedServer();
  await using client = await connect(server.hosts);
  server.faults.inject({ kind: 'refuse', code: 'UNIMPLEMENTED' }, { operation: 'createContainer' });
  await client.create('/a/b', '', { parents: true });
  expect(server.paths()).toEqual(['/a', '/a/b']);
});

test('a chroot that does not exist is named', async () => {
  await using server = await startEmbeddedServer();
  await using client = await connect(`${server.hosts}/no/such`);
  const creating = client.create('/a', '', { parents: true });
  await expect(creating).rejects.toMatchObject({ name: 'NoNodeError', path: '/a' });
  await expect(creating).rejects.toThrow('create /a: the chroot of the connection string does not exist. Make it first, or correct it');
  expect(server.paths()).toEqual([]);
});
