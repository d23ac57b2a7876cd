import { readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { entries, violations } from './support/architecture.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

function read(path: string): string {
  return readFileSync(`${root}/${path}`, 'utf8');
}

function sourcesIn(folder: string): string[] {
  return readdirSync(`${root}/${folder}`, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => posix.join(folder, name));
}

test('the sources keep to the architecture', () => {
  const paths = ['src', 'recipes', 'cli'].flatMap(sourcesIn);
  expect(paths.length).toBeGreaterThan(100);
  expect(violations(Object.fromEntries(paths.map((path) => [path, read(path)])))).toEqual([]);
});

test('the entries are those of package.json', () => {
  const { exports, bin } = JSON.parse(read('package.json')) as {
    exports: Record<string, string | { default: string }>;
    bin: Record<string, string>;
  };
  const compiled = [...Object.values(exports).flatMap((to) => (typeof to === 'string' ? [] : [to.default])), ...Object.values(bin)];
  const sources = compiled.map((path) => path.replace('./dist/', '').replace(/js$/, 'ts'));
  expect(sources.toSorted()).toEqual([...entries].toSorted());
});

/** A sound package in little, which each case below spoils in one way. */
const sound = {
  'src/index.ts': "export { connect } from './client/client.ts';\nexport { type Clock, systemClock } from './clock.ts';",
  'src/clock.ts': 'export interface Clock { now(): number }\nexport const systemClock: Clock = { now: () => performance.now() };',
  'src/errors/refusal.ts': 'export class Refused extends Error {}',
  'src/protocol/jute.ts': "import { Refused } from '../errors/refusal.ts';\nexport const int = () => new Refused();",
  'src/driver/driver.ts': 'export interface Driver { close(): void }',
  'src/driver/wire/socket.ts':
    "import { connect } from 'node:net';\nimport { int } from '../../protocol/jute.ts';\nexport const open = () => [connect(1), int()];",
  'src/driver/wire/wire-driver.ts':
    "import type { Driver } from '../driver.ts';\nimport { open } from './socket.ts';\nexport const wire = (): Driver => ({ close: open });",
  'src/client/connect.ts': "import { wire } from '../driver/wire/wire-driver.ts';\nexport const openDriver = () => wire();",
  'src/client/client.ts':
    "import type { Driver } from '../driver/driver.ts';\nimport { openDriver } from './connect.ts';\nexport const connect = (): Driver => openDriver();",
  'src/embedded/index.ts': "export { start } from './server.ts';",
  'src/embedded/server.ts':
    "import { createServer } from 'node:net';\nimport { int } from '../protocol/jute.ts';\nexport const start = () => [createServer(), int()];",
  'src/testing/index.ts': "export { startTestZooKeeper } from './start.ts';",
  'src/testing/start.ts':
    "import { start } from '../embedded/index.ts';\nimport { connect } from '../index.ts';\nexport const startTestZooKeeper = () => [start(), connect()];",
  'recipes/index.ts': "export { Mutex } from './locks/mutex.ts';",
  'recipes/lease.ts': "import { connect } from '../src/index.ts';\nexport const lease = (time: Date) => [connect(), new Date(+time)];",
  'recipes/locks/mutex.ts':
    "import { lease } from '../lease.ts';\nexport interface Options {}\nexport class Mutex { lease = lease; setTimeout(_: Options) {} }",
  'cli/main.ts':
    "import { connect } from '../src/index.ts';\nimport { Mutex } from '../recipes/index.ts';\nimport { start } from '../src/embedded/index.ts';\nexport const main = [connect, Mutex, start];",
} as const;

type Path = keyof typeof sound;

test('a package that keeps to every rule has nothing to report', () => {
  expect(violations(sound)).toEqual([]);
});

/** What is put before the text of a file, and the sentence that must come of it, alone. */
const spoiled: readonly { rule: string; path: Path; with: string; finding: string }[] = [
  {
    rule: 'a base file uses base files only',
    path: 'src/errors/refusal.ts',
    with: "import { Driver } from '../driver/driver.ts';",
    finding: 'src/errors/refusal.ts: imports src/driver/driver.ts, but the base files may use only',
  },
  {
    rule: 'the protocol knows no driver',
    path: 'src/protocol/jute.ts',
    with: "import type { Driver } from '../driver/driver.ts';",
    finding: 'src/protocol/jute.ts: imports src/driver/driver.ts, but the protocol may use only',
  },
  {
    rule: 'the port knows no protocol',
    path: 'src/driver/driver.ts',
    with: "import { int } from '../protocol/jute.ts';",
    finding: 'src/driver/driver.ts: imports src/protocol/jute.ts, but the port may use only',
  },
  {
    rule: 'a driver does not know the embedded server',
    path: 'src/driver/wire/socket.ts',
    with: "import { start } from '../../embedded/server.ts';",
    finding: 'src/driver/wire/socket.ts: imports src/embedded/server.ts, but a driver may use only',
  },
  {
    rule: 'the embedded server does not know the drivers',
    path: 'src/embedded/server.ts',
    with: "import { open } from '../driver/wire/socket.ts';",
    finding: 'src/embedded/server.ts: imports src/driver/wire/socket.ts, but the embedded server may use only',
  },
  {
    rule: 'the embedded server does not know the port either',
    path: 'src/embedded/server.ts',
    with: "type Driver = import('../driver/driver.ts').Driver;",
    finding: 'src/embedded/server.ts: imports src/driver/driver.ts, but the embedded server may use only',
  },
  {
    rule: 'the client knows no protocol',
    path: 'src/client/client.ts',
    with: "import { int } from '../protocol/jute.ts';",
    finding: 'src/client/client.ts: imports src/protocol/jute.ts, but the client may use only',
  },
  {
    rule: 'only connect.ts names a concrete driver',
    path: 'src/client/client.ts',
    with: "const { wire } = await import('../driver/wire/wire-driver.ts');",
    finding: 'src/client/client.ts: imports src/driver/wire/wire-driver.ts, but the client may use only',
  },
  {
    rule: 'the entry hands on no driver',
    path: 'src/index.ts',
    with: "export { wire } from './driver/wire/wire-driver.ts';",
    finding: 'src/index.ts: imports src/driver/wire/wire-driver.ts, but the entry of docent may use only',
  },
  {
    rule: 'a recipe uses only what users can',
    path: 'recipes/lease.ts',
    with: "import { systemClock } from '../src/clock.ts';",
    finding: 'recipes/lease.ts: imports src/clock.ts, but the recipes may use only',
  },
  {
    rule: 'the test kit uses only what users can',
    path: 'src/testing/start.ts',
    with: "import type { Driver } from '../driver/driver.ts';",
    finding: 'src/testing/start.ts: imports src/driver/driver.ts, but the test kit may use only',
  },
  {
    rule: 'the test kit opens no sockets',
    path: 'src/testing/start.ts',
    with: "import type { Socket } from 'node:net';",
    finding: 'src/testing/start.ts: imports node:net, which only',
  },
  {
    rule: 'the command line goes in by the entries',
    path: 'cli/main.ts',
    with: "import { lease } from '../recipes/lease.ts';",
    finding: 'cli/main.ts: imports recipes/lease.ts, but the command line may use only',
  },
  {
    rule: 'nothing imports tests',
    path: 'recipes/lease.ts',
    with: "import '../test/support/world.ts';",
    finding: 'recipes/lease.ts: imports test/support/world.ts, but the recipes may use only',
  },
  ...(['net', 'node:net', 'node:tls'] as const).map((module) => ({
    rule: `sockets stay in the socket file: ${module}`,
    path: 'src/driver/wire/wire-driver.ts' as const,
    with: `import type { Socket } from '${module}';`,
    finding: `src/driver/wire/wire-driver.ts: imports ${module}, which only`,
  })),
  ...[
    'performance.now()',
    'globalThis.performance',
    'Date.now()',
    'new Date()',
    'Date()',
    'setTimeout(() => {}, 1)',
    'setInterval(() => {}, 1)',
    'setImmediate(() => {})',
    'Math.random()',
    'crypto.randomUUID()',
    'crypto.getRandomValues(new Uint8Array(1))',
    'process.hrtime.bigint()',
    '({ performance })',
  ].map((expression) => ({
    rule: `time and randomness stay in the clock: ${expression}`,
    path: 'recipes/lease.ts' as const,
    with: `const ambient = ${expression};`,
    finding: 'recipes/lease.ts: uses `',
  })),
  ...["import { setTimeout as wait } from 'node:timers/promises';", "import { randomUUID } from 'node:crypto';"].map((line) => ({
    rule: `time and randomness stay in the clock: ${line}`,
    path: 'cli/main.ts' as const,
    with: line,
    finding: 'cli/main.ts: uses `',
  })),
  {
    rule: 'there are no cycles, not even of types',
    path: 'src/driver/wire/socket.ts',
    with: "import type { wire } from './wire-driver.ts';",
    finding: 'imports itself by way of',
  },
  {
    rule: 'there are no barrels but the entries',
    path: 'src/protocol/jute.ts',
    with: "export { Refused } from '../errors/refusal.ts';\nexport * from '../errors/refusal.ts';",
    finding: 'src/protocol/jute.ts: is a barrel',
  },
  {
    rule: 'nothing is exported for tests',
    path: 'src/errors/refusal.ts',
    with: 'export function resetForTests() {}',
    finding: 'src/errors/refusal.ts: exports resetForTests, which neither',
  },
  {
    rule: 'not even a type is exported for tests',
    path: 'src/errors/refusal.ts',
    with: 'export interface OnlyTestsWantMe {}',
    finding: 'src/errors/refusal.ts: exports OnlyTestsWantMe, which neither',
  },
];

describe('a breach of a rule is found, and that alone', () => {
  test.each(spoiled)('$rule', ({ path, with: line, finding }) => {
    expect(violations({ ...sound, [path]: `${line}\n${sound[path]}` })).toEqual([expect.stringContaining(finding)]);
  });

  test('every module is there for an entry', () => {
    expect(violations({ ...sound, 'recipes/fake.ts': 'const fake = 1;' })).toEqual([
      'recipes/fake.ts: no entry of the package leads to it.',
    ]);
  });

  test('every file has its layer', () => {
    expect(violations({ ...sound, 'src/utils/x.ts': '' })).toContain('src/utils/x.ts: belongs to no layer.');
  });
});
