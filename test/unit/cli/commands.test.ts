import { createHash } from 'node:crypto';
import { bufferCount, filter, firstValueFrom } from 'rxjs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type EmbeddedServer, startEmbeddedServer } from '../../../src/embedded/index.ts';
import { type Client, connect, permissions } from '../../../src/index.ts';
import { docent, type Ended, type Running, start, type TerminalOptions } from './fake-terminal.ts';

let server: EmbeddedServer;
let client: Client;

beforeEach(async () => {
  server = await startEmbeddedServer();
  client = await connect(server.hosts);
});

afterEach(async () => {
  await client.close();
  await server.close();
});

/** Runs the program against the server. */
function on(args: string, options?: TerminalOptions): Promise<Ended> {
  return docent(['--hosts', server.hosts, ...args.split(' ')], options);
}

function starting(args: string): Running {
  return start(['--hosts', server.hosts, ...args.split(' ')]);
}

/** Runs the program until its standard output is as expected, interrupts it, and gives the status. */
async function interruptedAfter({ terminal, status }: Running, holds: () => boolean): Promise<number> {
  await terminal.until(holds);
  terminal.signals$.next('SIGINT');
  return await status;
}

test('ls lists the children, sorted', async () => {
  for (const path of ['/b', '/a', '/a/y', '/a/x']) await client.create(path);
  expect(await on('ls /a')).toMatchObject({ status: 0, out: 'x\ny\n', err: '' });
  expect((await on('ls -R /a')).out).toBe('/a\n/a/x\n/a/y\n');
  expect((await on('ls /a/x')).out).toBe('');
  expect((await on('ls --json /a')).objects).toEqual([{ path: '/a', children: [{ path: '/a/x' }, { path: '/a/y' }] }]);
});

test('ls keeps names as they are', async () => {
  for (const path of ['/a', '/a/trailing ', '/a/no-break\u00a0', '/a/ leading']) await client.create(path);
  expect((await on('ls /a')).out).toBe(' leading\nno-break\u00a0\ntrailing \n');
});

test('ls -R asks for many znodes in one request', async () => {
  const leaves = Array.from({ length: 600 }, (_, index) => `/a/${String(index).padStart(3, '0')}`);
  await client.transaction(['/a', ...leaves].map((path) => ({ op: 'create', path })));
  const served: string[] = [];
  server.requests$.subscribe(({ operation }) => served.push(operation));
  expect((await on('ls -R /a')).out).toBe(`${['/a', ...leaves].join('\n')}\n`);
  expect(served.filter((operation) => operation === 'multiRead')).toHaveLength(3);
  expect(served.length).toBeLessThan(10);
});

test('ls -R shows what may be read, and tells of the rest, which gives 1', async () => {
  for (const path of ['/a', '/a/secret', '/a/secret/x', '/a/z', '/a/z/y']) await client.create(path);
  await client.setAcl('/a/secret', [{ scheme: 'world', id: 'anyone', perms: permissions.admin }]);
  const { status, out, err } = await on('ls -R /a');
  expect({ status, out }).toEqual({ status: 1, out: '/a\n/a/secret\n/a/z\n/a/z/y\n' });
  expect(err).toContain('/a/secret');
  expect(await on('ls -R /a/secret')).toMatchObject({ status: 1, out: '' });
});

test('what follows something ends when nobody reads any more', async () => {
  await client.create('/a', 'one');
  for (const command of ['get -w /a', 'ls -w /', 'ls -R -w /a', 'watch /a', 'group ls -w /a', 'service ls -w', 'schedule ls -w /a']) {
    const running = starting(command);
    running.terminal.outputClosed$.next();
    expect(await running.status, command).toBe(0);
    expect(running.terminal.outputClosed$.observed).toBe(false);
  }
});

test('ls -s shows each child with the main parts of its stat', async () => {
  await client.create('/a');
  await client.create('/a/x', 'four');
  const { stat } = await client.create('/a/y', null, { mode: 'ephemeral' });
  const [heading, x, y] = (await on('ls -s /a')).out.split('\n').map((line) => line.split(/ {2,}/));
  expect(heading).toEqual(['VERSION', 'BYTES', 'CHILDREN', 'OWNER', 'MODIFIED', 'NAME']);
  expect(x).toMatchObject(['0', '4', '0', '-', /Z$/, 'x'].map((cell) => (cell instanceof RegExp ? expect.stringMatching(cell) : cell)));
  expect(y?.[3]).toBe(`0x${stat.ephemeralOwner.toString(16)}`);
  const [listing] = (await on('ls -s --json /a')).objects;
  expect(listing).toMatchObject({ path: '/a', children: [{ path: '/a/x', stat: { dataLength: 4 } }, { path: '/a/y' }] });
});

test.each(['', '-R '])('ls %s-w lists again whenever the list changes', async (recursive) => {
  await client.create('/a');
  const running = starting(`ls ${recursive}-w --json /a`);
  const { terminal } = running;
  const last = () => JSON.stringify(terminal.objects.at(-1));
  await terminal.until(() => terminal.objects.length > 0);
  await client.create('/a/x');
  await terminal.until(() => last().includes('/a/x'));
  await client.delete('/a/x');
  await terminal.until(() => !last().includes('/a/x'));
  await client.delete('/a');
  expect(await interruptedAfter(running, () => last() === '{"path":"/a","children":null}')).toBe(0);
  expect(terminal.err).toContain('/a: no such znode, waiting for it');
});

test('ls -R -w sees what happens deep below', async () => {
  await client.create('/a/b/c', null, { parents: true });
  const running = starting('ls -R -w /a');
  await running.terminal.until(() => running.terminal.out === '/a\n/a/b\n/a/b/c\n\n');
  await client.create('/a/b/c/d');
  expect(await interruptedAfter(running, () => running.terminal.out.endsWith('\n\n/a\n/a/b\n/a/b/c\n/a/b/c/d\n\n'))).toBe(0);
});

test('get writes the bytes, nothing added', async () => {
  const bytes = Buffer.from([0, 255, 10, 13]);
  await client.create('/a', bytes);
  const { status, bytes: got } = await on('get /a');
  expect(got).toEqual(bytes);
  expect(status).toBe(0);
  expect((await on('get --json /a')).objects).toEqual([{ path: '/a', data: 'AP8KDQ==', encoding: 'base64' }]);
  await client.set('/a', 'text');
  expect((await on('get --json -s /a')).objects).toMatchObject([{ path: '/a', data: 'text', encoding: 'utf8', stat: { version: 1 } }]);
  expect((await on('get -s /a')).out).toMatch(/^text\nczxid +0x\w+\n/);
});

test('get -w writes every newer value', async () => {
  await client.create('/a', 'one');
  const running = starting('get -w /a');
  await running.terminal.until(() => running.terminal.out === 'one\n');
  await client.set('/a', 'two');
  await running.terminal.until(() => running.terminal.out === 'one\ntwo\n');
  await client.delete('/a');
  await running.terminal.until(() => running.terminal.err.includes('/a: no such znode'));
  await client.create('/a', 'three');
  expect(await interruptedAfter(running, () => running.terminal.out === 'one\ntwo\nthree\n')).toBe(0);
});

test('create prints the path', async () => {
  expect(await on('create /a data')).toMatchObject({ status: 0, out: '/a\n', err: '' });
  expect((await client.get('/a')).data.toString()).toBe('data');
  expect((await on('create --json /b')).objects).toMatchObject([{ path: '/b', stat: { dataLength: 0 } }]);
});

test('create -s leaves the name to the server, and hides nothing in it', async () => {
  expect((await on('create -s /n')).out).toBe('/n0000000000\n');
  expect((await on('create -s /n')).out).toBe('/n0000000001\n');
});

test('create -p makes the parents; without it their absence is told', async () => {
  const refused = await on('create /x/y/z');
  expect(refused).toMatchObject({ status: 1, out: '' });
  expect(refused.err).toMatch(/create \/x\/y\/z: .*\nhint: .*-p/);
  expect((await on('create -p /x/y/z')).out).toBe('/x/y/z\n');
});

test('create -c makes a container, --ttl a znode with a time to live: the server deletes both', async () => {
  await using reaping = await startEmbeddedServer({ reaperIntervalMs: 10 });
  await using observer = await connect(reaping.hosts);
  const deleted = (path: string) => firstValueFrom(observer.watch(path).pipe(filter(({ type }) => type === 'deleted')));
  const create = (args: string) => docent(['--hosts', reaping.hosts, 'create', ...args.split(' ')]);
  const gone = Promise.all(['/c', '/t'].map(deleted));
  expect((await create('-c /c')).out).toBe('/c\n');
  expect((await create('--ttl 1ms /t')).out).toBe('/t\n');
  // The one longer-lived, and the one that is neither.
  expect((await create('-s --ttl 1h /u')).out).toMatch(/^\/u\d{10}\n$/);
  expect((await create('/v')).out).toBe('/v\n');
  await observer.create('/c/child');
  await observer.delete('/c/child');
  await gone;
  expect(reaping.paths()).toEqual([expect.stringMatching(/^\/u/), '/v']);
});

test('create -e keeps the znode until interrupted', async () => {
  const running = starting('create -e /e');
  await running.terminal.until(() => running.terminal.err.includes('as long as this command'));
  expect(await client.exists('/e')).not.toBeNull();
  running.terminal.signals$.next('SIGTERM');
  expect(await running.status).toBe(0);
  expect(await client.exists('/e')).toBeNull();
});

test('create -e ends when its session does', async () => {
  const running = starting('create -e /e');
  await running.terminal.until(() => running.terminal.err.includes('as long as this command'));
  server.expireSession((await client.exists('/e'))?.ephemeralOwner ?? 0n);
  expect(await running.status).toBe(3);
});

test('DATA - is standard input, raw', async () => {
  const bytes = Buffer.from([0, 255, 10]);
  await on('create /a -', { stdin: bytes });
  expect((await client.get('/a')).data).toEqual(bytes);
  await on('set /a -', { stdin: 'text\n' });
  expect((await client.get('/a')).data.toString()).toBe('text\n');
});

test('set prints the new version, and minds the one asked for', async () => {
  await client.create('/a');
  expect(await on('set /a x')).toMatchObject({ status: 0, out: '1\n' });
  expect((await on('set --json --version 1 /a y')).objects).toMatchObject([{ path: '/a', version: 2 }]);
  const refused = await on('set --version 1 /a z');
  expect(refused).toMatchObject({ status: 1, out: '' });
  expect(refused.err).toMatch(/docent: set\w* \/a: .*version/);
  expect((await client.get('/a')).data.toString()).toBe('y');
});

test('delete minds version and children', async () => {
  await client.create('/a');
  await client.create('/a/b');
  expect((await on('delete /a')).err).toMatch(/docent: delete \/a: .*children\nhint: .*deleteall/);
  expect((await on('delete --version 7 /a/b')).status).toBe(1);
  expect(await on('delete --version 0 /a/b')).toMatchObject({ status: 0, out: '' });
  expect(await on('delete /a')).toMatchObject({ status: 0, out: '' });
  expect(server.paths()).toEqual([]);
});

test('deleteall deletes the subtree', async () => {
  await client.create('/a/b/c', null, { parents: true });
  expect(await on('deleteall /a')).toMatchObject({ status: 0, out: '' });
  expect(server.paths()).toEqual([]);
});

test('stat shows all eleven fields', async () => {
  await client.create('/a', 'four');
  const { out, status } = await on('stat /a');
  expect(status).toBe(0);
  expect(out.trimEnd().split('\n')).toHaveLength(11);
  expect(out).toMatch(/^dataLength +4$/m);
  const [object] = (await on('stat --json /a')).objects;
  expect(object).toMatchObject({ path: '/a', stat: { dataLength: 4, czxid: expect.stringMatching(/^\d+$/) } });
});

test.each(['ls', 'ls -R', 'get', 'stat', 'delete', 'deleteall', 'set'])(
  '%s of a znode that does not exist gives 1, its path and the reason',
  async (command) => {
    const { status, out, err } = await on(`${command} /none${command === 'set' ? ' x' : ''}`);
    expect(err).toMatch(/^docent: \w+ \/none: no such znode\n/);
    expect(out).toBe('');
    expect(status).toBe(1);
  },
);

test('watch prints one line an event', async () => {
  const watching = firstValueFrom(
    server.requests$.pipe(
      filter(({ operation }) => operation === 'addWatch'),
      bufferCount(2),
    ),
  );
  const running = starting('watch /a');
  const jsonRunning = starting('--json watch -R /a');
  await watching;
  await client.create('/a');
  await client.set('/a', 'x');
  await client.create('/a/b');
  await client.delete('/a/b');
  await client.delete('/a');
  const events = () => running.terminal.out.split('\n').filter((line) => !line.startsWith('resync') && line !== '');
  expect(await interruptedAfter(running, () => events().includes('deleted /a'))).toBe(0);
  expect(events()).toEqual(['created /a', 'changed /a', 'children /a', 'children /a', 'deleted /a']);
  expect(await interruptedAfter(jsonRunning, () => jsonRunning.terminal.out.includes('{"type":"deleted","path":"/a"}\n'))).toBe(0);
  expect(jsonRunning.terminal.objects).toContainEqual({ type: 'created', path: '/a/b' });
});

test('without a server the status is 3, within the connect timeout', async () => {
  await server.faults.stop();
  const { status, out, err } = await on('--connect-timeout 200ms ls /');
  expect(err).toMatch(/^docent: .*200 ms.*\nhint: .*--hosts/);
  expect(out).toBe('');
  expect(status).toBe(3);
  await server.faults.start();
});

test('while it waits for a server, it can be interrupted', async () => {
  await server.faults.stop();
  const { terminal, status } = starting('ls /');
  terminal.signals$.next('SIGINT');
  expect(await status).toBe(130);
  expect(terminal.err).toBe('');
  await server.faults.start();
});

test('-q says only why it failed, -v says more', async () => {
  expect((await on('ls -q /none')).err).toMatch(/^docent: .*no such znode\n$/);
  expect((await on('holders -q /none')).err).toBe('');
  expect((await on('holders /none')).err).not.toBe('');
  const running = start(['-v', '--hosts', server.hosts, 'ls', '/none']);
  expect(await running.status).toBe(1);
  expect(running.terminal.err).toContain('NoNodeError');
});

test('$ZK_HOSTS names the servers where --hosts does not', async () => {
  await client.create('/a');
  expect(await docent(['ls', '/a'], { env: { ZK_HOSTS: server.hosts } })).toMatchObject({ status: 0 });
  await client.create('/a/b');
  expect((await docent(['ls', '/'], { env: { ZK_HOSTS: `${server.hosts}/a` } })).out).toBe('b\n');
});

test('credentials that the server does not accept give 1, and say what to look at, once', async () => {
  const { status, out, err } = await on('--auth bogus:x ls /');
  expect(err).toMatch(/^docent: .*'bogus'.*\nhint: --auth .*\n$/);
  expect(out).toBe('');
  expect(status).toBe(1);
});

test.each([
  ['deleteall /zookeeper', /hint: .*servers' own/],
  ['create /x/y', /hint: .*\/x is missing.*-p/],
  ['get /x/y', /hint: 'docent ls \/x'/],
])('a refusal says what to do: docent %s', async (args, hint) => {
  expect((await on(args)).err).toMatch(hint);
});

test('a chroot that does not exist is told apart from a missing parent', async () => {
  for (const args of ['ls /', 'create /a', 'create -p /a']) {
    const { status, err } = await docent(['--hosts', `${server.hosts}/none`, ...args.split(' ')]);
    expect(err).toMatch(/hint: the chroot/);
    expect(status).toBe(1);
  }
});

test('--auth authenticates', async () => {
  const digest = createHash('sha1').update('me:secret').digest('base64');
  await client.create('/mine', 'treasure', { acl: [{ perms: permissions.all, scheme: 'digest', id: `me:${digest}` }] });
  const refused = await on('get /mine');
  expect(refused.status).toBe(1);
  expect(refused.err).toContain('hint: --auth');
  expect((await on('--auth digest:me:secret get /mine')).out).toBe('treasure');
});

test('no session is left behind', async () => {
  await on('ls /');
  await on('get /none');
  expect(server.sessions().map(({ id }) => id)).toEqual([client.session?.id]);
});
