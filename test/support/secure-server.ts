import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import type { Authority, Certificate } from './certificates.ts';
import { freePorts, startZooKeeper, type ZooKeeperProcess } from './zookeeper.ts';

export interface SecureServerOptions {
  /** With it, there is a port for TLS too. */
  readonly certificate?: Certificate;
  /** Whose clients it trusts. Without: it asks clients for no certificate. */
  readonly clientAuthority?: Authority;
  /** Default: TLSv1.2, ZooKeeper's own. */
  readonly protocol?: 'TLSv1.2' | 'TLSv1.3';
  /** Users and passwords of its JAAS login. Without: no SASL. */
  readonly users?: Readonly<Record<string, string>>;
  readonly flags?: readonly string[];
}

/** A real ZooKeeper with TLS, SASL or both. */
export class SecureServer implements AsyncDisposable {
  readonly process: ZooKeeperProcess;
  readonly securePort: number;
  readonly #folder: string;

  private constructor(process: ZooKeeperProcess, securePort: number, folder: string) {
    this.process = process;
    this.securePort = securePort;
    this.#folder = folder;
  }

  static async start(options: SecureServerOptions): Promise<SecureServer> {
    const { certificate, users, flags = [] } = options;
    const folder = await mkdtemp(join(tmpdir(), 'docent-secure-'));
    const [port = 0, securePort = 0] = await freePorts(2);
    const login = users === undefined ? [] : await jaasLogin(folder, users);
    const process = await startZooKeeper({
      port,
      config: tlsConfig(securePort, options),
      flags: [...(certificate === undefined ? [] : [withNetty]), ...login, ...flags],
    });
    if (certificate !== undefined) await shakeHands(securePort);
    return new SecureServer(process, securePort, folder);
  }

  /** Of its plain port. */
  get hosts(): string {
    return this.process.hosts;
  }

  secureHosts(host = 'localhost'): string {
    return `${host}:${this.securePort}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.process[Symbol.asyncDispose]();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** The port for TLS opens after the plain one, and the first handshake of a JVM can take seconds: neither is a test's matter. */
async function shakeHands(port: number, triesLeft = 200): Promise<void> {
  const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false });
  try {
    await once(socket, 'secureConnect');
  } catch (error) {
    // It may well refuse us, but it does it by TLS.
    const isOpen = !(error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED');
    if (isOpen) return;
    if (triesLeft === 0) throw error;
    // There is no event to wait for: the port opens when it opens.
    await new Promise((resolve) => setTimeout(resolve, 50));
    await shakeHands(port, triesLeft - 1);
  } finally {
    socket.destroy();
  }
}

// The other connection factory knows no TLS.
const withNetty = '-Dzookeeper.serverCnxnFactory=org.apache.zookeeper.server.NettyServerCnxnFactory';

function tlsConfig(port: number, { certificate, clientAuthority, protocol = 'TLSv1.2' }: SecureServerOptions): readonly string[] {
  if (certificate === undefined) return [];
  return [
    `secureClientPort=${port}`,
    'secureClientPortAddress=127.0.0.1',
    `ssl.keyStore.location=${certificate.keyStore}`,
    `ssl.protocol=${protocol}`,
    `ssl.enabledProtocols=${protocol}`,
    // ZooKeeper's own list has none of them.
    ...(protocol === 'TLSv1.3' ? ['ssl.ciphersuites=TLS_AES_128_GCM_SHA256,TLS_AES_256_GCM_SHA384'] : []),
    ...(clientAuthority === undefined
      ? ['ssl.clientAuth=none']
      : ['ssl.clientAuth=need', `ssl.trustStore.location=${clientAuthority.trustStore}`]),
  ];
}

async function jaasLogin(folder: string, users: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const file = join(folder, 'jaas.conf');
  const entries = Object.entries(users).map(([user, password]) => `user_${user}="${password.replaceAll(/["\\]/g, '\\$&')}"`);
  await writeFile(file, `Server {\n  org.apache.zookeeper.server.auth.DigestLoginModule required\n  ${entries.join('\n  ')};\n};\n`);
  return [
    `-Djava.security.auth.login.config=${file}`,
    '-Dzookeeper.authProvider.sasl=org.apache.zookeeper.server.auth.SASLAuthenticationProvider',
  ];
}
