import { execFile } from 'node:child_process';
import { chmod, cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';

// The package as the registry would have it, and a project that uses it. Nothing is fetched.

// A compilation takes many seconds on a busy machine.
vi.setConfig({ testTimeout: 180_000 });

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
const installed = join(root, 'node_modules');
const compiler = join(installed, 'typescript', 'bin', 'tsc');

let folder: string;
let tarball: string;
let consumer: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'docent-package-test-'));
  tarball = await pack(join(folder, 'package'));
  consumer = await install(join(folder, 'consumer'));
}, 300_000);

afterAll(() => rm(folder, { recursive: true, force: true }));

/** Built in a folder of its own, so that no stale or half-made `dist` is taken for the package's. */
async function pack(stage: string): Promise<string> {
  await mkdir(stage);
  for (const name of ['package.json', 'README.md', 'LICENSE', 'CHANGELOG.md']) await cp(join(root, name), join(stage, name));
  await run(process.execPath, [compiler, '-p', join(root, 'tsconfig.json'), '--outDir', join(stage, 'dist')]);
  // What `bench` and tests leave in `dist`, and what else lies about.
  for (const stray of ['dist/bench/main.js', 'dist/.test-1/cli/main.js', 'src/index.ts', 'test/x.test.ts', '.env']) {
    await mkdir(join(stage, dirname(stray)), { recursive: true });
    await writeFile(join(stage, stray), '');
  }
  const { stdout } = await run('npm', ['pack', '--json', '--offline', '--ignore-scripts', '--pack-destination', folder, stage]);
  const [{ filename }] = JSON.parse(stdout) as [{ filename: string }];
  return join(folder, filename);
}

/** What `npm install docent rxjs zod` makes, with the packages that are here. */
async function install(project: string): Promise<string> {
  const modules = join(project, 'node_modules');
  const docent = join(modules, 'docent');
  await mkdir(docent, { recursive: true });
  await run('tar', ['-xzf', tarball, '-C', docent, '--strip-components=1']);
  await mkdir(join(modules, '@types'));
  for (const name of ['rxjs', 'zod', 'commander', 'croner', '@types/node']) await symlink(join(installed, name), join(modules, name));
  await writeFile(join(project, 'package.json'), JSON.stringify({ type: 'module' }));
  const { bin } = JSON.parse(await readFile(join(docent, 'package.json'), 'utf8')) as { bin: { docent: string } };
  await mkdir(join(modules, '.bin'));
  await chmod(join(docent, bin.docent), 0o755);
  await symlink(join('..', 'docent', bin.docent), join(modules, '.bin', 'docent'));
  return project;
}

/** Type-checks a program as a project would that trusts nobody: strict, declarations of packages included. */
async function check(name: string, program: string): Promise<void> {
  await writeFile(join(consumer, name), program);
  await compile('--noEmit', name);
}

async function compile(...args: readonly string[]): Promise<void> {
  await compileAs(['--module', 'nodenext'], ...args);
}

async function compileAs(modules: readonly string[], ...args: readonly string[]): Promise<void> {
  const options = '--strict --exactOptionalPropertyTypes --skipLibCheck false --target es2022 --types node'.split(' ');
  await outputOf(process.execPath, [compiler, ...options, ...modules, ...args]);
}

/** A tool that finds fault ends with a status of its own; what it says of that is the reason. */
async function outputOf(command: string, args: readonly string[]): Promise<string> {
  try {
    const { stdout } = await run(command, [...args], { cwd: consumer, timeout: 150_000, env: { ...process.env, NO_COLOR: '1' } });
    return stdout;
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    throw new Error(`${command} ${args.join(' ')} failed:\n${stdout}${stderr}`, { cause: error });
  }
}

/** The one program that the README prints; it is JavaScript and TypeScript. */
async function programOfReadme(): Promise<string> {
  const [program] = await programsOf('README.md');
  if (program === undefined) throw new Error('README.md has no program');
  return program;
}

async function programsOf(page: string): Promise<readonly string[]> {
  const text = await readFile(join(root, page), 'utf8');
  return [...text.matchAll(/^```[jt]s\n([\s\S]*?)^```$/gm)].map(([, program = '']) => program);
}

test('it holds the compiled sources and the texts about them, and nothing else', async () => {
  const files = (await outputOf('tar', ['-tzf', tarball])).trimEnd().split('\n');
  expect(files).toEqual(expect.arrayContaining(['package/dist/src/index.js', 'package/dist/src/index.d.ts', 'package/dist/cli/main.js']));
  const strays = files.filter((file) => !/^package\/dist\/(src|recipes|cli)\/.+\.(js|d\.ts)$/.test(file));
  expect(strays.toSorted()).toEqual(['CHANGELOG.md', 'LICENSE', 'README.md', 'package.json'].map((name) => `package/${name}`));
});

test('publint finds nothing to say', async () => {
  expect(await outputOf(process.execPath, [join(installed, 'publint', 'src', 'cli.js'), 'run', tarball, '--strict'])).toContain(
    'All good!',
  );
});

test('its types are resolved as its code is', async () => {
  const attw = join(installed, '@arethetypeswrong', 'cli', 'dist', 'index.js');
  const options = ['--profile', 'esm-only', '--no-definitely-typed', '--no-emoji', '--format', 'ascii'];
  // Its status says whether all is well.
  const report = await outputOf(process.execPath, [attw, tarball, ...options]);
  expect(report.match(/^node16 \(from ESM\): OK \(ESM\)$/gm)).toHaveLength(5);
});

test('a strict project can use every entry', async () => {
  await check(
    'consumer.ts',
    `import { Client, type ClientOptions, connect, type Session, SessionLostError } from 'docent';
     import { createZooKeeperDriver } from 'docent/drivers/zookeeper';
     import { type EmbeddedServer, startEmbeddedServer } from 'docent/embedded';
     import { type Lease, Mutex } from 'docent/recipes';
     import { type EmbeddedZooKeeper, startTestZooKeeper, type TestZooKeeper, zookeeperFixture } from 'docent/testing';
     import manifest from 'docent/package.json' with { type: 'json' };

     const version: string = manifest.version;
     const options: ClientOptions = { hosts: 'a:2181', driver: createZooKeeperDriver };
     export const use = async (lease: Lease, server: EmbeddedServer): Promise<bigint> => {
       const client: Client = await connect(server.hosts, { sessionTimeoutMs: 4_000 });
       const session: Session | undefined = client.session;
       await new Mutex(client, '/' + version, { id: options.hosts }).run((own) => own.assertValid());
       if (session?.signal.reason instanceof SessionLostError) await startEmbeddedServer();
       return lease.token;
     };
     export const tryOut = async (client: Client): Promise<void> => {
       await using embedded: EmbeddedZooKeeper = await startTestZooKeeper({ minSessionTimeoutMs: 100 });
       await using any: TestZooKeeper = await startTestZooKeeper({ kind: process.env['CI'] ? 'container' : 'embedded' });
       await any.expireSession(client);
       if (any.kind === 'container') any.wire.cut();
       else any.faults.dropConnections();
       const { zookeeper } = zookeeperFixture();
       await zookeeper({}, async ({ faults }) => faults.pause());
     };`,
  );
});

const usesEveryEntry = `
  import { connect } from 'docent';
  import { createZooKeeperDriver } from 'docent/drivers/zookeeper';
  import { startEmbeddedServer } from 'docent/embedded';
  import { Mutex } from 'docent/recipes';
  import { startTestZooKeeper } from 'docent/testing';
  export const version: string = [connect, createZooKeeperDriver, startEmbeddedServer, Mutex, startTestZooKeeper].map(({ name }) => name).join();
  export const wrong: number = connect;`;

test.each([
  ['node16', 'every-entry.mts', ['--module', 'node16']],
  ['bundler', 'every-entry.ts', ['--module', 'preserve', '--moduleResolution', 'bundler']],
  ['nodenext, from CommonJS', 'every-entry.cts', ['--module', 'nodenext']],
])('types of every entry are found under %s', async (_, name, modules) => {
  await writeFile(join(consumer, name), usesEveryEntry);
  // The one mistake in it is seen, so that the types are ours and not `any`.
  const refused = compileAs(modules, '--noEmit', name);
  await expect(refused).rejects.toThrow(/error TS2322: Type '.*Promise<Client>.*' is not assignable to type 'number'/);
  await expect(refused).rejects.not.toThrow(/error TS(?!2322)/);
});

test('a CommonJS program takes it by `require`', async () => {
  const program = `
    const { connect } = require('docent');
    const { startEmbeddedServer } = require('docent/embedded');
    const { Mutex } = require('docent/recipes');
    (async () => {
      const server = await startEmbeddedServer();
      const client = await connect(server.hosts);
      console.log(await new Mutex(client, '/lock').run((lease) => lease.isValid()));
      await client.close();
      await server.close();
    })();`;
  await writeFile(join(consumer, 'program.cjs'), program);
  expect(await outputOf(process.execPath, ['program.cjs'])).toBe('true\n');
});

test('wrong use of it does not type-check', async () => {
  await expect(
    check('wrong.ts', `import { connect } from 'docent';\nexport const client: string = await connect('a:2181');`),
  ).rejects.toThrow('TS2322');
});

test('what is not an entry cannot be imported', async () => {
  await writeFile(join(consumer, 'inner.mjs'), `await import('docent/dist/src/clock.js');`);
  await expect(outputOf(process.execPath, ['inner.mjs'])).rejects.toThrow('ERR_PACKAGE_PATH_NOT_EXPORTED');
});

test('without the package of the C client, its driver says how to get that, at once', async () => {
  const program = `
    import { connect } from 'docent';
    import { createZooKeeperDriver } from 'docent/drivers/zookeeper';
    await connect('127.0.0.1:1', { driver: createZooKeeperDriver }).catch(({ name, message }) => console.log(name, message));`;
  await writeFile(join(consumer, 'driver.mjs'), program);
  expect(await outputOf(process.execPath, ['driver.mjs'])).toMatch(/^DriverUnavailableError .+`npm install zookeeper`/);
});

test('without the library testcontainers, asking for a container says how to get it', async () => {
  const program = `
    import { startTestZooKeeper } from 'docent/testing';
    await startTestZooKeeper({ kind: 'container' }).catch(({ name, message }) => console.log(name, message));`;
  await writeFile(join(consumer, 'container.mjs'), program);
  expect(await outputOf(process.execPath, ['container.mjs'])).toMatch(
    /^ContainerUnavailableError .+`npm install --save-dev testcontainers`/,
  );
});

test('its command runs', async () => {
  expect(await outputOf(join(consumer, 'node_modules', '.bin', 'docent'), ['--help'])).toContain('Usage: docent');
});

test("the README's program type-checks", async () => {
  await check('program.mts', await programOfReadme());
});

test('the programs of docs/testing.md are right, but for the one that wants vitest', async () => {
  const programs = (await programsOf('docs/testing.md')).filter((program) => !program.includes("from 'vitest'"));
  expect(programs).toHaveLength(3);
  const names = programs.map((_, at) => `testing-${at}.mts`);
  for (const [at, program] of programs.entries()) await writeFile(join(consumer, `testing-${at}.mts`), program);
  await compile(...names);
  expect(await outputOf(process.execPath, ['testing-0.mjs'])).toBe('false\n');
  await outputOf(process.execPath, ['--test', 'testing-2.mjs']);
});

test("the README's program runs", async () => {
  await writeFile(join(consumer, 'try.mjs'), await programOfReadme());
  const printed = await outputOf(process.execPath, ['try.mjs']);
  expect(printed).toMatch(
    /^holding \/locks\/report\/\S+\nfencing token \d+n\ncan another have it now\? false\nreleased; who is in line now\? \[\]\n$/,
  );
});
