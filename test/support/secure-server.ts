import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Authority, Certificate } from './certificates.ts';
import { freePorts, startZooKeeper, type ZooKeeperProcess } from './zookeeper.ts';

export interface SecureServerOptions {
  /** With it, there is a port for TLS too. */
  readonly certificate?: Certificate;
  /** Whose clients it trusts. Without: it asks clients for no certificate. */
  readonly clientAuthority?: Authority;
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

  static async start({ certificate, clientAuthority, users, flags = [] }: SecureServerOptions): Promise<SecureServer> {
    const folder = await mkdtemp(join(tmpdir(), 'docent-secure-'));
    const [port = 0, securePort = 0] = await freePorts(2);
    const login = users === undefined ? [] : await jaasLogin(folder, users);
    const process = await startZooKeeper({
      port,
      config: certificate === undefined ? [] : tlsConfig(securePort, certificate, clientAuthority),
      flags: [...(certificate === undefined ? [] : [withNetty]), ...login, ...flags],
    });
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

// The other connection factory knows no TLS.
const withNetty = '-Dzookeeper.serverCnxnFactory=org.apache.zookeeper.server.NettyServerCnxnFactory';

function tlsConfig(port: number, { keyStore }: Certificate, clients: Authority | undefined): readonly string[] {
  const clientAuth =
    clients === undefined ? ['ssl.clientAuth=none'] : ['ssl.clientAuth=need', `ssl.trustStore.location=${clients.trustStore}`];
  return [`secureClientPort=${port}`, 'secureClientPortAddress=127.0.0.1', `ssl.keyStore.location=${keyStore}`, ...clientAuth];
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
