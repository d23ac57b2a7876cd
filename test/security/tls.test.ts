import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Mutex } from '../../recipes/index.ts';
import { startEmbeddedServer } from '../../src/embedded/index.ts';
import { Client, type ClientOptions, ConnectTimeoutError, InvalidArgumentError, undisclosed } from '../../src/index.ts';
import { Authority, type Certificate, encryptedKey } from '../support/certificates.ts';
import { needed } from '../support/real-server.ts';
import { SecureServer } from '../support/secure-server.ts';
import { failure, hasSecurityNeeds, Started, securityNeeds, using } from '../support/security.ts';
import { TcpTap } from '../support/tcp-tap.ts';

const names = 'DNS:localhost,IP:127.0.0.1';

type Tls = NonNullable<ClientOptions['tls']>;

/** Four servers, and certificates of all sorts. */
interface World {
  readonly ours: Authority;
  readonly foreign: Authority;
  /** Demands a certificate of ours from its clients, by TLS 1.3, and knows SASL too. */
  readonly mutual: SecureServer;
  readonly expired: SecureServer;
  /** Demands a certificate of ours too, by TLS 1.2. */
  readonly foreignServer: SecureServer;
  readonly misnamed: SecureServer;
  readonly client: Certificate;
  readonly foreignClient: Certificate;
  readonly expiredClient: Certificate;
}

const started = new Started();
let world: World;

beforeAll(async () => {
  if (hasSecurityNeeds) world = await startWorld();
});

afterAll(() => started[Symbol.asyncDispose]());

beforeEach((context) => {
  needed(context, securityNeeds);
});

async function startWorld(): Promise<World> {
  const [ours, foreign] = await Promise.all([
    started.keep(Authority.create('our authority')),
    started.keep(Authority.create('another authority')),
  ]);
  const subject = { commonName: 'server', names };
  const [good, expired, strange, misnamed, client, foreignClient, expiredClient] = await Promise.all([
    ours.issue(subject),
    ours.issue({ ...subject, isExpired: true }),
    foreign.issue(subject),
    ours.issue({ commonName: 'localhost', names: 'DNS:zk.example,IP:127.0.0.9' }),
    ours.issue({ commonName: 'anna' }),
    foreign.issue({ commonName: 'anna' }),
    ours.issue({ commonName: 'anna', isExpired: true }),
  ]);
  const servers = await Promise.all([
    started.keep(SecureServer.start({ certificate: good, clientAuthority: ours, protocol: 'TLSv1.3', users: { anna: 'secret' } })),
    started.keep(SecureServer.start({ certificate: expired })),
    started.keep(SecureServer.start({ certificate: strange, clientAuthority: ours })),
    started.keep(SecureServer.start({ certificate: misnamed })),
  ]);
  const [mutual, expiredServer, foreignServer, misnamedServer] = servers;
  const certificates = { client, foreignClient, expiredClient };
  return { ours, foreign, mutual, expired: expiredServer, foreignServer, misnamed: misnamedServer, ...certificates };
}

/** What anna connects with. */
function annas(): Tls {
  return { ca: world.ours.cert, cert: world.client.cert, key: world.client.key };
}

function trusting(): Tls {
  return { ca: world.ours.cert };
}

describe('a server that proves who it is, and knows its clients by their certificates', () => {
  test.for(['localhost', '127.0.0.1'])('is taken as %s, and takes us for who our certificate says', async (host) => {
    const identities = await using(world.mutual.secureHosts(host), { tls: annas() }, (client) => client.whoAmI());
    expect(identities).toContainEqual({ scheme: 'x509', id: 'CN=anna' });
  });

  test('lets everything else work as on a plain connection', async () => {
    await using(world.mutual.secureHosts(), { tls: annas() }, async (client) => {
      const data = Buffer.alloc(300_000, 'x');
      await client.create('/large', data);
      expect((await client.get('/large')).data.equals(data)).toBe(true);
      await client.delete('/large');
      await new Mutex(client, '/locks/tls').run(async (lease) => expect(lease.isValid()).toBe(true));
    });
  });

  test('takes further credentials beside the certificate', async () => {
    const auth = [
      { scheme: 'sasl', credential: 'anna:secret' },
      { scheme: 'digest', credential: 'a:b' },
    ];
    const identities = await using(world.mutual.secureHosts(), { tls: annas(), auth }, (client) => client.whoAmI());
    expect(identities.map(({ scheme }) => scheme).toSorted()).toEqual(['digest', 'ip', 'sasl', 'x509']);
  });

  test('takes a key that is encrypted, and options as bytes', async () => {
    const { cert, key } = world.client;
    const passphrase = 'open sesame';
    const tls = {
      ca: Buffer.from(world.ours.cert),
      cert: Buffer.from(cert),
      key: Buffer.from(await encryptedKey(key, passphrase)),
      passphrase,
    };
    expect(await using(world.mutual.secureHosts(), { tls }, (client) => client.whoAmI())).toContainEqual({ scheme: 'x509', id: 'CN=anna' });
  });

  test('keeps the session when a connection is cut, by TLS again', async () => {
    await using tap = await TcpTap.start(world.mutual.securePort);
    await using(tap.hosts, { tls: annas() }, async (client) => {
      const id = client.session?.id;
      await client.create('/tls-session', '', { mode: 'ephemeral' });
      tap.cut();
      expect((await client.exists('/tls-session'))?.ephemeralOwner).toBe(id);
      expect(client.session?.id).toBe(id);
      expect(await client.whoAmI()).toContainEqual({ scheme: 'x509', id: 'CN=anna' });
    });
    expect(tap.sent.length).toBeGreaterThan(1);
    expect(tap.sent.every(isTls)).toBe(true);
  });
});

test('a name that the certificate bears can be given in the place of the host', async () => {
  for (const servername of ['zk.example', '127.0.0.9']) {
    const tls = { ...trusting(), servername };
    expect(await using(world.misnamed.secureHosts(), { tls }, (client) => client.exists('/'))).not.toBeNull();
  }
});

const untrusted = /^(UNABLE_TO_VERIFY_LEAF_SIGNATURE|UNABLE_TO_GET_ISSUER_CERT_LOCALLY)$/;
const refusedCertificate = /^ERR_SSL_(SSLV3|TLSV1|TLSV13)_ALERT_/;

describe('what is not as it must be ends in an error that says what to do, within connectTimeoutMs, and in no connection', () => {
  const cases: Readonly<Record<string, { tls: () => Tls; hosts: () => string; code: RegExp; says: string }>> = {
    'a server with an expired certificate': {
      tls: trusting,
      hosts: () => world.expired.secureHosts('127.0.0.1'),
      code: /^CERT_HAS_EXPIRED$/,
      says: 'Renew it',
    },
    'a server with a certificate of a foreign authority': {
      tls: annas,
      hosts: () => world.foreignServer.secureHosts('127.0.0.1'),
      code: untrusted,
      says: 'tls.ca',
    },
    'a server of our authority, where only the well-known ones are trusted': {
      tls: () => ({ cert: world.client.cert, key: world.client.key }),
      hosts: () => world.mutual.secureHosts('127.0.0.1'),
      code: untrusted,
      says: 'tls.ca',
    },
    // Its common name would fit, which counts for nothing beside the names.
    'a server whose certificate is for other names': {
      tls: trusting,
      hosts: () => world.misnamed.secureHosts('localhost'),
      code: /^ERR_TLS_CERT_ALTNAME_INVALID$/,
      says: 'tls.servername',
    },
    'a server whose certificate is for other addresses': {
      tls: trusting,
      hosts: () => world.misnamed.secureHosts('127.0.0.1'),
      code: /^ERR_TLS_CERT_ALTNAME_INVALID$/,
      says: 'tls.servername',
    },
    'a server that bears the host, but not the name to check': {
      tls: () => ({ ...annas(), servername: 'zk.example' }),
      hosts: () => world.mutual.secureHosts('127.0.0.1'),
      code: /^ERR_TLS_CERT_ALTNAME_INVALID$/,
      says: 'tls.servername',
    },
    'a client without a certificate': {
      tls: trusting,
      hosts: () => world.mutual.secureHosts('127.0.0.1'),
      code: refusedCertificate,
      says: 'tls.cert',
    },
    'a client without a certificate, by TLS 1.2': {
      tls: () => ({ ca: world.foreign.cert }),
      hosts: () => world.foreignServer.secureHosts('127.0.0.1'),
      code: refusedCertificate,
      says: 'tls.cert',
    },
    'a client with an expired certificate, by TLS 1.2': {
      tls: () => ({ ca: world.foreign.cert, cert: world.expiredClient.cert, key: world.expiredClient.key }),
      hosts: () => world.foreignServer.secureHosts('127.0.0.1'),
      code: refusedCertificate,
      says: 'tls.cert',
    },
    'a client with an expired certificate': {
      tls: () => ({ ...trusting(), cert: world.expiredClient.cert, key: world.expiredClient.key }),
      hosts: () => world.mutual.secureHosts('127.0.0.1'),
      code: refusedCertificate,
      says: 'tls.cert',
    },
    'a client with a certificate of a foreign authority': {
      tls: () => ({ ...trusting(), cert: world.foreignClient.cert, key: world.foreignClient.key }),
      hosts: () => world.mutual.secureHosts('127.0.0.1'),
      code: refusedCertificate,
      says: 'tls.cert',
    },
    'a server that speaks plain text there': {
      tls: annas,
      hosts: () => world.mutual.hosts,
      code: /^ECONNRESET$/,
      says: 'secureClientPort',
    },
  };

  test.concurrent.each(Object.entries(cases))('%s', async (_, { tls, hosts, code, says }) => {
    const { error, tookMs } = await failure(hosts(), { tls: tls() });
    expect(error).toMatchObject({ name: 'ConnectTimeoutError', cause: { name: 'TlsError', server: hosts() } });
    expect(error).toMatchObject({ message: expect.stringContaining(says), cause: { cause: { code: expect.stringMatching(code) } } });
    // A client that is told nothing takes 15 s.
    expect(tookMs).toBeLessThan(15_000);
  });

  test.concurrent.for(['mutual', 'misnamed'] as const)('a client without TLS at a server with TLS (%s)', async (which) => {
    const { error } = await failure(world[which].secureHosts('127.0.0.1'), {});
    expect(error).toMatchObject({ name: 'ConnectTimeoutError', message: expect.stringContaining('TLS') });
  });

  test.concurrent('an embedded server, which speaks plain text', async () => {
    await using server = await startEmbeddedServer();
    const { error } = await failure(server.hosts, { tls: {} });
    expect(error).toMatchObject({ name: 'ConnectTimeoutError', cause: { name: 'TlsError' } });
    expect(server.sessions()).toEqual([]);
  });

  test.concurrent('a server that answers in TLS to a client without it', async () => {
    const alert = Buffer.from('15030300020232', 'hex');
    const server = createServer((socket) => socket.once('data', () => socket.end(alert)).on('error', () => {}));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const address = server.address();
    const { error } = await failure(`127.0.0.1:${typeof address === 'object' ? address?.port : ''}`, {});
    server.close();
    expect(error).toMatchObject({ cause: { name: 'TlsError', message: expect.stringContaining('`tls`') } });
  });
});

test("Node's own switch for leaving certificates unchecked is of no effect", async () => {
  const name = 'NODE_TLS_REJECT_UNAUTHORIZED';
  process.env[name] = '0';
  try {
    const { error } = await failure(world.foreignServer.secureHosts('127.0.0.1'), { tls: annas() });
    expect(error).toMatchObject({ cause: { name: 'TlsError', cause: { code: expect.stringMatching(untrusted) } } });
  } finally {
    delete process.env[name];
  }
});

test('where TLS is asked for, nothing leaves in plain text, however often it fails: no request, and no credential', async () => {
  await using tap = await TcpTap.start(undefined);
  const { error } = await failure(tap.hosts, { tls: {}, auth: [{ scheme: 'digest', credential: 'anna:hunter2' }] });
  expect(error).toBeInstanceOf(ConnectTimeoutError);
  expect(tap.sent.length).toBeGreaterThan(1);
  for (const bytes of tap.sent) {
    expect(isTls(bytes)).toBe(true);
    expect(bytes.includes('hunter2')).toBe(false);
  }
});

test('one server with TLS among those without is the one that is used', async () => {
  const hosts = `${world.mutual.hosts},${world.expired.secureHosts()},${world.mutual.secureHosts()},${world.foreignServer.secureHosts()}`;
  expect(await using(hosts, { tls: annas() }, (client) => client.whoAmI())).toContainEqual({ scheme: 'x509', id: 'CN=anna' });
});

describe('what cannot be used is refused at once, and not shown', () => {
  const cases: Readonly<Record<string, { tls: () => Tls; field: string }>> = {
    'an authority that is no PEM': { tls: () => ({ ca: 'no PEM' }), field: 'tls.ca' },
    'an authority that is empty': { tls: () => ({ ca: '' }), field: 'tls.ca' },
    'a certificate that is no PEM': { tls: () => ({ ...annas(), cert: 'no PEM' }), field: 'tls.cert' },
    'a key that is no PEM': { tls: () => ({ ...annas(), key: 'no PEM' }), field: 'tls.key' },
    "another certificate's key": { tls: () => ({ ...annas(), key: world.expiredClient.key }), field: 'tls.key' },
    'a certificate without its key': { tls: () => ({ ca: world.ours.cert, cert: world.client.cert }), field: 'Client.tls' },
    'a key without its certificate': { tls: () => ({ key: world.client.key }), field: 'Client.tls' },
  };

  test.each(Object.entries(cases))('%s', (_, { tls, field }) => {
    const make = () => new Client({ hosts: 'localhost:1', tls: tls() });
    expect(make).toThrow(InvalidArgumentError);
    expect(make).toThrow(expect.objectContaining({ field, value: undisclosed }));
  });

  test('a passphrase that is wrong', async () => {
    const key = await encryptedKey(world.client.key, 'right');
    const make = () => new Client({ hosts: 'localhost:1', tls: { ...annas(), key, passphrase: 'wrong' } });
    expect(make).toThrow(expect.objectContaining({ name: 'InvalidArgumentError', field: 'tls.key', value: undisclosed }));
  });
});

/** A TLS record of a handshake first. */
function isTls(bytes: Buffer): boolean {
  return bytes.length === 0 || (bytes[0] === 0x16 && bytes[1] === 0x03);
}
