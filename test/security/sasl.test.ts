import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Client, connect, creatorAllAcl, NoAuthError } from '../../src/index.ts';
import { needed } from '../support/real-server.ts';
import { SecureServer } from '../support/secure-server.ts';
import { failure, hasSecurityNeeds, Started, securityNeeds, using } from '../support/security.ts';
import { TcpTap } from '../support/tcp-tap.ts';

const users = { anna: 'secret', zoe: 'pässwörd', eve: '€uro', colon: 'a:b,"c' } as const;

const started = new Started();
/** Knows SASL. */
let open: SecureServer;
/** Serves nobody else. */
let strict: SecureServer;
/** Has never heard of it. */
let ignorant: SecureServer;

beforeAll(async () => {
  if (!hasSecurityNeeds) return;
  [open, strict, ignorant] = await Promise.all([
    started.keep(SecureServer.start({ users })),
    started.keep(SecureServer.start({ users, flags: ['-Dzookeeper.sessionRequireClientSASLAuth=true'] })),
    started.keep(SecureServer.start({})),
  ]);
});

afterAll(() => started[Symbol.asyncDispose]());

beforeEach((context) => {
  needed(context, securityNeeds);
});

function as(credential: string) {
  return { auth: [{ scheme: 'sasl', credential }] };
}

describe('the server takes us for whose password we know', () => {
  test.each(Object.entries(users))('%s, whose password is %s', async (user, password) => {
    const identities = await using(open.hosts, as(`${user}:${password}`), (client) => client.whoAmI());
    expect(identities).toContainEqual({ scheme: 'sasl', id: user });
  });

  test('and may give znodes to that user alone', async () => {
    await using(open.hosts, as('anna:secret'), async (anna) => {
      await anna.create('/annas', 'x', { acl: creatorAllAcl });
      expect((await anna.getAcl('/annas')).acl).toEqual([{ perms: 31, scheme: 'sasl', id: 'anna' }]);
      expect((await anna.get('/annas')).data.toString()).toBe('x');
    });
    const zoe = using(open.hosts, as('zoe:pässwörd'), (client) => client.get('/annas'));
    await expect(zoe).rejects.toBeInstanceOf(NoAuthError);
    await expect(using(open.hosts, {}, (client) => client.get('/annas'))).rejects.toBeInstanceOf(NoAuthError);
  });

  test('beside other schemes', async () => {
    const auth = [{ scheme: 'digest', credential: 'a:b' }, ...as('anna:secret').auth];
    const identities = await using(strict.hosts, { auth }, (client) => client.whoAmI());
    expect(identities.map(({ scheme }) => scheme).toSorted()).toEqual(['digest', 'ip', 'sasl']);
  });
});

test('the password never travels', async () => {
  await using tap = await TcpTap.start(open.process.port);
  await using(tap.hosts, as('anna:secret'), (client) => client.exists('/'));
  expect(tap.sent[0]?.includes('anna')).toBe(true);
  expect(tap.sent.some((bytes) => bytes.includes('secret'))).toBe(false);
});

describe('without the right password there is no session, and the error says so at once', () => {
  test.each([
    ['a wrong password', () => open, 'anna:wrong'],
    ['another user’s password', () => open, 'anna:pässwörd'],
    // With the password of who came before, ZooKeeper 3.8 takes unknown users: see docs/security.md.
    ['an unknown user', () => open, 'nobody:nothing'],
    ['a wrong password, where SASL is demanded', () => strict, 'anna:wrong'],
    ['a server without SASL', () => ignorant, 'anna:secret'],
  ] as const)('%s', async (_, server, credential) => {
    const { error, tookMs } = await failure(server().hosts, { ...as(credential), connectTimeoutMs: 15_000 });
    expect(error).toMatchObject({ name: 'AuthFailedError', scheme: 'sasl' });
    expect(tookMs).toBeLessThan(15_000);
  });

  test.each([
    ['no credentials', {}],
    ['others', { auth: [{ scheme: 'digest', credential: 'anna:secret' }] }],
  ])('%s, where SASL is demanded: the first request is refused', async (_, options) => {
    const refused = using(strict.hosts, options, (client) => client.exists('/'));
    await expect(refused).rejects.toMatchObject({
      name: 'RefusedError',
      code: 'SESSIONCLOSEDREQUIRESASLAUTH',
      message: expect.stringContaining("'sasl'"),
    });
  });
});

test('every new connection proves it again before it asks anything, and the session goes on', async () => {
  await using tap = await TcpTap.start(strict.process.port);
  await using client = await connect(tap.hosts, as('anna:secret'));
  const session = client.session?.id;
  await client.create('/mine', '', { mode: 'ephemeral', acl: creatorAllAcl });
  const changed = client.whenChanged('/mine');
  for (let round = 0; round < 3; round += 1) {
    tap.cut();
    // Handed over while there is no connection: it waits for one that is authenticated, or it would be refused.
    expect((await client.exists('/mine'))?.ephemeralOwner).toBe(session);
    expect(await sasl(client)).toEqual(['anna']);
  }
  expect(client.session?.id).toBe(session);
  expect(await changed).toBe('changed');
  expect(tap.sent.length).toBeGreaterThan(3);
});

test('a session that ends is followed by one that is authenticated too, and closing ends it on the server', async () => {
  await using tap = await TcpTap.start(strict.process.port);
  await using observer = await connect(strict.hosts, as('anna:secret'));
  const client = await connect(tap.hosts, as('anna:secret'));
  await client.create('/until-closed', '', { mode: 'ephemeral' });
  tap.cut();
  await client.close();
  expect(await observer.exists('/until-closed')).toBeNull();
});

test('one that cannot be used is refused at once, and not shown', async () => {
  await expect(connect('localhost:1', as('anna'))).rejects.toMatchObject({ field: 'connect.auth.0.credential' });
  await expect(connect('localhost:1', { auth: [...as('a:b').auth, ...as('c:d').auth] })).rejects.toMatchObject({ field: 'connect.auth' });
  const added = using(open.hosts, {}, (client) => client.addAuth('sasl', 'anna:secret'));
  await expect(added).rejects.toMatchObject({ name: 'InvalidArgumentError', field: 'addAuth.scheme' });
});

async function sasl(client: Client): Promise<readonly string[]> {
  return (await client.whoAmI()).filter(({ scheme }) => scheme === 'sasl').map(({ id }) => id);
}
