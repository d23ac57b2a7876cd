import { type ChildProcess, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream, existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fourLetterWord } from './four-letter-word.ts';

const javaFolder = '/usr/share/java';
const jars = [
  'zookeeper',
  'zookeeper-jute',
  'commons-cli',
  'jackson-annotations',
  'jackson-core',
  'jackson-databind',
  'metrics-core',
  'netty-all',
  // Debian's netty-all is empty: these are what it stands for.
  'netty-buffer',
  'netty-codec',
  'netty-common',
  'netty-handler',
  'netty-resolver',
  'netty-transport',
  'netty-transport-native-epoll',
  'netty-transport-native-unix-common',
  'slf4j-api',
  'slf4j-simple',
  'snappy-java',
].map((name) => join(javaFolder, `${name}.jar`));

/** Where Java finds ZooKeeper's server and client. */
export const classPath = jars.join(':');

/** Why no ZooKeeper can be started here, or undefined if one can. */
export function whyNoLocalZooKeeper(): string | undefined {
  const missing = jars.filter((jar) => !existsSync(jar));
  if (missing.length > 0)
    return `no ZooKeeper is installed here (${missing[0]} is missing; Debian's packages: zookeeper libnetty-java libsnappy-java)`;
  const path = process.env['PATH']?.split(':') ?? [];
  if (!path.some((folder) => existsSync(join(folder, 'java')))) return 'there is no java on the PATH';
  return undefined;
}

/** What to start a process by, so that the kernel ends it when this one ends in a way that leaves it no time to, e.g. a test run that is killed. */
export const dyingWithUs: readonly string[] = existsSync('/usr/bin/setpriv') ? ['/usr/bin/setpriv', '--pdeathsig', 'KILL', '--'] : [];

/** A flag of the JVM: an empty container is deleted when the server looks next, be it the moment before a test does, so it looks every hour only. */
export const unhurriedReaper = '-Dznode.container.checkIntervalMs=3600000';

export interface ZooKeeperOptions {
  /** Any free one if not given. */
  readonly port?: number;
  /** Further lines of zoo.cfg, e.g. the members of an ensemble. */
  readonly config?: readonly string[];
  /** Further flags of the JVM. */
  readonly flags?: readonly string[];
  /** The number in `myid`, for a member of an ensemble. */
  readonly id?: number;
  /** Milliseconds; session timeouts are granted between one and 200 of them. */
  readonly tickMs?: number;
}

/** A ZooKeeper server: a process of Debian's jars with a data directory of its own, on loopback. */
export class ZooKeeperProcess implements AsyncDisposable {
  readonly port: number;
  readonly #directory: string;
  readonly #flags: readonly string[];
  #process: ChildProcess | undefined;

  private constructor(port: number, directory: string, flags: readonly string[]) {
    this.port = port;
    this.#directory = directory;
    this.#flags = flags;
  }

  /** Writes the configuration; starts nothing yet. */
  static async configure(options: ZooKeeperOptions = {}): Promise<ZooKeeperProcess> {
    const directory = await mkdtemp(join(tmpdir(), 'docent-zookeeper-'));
    const [port = 0] = options.port === undefined ? await freePorts(1) : [options.port];
    const tickMs = options.tickMs ?? 200;
    await mkdir(join(directory, 'data'));
    if (options.id !== undefined) await writeFile(join(directory, 'data', 'myid'), String(options.id));
    const config = [
      `tickTime=${tickMs}`,
      `minSessionTimeout=${tickMs}`,
      `maxSessionTimeout=${tickMs * 200}`,
      `dataDir=${directory}/data`,
      `clientPort=${port}`,
      'clientPortAddress=127.0.0.1',
      'maxClientCnxns=0',
      'admin.enableServer=false',
      'extendedTypesEnabled=true',
      '4lw.commands.whitelist=*',
      ...(options.config ?? []),
    ];
    await writeFile(join(directory, 'zoo.cfg'), `${config.join('\n')}\n`);
    return new ZooKeeperProcess(port, directory, options.flags ?? []);
  }

  get hosts(): string {
    return `127.0.0.1:${this.port}`;
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /** Starts the process; resolves at once, see `ready`. */
  spawn(): void {
    const flags = [
      '-Xmx512m',
      '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
      '-Dzookeeper.extendedTypesEnabled=true',
      '-Dzookeeper.forceSync=no',
      unhurriedReaper,
    ];
    const main = 'org.apache.zookeeper.server.quorum.QuorumPeerMain';
    const args = [...flags, ...this.#flags, '-cp', classPath, main, join(this.#directory, 'zoo.cfg')];
    const [command = 'java', ...wrapped] = [...dyingWithUs, 'java', ...args];
    const child = spawn(command, wrapped, { stdio: ['ignore', 'pipe', 'pipe'] });
    const log = createWriteStream(join(this.#directory, 'log'), { flags: 'a' });
    child.stdout.pipe(log, { end: false });
    child.stderr.pipe(log, { end: false });
    this.#process = child;
    const end = () => child.kill('SIGKILL');
    process.once('exit', end);
    child.once('exit', () => process.off('exit', end));
  }

  /** Resolves when it serves clients: a member of an ensemble, when there is a leader. */
  async ready(timeoutMs = 60_000): Promise<void> {
    const end = process.hrtime.bigint() + BigInt(timeoutMs) * 1_000_000n;
    while (process.hrtime.bigint() < end) {
      if (this.#process?.exitCode != null)
        throw new Error(`ZooKeeper ended with ${this.#process.exitCode}; its log is in ${this.#directory}`);
      // There is no event to wait for: the port opens when it opens.
      const answer = await fourLetterWord(this.port, 'srvr').catch(() => '');
      if (answer.includes('Mode: ')) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`ZooKeeper did not serve within ${timeoutMs} ms; its log is in ${this.#directory}`);
  }

  async start(): Promise<void> {
    this.spawn();
    await this.ready();
  }

  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.#process?.kill(signal);
  }

  /** Ends the process at once, as a crash would; its data stay. */
  async kill(): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  }

  /** Ends the process and removes its data. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    await rm(this.#directory, { recursive: true, force: true });
  }
}

/** A running standalone server. */
export async function startZooKeeper(options: ZooKeeperOptions = {}): Promise<ZooKeeperProcess> {
  const server = await ZooKeeperProcess.configure(options);
  await server.start();
  return server;
}

/**
 * Ports that nobody listens on, and that the system gives to no outgoing connection: one that a server has to come back to must still be free then.
 */
export async function freePorts(count: number): Promise<readonly number[]> {
  // All are held before any is let go, or one might be found twice.
  const servers = await Promise.all(Array.from({ length: count }, () => listenSomewhere()));
  await Promise.all(servers.map(({ server }) => new Promise((resolve) => server.close(resolve))));
  return servers.map(({ port }) => port);
}

// Below the ports of outgoing connections, which begin at 32 768 on Linux.
const lowestPort = 10_000;
const highestPort = 32_000;

async function listenSomewhere(triesLeft = 100): Promise<{ readonly server: Server; readonly port: number }> {
  const port = randomInt(lowestPort, highestPort);
  const server = createServer();
  try {
    await once(server.listen(port, '127.0.0.1'), 'listening');
    return { server, port };
  } catch (error) {
    if (triesLeft === 0) throw error;
    return await listenSomewhere(triesLeft - 1);
  }
}
