import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readdir, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Timeline } from '../../../cli/demo/timeline.ts';
import { Printer } from '../../../cli/print.ts';
import { type EmbeddedServer, startEmbeddedServer } from '../../../src/embedded/index.ts';
import { connect, never, systemClock } from '../../../src/index.ts';

// The program as users have it: compiled, and a process of its own.

const project = fileURLToPath(new URL('../../..', import.meta.url));

let server: EmbeddedServer;
let folder: string;
let main: string;

/** Compiled into a folder of its own, so that no stale or half-made `dist` is taken for the program. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'docent-built-'));
  await cp(join(project, 'package.json'), join(folder, 'package.json'));
  await symlink(join(project, 'node_modules'), join(folder, 'node_modules'));
  const compiler = join(project, 'node_modules', 'typescript', 'bin', 'tsc');
  const output = join(folder, 'dist');
  await promisify(execFile)(process.execPath, [compiler, '-p', project, '--noCheck', '--declaration', 'false', '--outDir', output]);
  main = join(output, 'cli', 'main.js');
  server = await startEmbeddedServer();
}, 120_000);

afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

async function docent(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const child = spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
  const [out, err, [status, signal]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  return { out, err, status, signal };
}

test('a command runs, prints and ends', async () => {
  expect(await docent(['--hosts', server.hosts, 'create', '/a', 'data'])).toMatchObject({ status: 0, out: '/a\n', err: '' });
  expect(await docent(['--hosts', server.hosts, 'get', '/a'])).toMatchObject({ status: 0, out: 'data', err: '' });
  expect(await docent(['--hosts', server.hosts, 'get', '/none'])).toMatchObject({ status: 1, out: '' });
});

test('a command inside a lock has our standard output, and its own status', async () => {
  const { status, out } = await docent([
    '--hosts',
    server.hosts,
    'lock',
    '/lock',
    '--',
    '/bin/sh',
    '-c',
    'echo $DOCENT_FENCING_TOKEN; exit 9',
  ]);
  expect(out).toMatch(/^\d+\n$/);
  expect(status).toBe(9);
});

test('SIGINT ends what watches with 0, quietly', async () => {
  const child = spawn(process.execPath, [main, '--hosts', server.hosts, 'ls', '-w', '/'], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  child.kill('SIGINT');
  expect(await once(child, 'exit')).toEqual([0, null]);
});

test('a reader of standard output that goes away ends it quietly', async () => {
  const client = await connect(server.hosts);
  await client.create('/large', Buffer.alloc(1_000_000, 'x'));
  await client.close();
  const child = spawn(process.execPath, [main, '--hosts', server.hosts, 'get', '-w', '/large'], { stdio: ['ignore', 'pipe', 'pipe'] });
  const err = text(child.stderr);
  child.stdout.destroy();
  expect(await once(child, 'exit')).toEqual([0, null]);
  expect(await err).toBe('');
});

test('a reader that goes away ends what follows, though nothing is written any more', async () => {
  const client = await connect(server.hosts);
  await client.create('/small', 'one');
  await client.close();
  const following = [process.execPath, main, '--hosts', server.hosts, 'get', '-w', '/small'];
  const quoted = following.map((word) => `'${word}'`).join(' ');
  expect(await promisify(execFile)('sh', ['-c', `${quoted} | head -1; echo ended`])).toMatchObject({ stdout: 'one\nended\n' });
});

test('the watcher over standard output ends with us, however we end, and keeps nothing open', async () => {
  const child = spawn(process.execPath, [main, '--hosts', server.hosts, 'ls', '-w', '/'], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  child.kill('SIGKILL');
  expect(await once(child, 'close')).toEqual([null, 'SIGKILL']);
});

test('SIGQUIT ends no command without us', async () => {
  const script = "trap 'echo heard; exit 5' QUIT; echo ready; while :; do sleep 0.05; done";
  const child = spawn(process.execPath, [main, '--hosts', server.hosts, 'lock', '/lock', '--', 'sh', '-c', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let out = '';
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString();
  });
  await once(child.stdout, 'data');
  child.kill('SIGQUIT');
  expect(await once(child, 'close')).toEqual([5, null]);
  expect(out).toBe('ready\nheard\n');
});

interface Verdict {
  readonly act: number;
  readonly claim: string;
  readonly holds: boolean;
}

test('the demo plays its six acts, with every claim true, ends with 0 and leaves nothing', async () => {
  const temporary = await mkdtemp(join(folder, 'demo-'));
  const { status, out, err } = await docent(['demo'], { TMPDIR: temporary });
  expect(err).toBe('');
  expect(out.match(/^Act \d: .*$/gm)).toEqual([
    'Act 1: three processes take turns at one file',
    'Act 2: the holder is killed',
    "Act 3: the holder's connection is cut",
    'Act 4: leaders fail over',
    'Act 5: a schedule outlives its leader',
    'Act 6: a queue loses nothing',
  ]);
  for (const claim of [
    /^ok {5}no turn is interleaved with another$/m,
    /^ok {5}worker-2 took over \d+\.\d s after the kill$/m,
    /^ok {5}with a larger fencing token: \d+ > \d+$/m,
    /^ok {5}the signal of worker-1's lease fired before worker-2 entered, by \d+ ms$/m,
    /^ok {5}worker-3 led \d+ ms after worker-2 was told to step down, and after its work had stopped$/m,
    /^ok {5}each half second has one run, \d+ of them: none left out, none twice$/m,
    /^ok {5}item \d was given to another, and handled \d+\.\d s after the kill$/m,
    /^ok {5}all 6 items were handled, and each once$/m,
    /^All 26 claims came true, in \d+\.\d s\.$/m,
  ]) {
    expect(out).toMatch(claim);
  }
  expect(out).not.toContain('FAILED');
  expect(out).not.toContain('\u001b[');
  expect(status).toBe(0);
  expect(await readdir(temporary)).toEqual([]);
}, 180_000);

test('with --hosts the demo runs the same there, and leaves no znode and no session', async () => {
  const before = new Set(server.paths());
  const { status, out } = await docent(['--hosts', server.hosts, '--json', 'demo']);
  const verdicts = out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { readonly kind: string } & Verdict)
    .filter(({ kind }) => kind === 'verdict');
  expect(verdicts.map(({ act }) => act)).toEqual([1, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 4, 5, 5, 5, 5, 6, 6, 6, 6]);
  expect(verdicts.filter(({ holds }) => !holds)).toEqual([]);
  expect(status).toBe(0);
  expect(server.paths().filter((path) => !before.has(path))).toEqual([]);
  expect(server.sessions()).toEqual([]);
}, 180_000);

test('a worker that is being hired when its act ends is not left behind', async () => {
  const { Stage } = (await import(join(folder, 'dist', 'cli', 'demo', 'stage.js'))) as typeof import('../../../cli/demo/stage.ts');
  await using client = await connect(server.hosts);
  const timeline = new Timeline(new Printer(new PassThrough(), false), systemClock, false);
  const ensemble = {
    description: '',
    hosts: server.hosts,
    servers: [{ host: '127.0.0.1', port: server.port }],
    chroot: '',
    async [Symbol.asyncDispose]() {},
  };
  const timeouts = { connectTimeoutMs: 10_000, sessionTimeoutMs: 4_000 };
  const stage = new Stage({ timeline, ensemble, client, auth: [], ...timeouts, root: '/none', folder, signal: never }, 1);
  const hiring = stage.hire('worker-1').then(
    () => 'hired',
    () => 'dismissed',
  );
  await stage[Symbol.asyncDispose]();
  expect(await hiring).toBe('dismissed');
});

/** Runs the demo on the server until it has told of `moment`, sends it the signal, and waits until it and its workers, which share its standard error, are gone. */
async function demoUntil(moment: string, signal: NodeJS.Signals) {
  const temporary = await mkdtemp(join(folder, 'demo-'));
  const env = { ...process.env, TMPDIR: temporary };
  const child = spawn(process.execPath, [main, '--hosts', server.hosts, 'demo'], { stdio: ['ignore', 'pipe', 'pipe'], env });
  const err = text(child.stderr);
  const closed = once(child, 'close');
  let out = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    const isDue = !out.includes(moment);
    out += chunk;
    if (isDue && out.includes(moment)) child.kill(signal);
  });
  const [status, endedBy] = await closed;
  return { status, endedBy, out, err: await err, files: await readdir(temporary) };
}

test.each(['Act 1', 'ENTERS', 'kills'])(
  'the demo, interrupted after %j, takes everything along and ends with 130',
  async (moment) => {
    const before = new Set(server.paths());
    const { out, ...ended } = await demoUntil(moment, 'SIGINT');
    expect(ended).toEqual({ status: 130, endedBy: null, err: '', files: [] });
    expect(out).not.toContain('failed');
    expect(server.paths().filter((path) => !before.has(path))).toEqual([]);
  },
  60_000,
);

test('the workers do not outlive a demo that is killed', async () => {
  expect(await demoUntil('kills', 'SIGKILL')).toMatchObject({ status: null, endedBy: 'SIGKILL', err: '' });
}, 60_000);
