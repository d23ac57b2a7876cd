import { type Client, type ClientOptions, connect } from '../../src/index.ts';
import { whyNoCertificates } from './certificates.ts';
import { localServers } from './real-server.ts';

const noCertificates = await whyNoCertificates();

/** What the security suites need of this machine: nothing missing, or why they cannot run. */
export const securityNeeds: { readonly skip?: never } | { readonly skip: string } =
  localServers() ?? (noCertificates === undefined ? {} : { skip: noCertificates });

export const hasSecurityNeeds: boolean = securityNeeds.skip === undefined;

const connectTimeoutMs = 3_000;

/** What a suite has started, to be disposed of at its end, even if only part of it came up. */
export class Started implements AsyncDisposable {
  readonly #all: AsyncDisposable[] = [];

  async keep<T extends AsyncDisposable>(starting: Promise<T>): Promise<T> {
    const each = await starting;
    this.#all.push(each);
    return each;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#all.map((each) => each[Symbol.asyncDispose]()));
  }
}

/** Connects, uses the client, and closes it whatever happens. */
export async function using<T>(hosts: string, options: Omit<ClientOptions, 'hosts'>, use: (client: Client) => Promise<T>): Promise<T> {
  await using client = await connect(hosts, { connectTimeoutMs: 15_000, ...options });
  return await use(client);
}

/** The error with which connecting fails, and how long that took. */
export async function failure(
  hosts: string,
  options: Omit<ClientOptions, 'hosts'>,
): Promise<{ readonly error: unknown; readonly tookMs: number }> {
  const startedMs = performance.now();
  try {
    await using client = await connect(hosts, { connectTimeoutMs, ...options });
    throw new Error(`it connected, and is ${JSON.stringify(await client.whoAmI())}`);
  } catch (error) {
    return { error, tookMs: performance.now() - startedMs };
  }
}
