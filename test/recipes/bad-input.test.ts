import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { expect, test } from 'vitest';
import { ChildrenCache, NodeCache, TreeCache } from '../../recipes/index.ts';
import { type Client, Client as ClientOf, connect } from '../../src/index.ts';
import { World } from '../support/world.ts';

const missing = '/no/such/znode';

interface Case {
  readonly error: string;
  /** Rejects; given a connected client. */
  readonly attempt: (client: Client, world: World) => Promise<unknown>;
  /** What the error must tell. */
  readonly tells: Readonly<Record<string, unknown>>;
}

const invalid = (field: string, attempt: Case['attempt']): Case => ({ error: 'InvalidArgumentError', attempt, tells: { field } });

/** As a caller without types would. */
const options = (of: object) => of as never;
const newClient = async (of: object) => new ClientOf(options(of));

const cases: Readonly<Record<string, Case>> = {
  'hosts: empty': invalid('Client.hosts', () => newClient({ hosts: '' })),
  'hosts: no text': invalid('Client.hosts', () => newClient({ hosts: 2181 })),
  'hosts: port out of range': invalid('Client.hosts', () => newClient({ hosts: 'localhost:70000' })),
  'hosts: empty element': invalid('Client.hosts', () => newClient({ hosts: 'a:2181,,b:2181' })),
  'chroot: malformed': invalid('Client.hosts (the chroot)', () => newClient({ hosts: 'localhost:2181/a//b' })),
  'namespace: malformed': invalid('Client.namespace', () => newClient({ hosts: 'localhost', namespace: 'a//b' })),
  'option: unknown': invalid('Client.sessionTimeout', () => newClient({ hosts: 'localhost', sessionTimeout: 5 })),
  'option: session timeout not positive': invalid('Client.sessionTimeoutMs', () => newClient({ hosts: 'localhost', sessionTimeoutMs: 0 })),
  'option: credential of the wrong type': invalid('Client.auth.0.credential', () =>
    newClient({ hosts: 'localhost', auth: [{ scheme: 'digest', credential: 7 }] }),
  ),
  'path: relative': invalid('get.path', (client) => client.get('a')),
  'path: ends in a slash': invalid('get.path', (client) => client.get('/a/')),
  'path: empty element': invalid('delete.path', (client) => client.delete('/a//b')),
  "path: '..' as an element": invalid('children.path', (client) => client.children('/a/../b')),
  'path: control character': invalid('create.path', (client) => client.create('/a\u0001b')),
  'path: no text': invalid('exists.path', (client) => client.exists(options([]))),
  'timeout: zero': invalid('get.timeoutMs', (client) => client.get(missing, { timeoutMs: 0 })),
  'timeout: not a number': invalid('get.timeoutMs', (client) => client.get(missing, options({ timeoutMs: '5s' }))),
  'signal: of another kind': invalid('get.signal', (client) => client.get(missing, options({ signal: {} }))),
  'version: fraction': invalid('delete.version', (client) => client.delete(missing, { version: 1.5 })),
  'mode: unknown': invalid('create.mode', (client) => client.create(missing, null, options({ mode: 'forever' }))),
  'data: wrong type': invalid('set.data', (client) => client.set(missing, options({ a: 1 }))),
  'cache: relative path': invalid('NodeCache.path', async (client) => new NodeCache(client, 'a')),
  'cache: limit not positive': invalid(
    'ChildrenCache.options.maxNodes',
    async (client) => new ChildrenCache(client, '/a', { maxNodes: 0 }),
  ),
  'cache: schema instead of a codec': invalid(
    'TreeCache.options.codec',
    async (client) => new TreeCache(client, '/a', options({ codec: {} })),
  ),
  'cache: depth negative': invalid('TreeCache.options.maxDepth', async (client) => new TreeCache(client, '/a', { maxDepth: -1 })),
  'data: over the limit': {
    error: 'RequestTooLargeError',
    attempt: (client) => client.set(missing, Buffer.alloc(1_100_000)),
    tells: { path: missing, limitBytes: 1_048_575 },
  },
  'client: closed': {
    error: 'ClosedError',
    attempt: async (client) => {
      await client.close();
      await client.get(missing);
    },
    tells: {},
  },
  'server: unreachable': {
    error: 'ConnectTimeoutError',
    // Nobody but an administrator could listen there.
    attempt: () => connect('127.0.0.1:1', { connectTimeoutMs: 300 }),
    tells: { timeoutMs: 300 },
  },
  'server: silent': {
    error: 'ConnectTimeoutError',
    attempt: async () => {
      const silent = createServer();
      const hosts = await listening(silent);
      try {
        return await connect(hosts, { connectTimeoutMs: 300 });
      } finally {
        silent.close();
      }
    },
    tells: { timeoutMs: 300 },
  },
  'server: gone during a call': {
    error: 'OperationTimeoutError',
    attempt: async (client, world) => {
      world.server.faults.pause();
      try {
        return await client.get(missing, { timeoutMs: 200 });
      } finally {
        world.server.faults.resume();
      }
    },
    tells: { path: missing, timeoutMs: 200, outcome: 'unknown' },
  },
};

async function listening(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return `127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
}

test.each(Object.entries(cases))('%s', async (_, { error, attempt, tells }) => {
  await using world = await World.start();
  const client = await world.client();
  const failed = attempt(client, world);
  await expect(failed).rejects.toMatchObject({ name: error, ...tells });
  await expect(failed).rejects.toSatisfy(({ message }: Error) => !message.includes('undefined'));
});

test('a credential never shows in the error about it', async () => {
  await expect(newClient({ hosts: 'localhost', auth: [{ scheme: 'digest', credential: 'user:hunter2', x: 1 }] })).rejects.toSatisfy(
    (error: Error) => !JSON.stringify([error.message, error]).includes('hunter2'),
  );
});

test('docs/errors.md lists exactly these cases, with these errors', () => {
  const page = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8');
  const rows = [...page.matchAll(/^\| (\w+: [^|]+?) \| `(\w+)` \|/gm)].map(([, what, error]) => [what, error]);
  expect(rows).toEqual(Object.entries(cases).map(([what, { error }]) => [what, error]));
});
