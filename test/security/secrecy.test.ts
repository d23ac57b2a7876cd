import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Mutex } from '../../recipes/index.ts';
import { type EmbeddedServer, startEmbeddedServer } from '../../src/embedded/index.ts';
import { Client, type ClientOptions, connect, creatorAllAcl, none, randomUuid } from '../../src/index.ts';
import { Authority, encryptedKey } from '../support/certificates.ts';
import { needed } from '../support/real-server.ts';
import { SecureServer } from '../support/secure-server.ts';
import { Started, securityNeeds } from '../support/security.ts';
import { Witness } from '../support/witness.ts';

// Long enough to be nowhere by chance, in no form.
const password = 'hunter2-Zq9xWv';
const credential = `anna:${password}`;
const digest = [{ scheme: 'digest', credential }];
const sasl = [{ scheme: 'sasl', credential }];
/** For where nobody answers. */
const connectTimeoutMs = 1_000;

type Options = Omit<ClientOptions, 'hosts'>;

const started = new Started();
afterAll(() => started[Symbol.asyncDispose]());

/** Plays, and looks for the secret in all that was seen meanwhile. */
async function kept(play: (witness: Witness, options: Options) => Promise<void>, secrets: readonly string[] = []): Promise<Witness> {
  using witness = new Witness();
  await play(witness, { logger: witness.logger, closeTimeoutMs: 1_000 });
  const leaks = [password, ...secrets].flatMap((secret) => witness.leaksOf(secret).map((form) => `${form} of ${secret}`));
  expect(leaks).toEqual([]);
  return witness;
}

test.each([
  ['text', { password }, 'text'],
  ['a buffer in JSON', { json: JSON.stringify(Buffer.from(password)) }, 'numbers'],
  ['a buffer shown', { credential: Buffer.from(credential) }, 'hex'],
  ['a list of numbers', { credential: new Uint8Array(Buffer.from(credential)) }, 'numbers'],
  ['base64', { basic: Buffer.from(password).toString('base64') }, 'base64'],
  ['what is deep', { a: { b: { c: { d: { e: [new Error('x', { cause: { password } })] } } } } }, 'text'],
  ['the property of a cause', new Error('x', { cause: Object.assign(new Error('y'), { password }) }), 'text'],
])('the witness would notice %s', (_, thing, form) => {
  using witness = new Witness();
  witness.see(thing);
  expect(witness.leaksOf(password)).toContain(form);
});

describe('a credential shows in no log, error or message', () => {
  let server: EmbeddedServer;
  beforeAll(async () => {
    server = await started.keep(startEmbeddedServer({ minSessionTimeoutMs: 100 }));
  });

  test('of a client that works, is cut off, and gets a new session', async () => {
    const witness = await kept(async (seen, options) => {
      await using client = await connect(server.hosts, { ...options, auth: digest, acl: creatorAllAcl });
      await new Mutex(client, `/locks/${randomUuid()}`).run(async (lease) => seen.see(lease));
      await client.addAuth('digest', `other:${password}`);
      server.faults.dropConnections();
      await client.sync();
      server.expireSession(client.session?.id ?? 0n);
      await client.sync();
      seen.see(await client.whoAmI());
      seen.see(client);
      seen.see(client.usingNamespace('app'));
      seen.see(client.session);
      await using stranger = await connect(server.hosts, options);
      await seen.failed(() => stranger.get('/locks'));
    });
    expect(witness.errors).toContain('NoAuthError');
    expect(witness.logged.debug).toBeGreaterThan(0);
    expect(witness.logged.info).toBeGreaterThan(0);
  });

  test('when adding it fails, in any way that a request can', async () => {
    const witness = await kept(async (seen, options) => {
      await using client = await connect(server.hosts, { ...options, retry: none });
      const add = (text = credential, more = {}) => seen.failed(() => client.addAuth('digest', text, more));
      server.faults.inject({ kind: 'cut-before-apply' }, { operation: 'auth' });
      await add();
      await client.connected();
      server.faults.pause();
      await add(credential, { timeoutMs: 50 });
      server.faults.resume();
      await add(`${credential}${'x'.repeat(1_100_000)}`);
      await add(credential, { signal: AbortSignal.abort() });
      await client.close();
      await add();
    });
    expect(witness.errors).toEqual(
      expect.arrayContaining(['OutcomeUnknownError', 'OperationTimeoutError', 'RequestTooLargeError', 'AbortError', 'ClosedError']),
    );
  });

  test.each([
    ['of a scheme that the server does not know', [{ scheme: 'nonsense', credential }]],
    ['of SASL, which the server does not know', sasl],
  ])('when it is %s', async (_, auth) => {
    const witness = await kept(async (seen, options) => {
      await seen.failed(() => connect(server.hosts, { ...options, auth }));
      await using client = new Client({ hosts: server.hosts, ...options, auth });
      client.errors$.subscribe((error) => seen.see(error));
      await seen.failed(() => client.get('/a'));
      seen.see(client);
    });
    expect(witness.errors.filter((name) => name === 'AuthFailedError').length).toBeGreaterThan(2);
    expect(witness.logged.error).toBeGreaterThan(0);
  });

  test('when no server can be reached', async () => {
    const witness = await kept(async (seen, options) => {
      await seen.failed(() => connect('127.0.0.1:1', { ...options, connectTimeoutMs, auth: [...digest, ...sasl] }));
    });
    expect(witness.errors).toContain('ConnectTimeoutError');
  });

  const wrong: Readonly<Record<string, object>> = {
    'no list': { auth: credential },
    'one instead of a list': { auth: { scheme: 'digest', credential } },
    'a list of texts': { auth: [credential] },
    'a list of pairs': { auth: [['digest', credential]] },
    'an unknown part': { auth: [{ scheme: 'digest', credential, password }] },
    'a misspelt part': { auth: [{ scheme: 'digest', credentials: credential }] },
    'a misspelt option': { Auth: credential },
    'another option': { password },
    'no colon for SASL': { auth: [{ scheme: 'sasl', credential: password }] },
    'several for SASL': { auth: [...sasl, ...sasl] },
    'parts changed over': { auth: [{ scheme: '', credential }] },
    'a list as the credential': { auth: [{ scheme: 'digest', credential: [password] }] },
    'an object as the credential': { auth: [{ scheme: 'digest', credential: { password } }] },
    'in the place of TLS': { tls: password },
    'a misspelt part of TLS': { tls: { passPhrase: password } },
    'a passphrase that is no text': { tls: { passphrase: [password] } },
  };

  test.each(Object.entries(wrong))('when the options are malformed: %s', async (_, options) => {
    // As a caller without types would.
    const witness = await kept((seen) => seen.failed(() => new Client({ hosts: 'localhost:1', ...options } as never)));
    expect(witness.errors).toEqual(['InvalidArgumentError']);
  });

  test.each<readonly [string, readonly unknown[]]>([
    ['in one object without hosts', [{ auth: digest, password }]],
    ['in one object with more behind it', [{ hosts: 'localhost:1', auth: digest }, { password }]],
    ['in an object for hosts', [{ hosts: { hosts: 'localhost:1', auth: digest } }]],
    ['in a list', [[credential]]],
    ['in an unknown option of one object', [{ hosts: 'localhost:1', passwd: credential }]],
    ['in a policy that is none', ['localhost:1', { retry: { password } }]],
    ['behind the hosts, as text', ['localhost:1', credential]],
    ['in a logger that is none', ['localhost:1', { logger: { password } }]],
  ])('when `connect` is given them wrongly: %s', async (_, given) => {
    const witness = await kept((seen) => seen.failed(() => connect(...(given as [string]))));
    expect(witness.errors).toEqual(['InvalidArgumentError']);
  });

  test('when what is added is malformed', async () => {
    const witness = await kept(async (seen, options) => {
      await using client = await connect(server.hosts, options);
      await seen.failed(() => client.addAuth('', credential));
      await seen.failed(() => client.addAuth('sasl', credential));
      await seen.failed(() => client.addAuth('digest', { password } as never));
    });
    expect(witness.errors).toEqual(['InvalidArgumentError', 'InvalidArgumentError', 'InvalidArgumentError']);
  });
});

describe('on a real server', () => {
  test('neither a password for SASL nor what it is proved with is seen', async (context) => {
    needed(context, securityNeeds);
    const server = await started.keep(SecureServer.start({ users: { anna: password } }));
    const witness = await kept(async (seen, options) => {
      await using client = await connect(server.hosts, { ...options, auth: sasl });
      seen.see(await client.whoAmI());
      seen.see(client);
      await seen.failed(() => connect(server.hosts, { ...options, auth: [{ scheme: 'sasl', credential: `bob:${password}!` }] }));
      await server.process.kill();
      await seen.failed(() => client.get('/a', { timeoutMs: 200 }));
    });
    expect(witness.errors).toEqual(expect.arrayContaining(['AuthFailedError', 'OperationTimeoutError']));
  });

  test('neither a private key nor its passphrase is seen', async (context) => {
    needed(context, securityNeeds);
    const authority = await started.keep(Authority.create('authority'));
    const [ours, other] = await Promise.all([authority.issue({ commonName: 'anna' }), authority.issue({ commonName: 'bob' })]);
    const key = await encryptedKey(ours.key, password);
    const secrets = [bodyOf(ours.key), bodyOf(key), bodyOf(other.key)];
    const tls = { ca: authority.cert, cert: ours.cert };
    const witness = await kept(async (seen, options) => {
      await seen.failed(() => connect('127.0.0.1:1', { ...options, connectTimeoutMs, tls: { ...tls, key, passphrase: password } }));
      for (const wrongTls of [
        { ...tls, key: other.key },
        { ...tls, key: ours.key.slice(0, 150) },
        { ...tls, key, passphrase: `${password}!` },
        { ca: other.key, cert: ours.cert, key },
        { ...tls, cert: ours.key, key: ours.cert },
        { ca: authority.cert, key, passphrase: password },
      ]) {
        await seen.failed(() => connect('127.0.0.1:1', { ...options, connectTimeoutMs, tls: wrongTls }));
      }
    }, secrets);
    expect(witness.errors.filter((name) => name === 'InvalidArgumentError').length).toBe(6);
  });
});

/** The second line of a PEM text. */
function bodyOf(pem: string): string {
  return pem.split('\n')[1] ?? pem;
}
