import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from './run.ts';

/** Why no certificates can be made here, or undefined if they can. */
export async function whyNoCertificates(): Promise<string | undefined> {
  const { status } = await run('openssl', ['version']).catch(() => ({ status: 1 }));
  return status === 0 ? undefined : 'there is no openssl on the PATH (Debian: openssl)';
}

export interface Certificate {
  /** PEM. */
  readonly cert: string;
  /** PEM, not encrypted. */
  readonly key: string;
  /** A PEM file of both, as ZooKeeper takes for a key store. */
  readonly keyStore: string;
}

export interface Wanted {
  readonly commonName: string;
  /** As OpenSSL writes them: `DNS:localhost,IP:127.0.0.1`. */
  readonly names?: string;
  /** Was it valid until yesterday? */
  readonly isExpired?: boolean;
}

/** A certificate authority of a test's own, in a temporary folder. */
export class Authority implements AsyncDisposable {
  /** Its own certificate: PEM, and the file that it is in. */
  readonly cert: string;
  readonly trustStore: string;
  readonly #folder: string;
  #issued = 0;

  private constructor(folder: string, cert: string) {
    this.#folder = folder;
    this.cert = cert;
    this.trustStore = join(folder, 'authority.pem');
  }

  static async create(commonName: string): Promise<Authority> {
    const folder = await mkdtemp(join(tmpdir(), 'docent-authority-'));
    const file = (name: string) => join(folder, name);
    const name = ['-subj', `/CN=${commonName}`, '-days', '2'];
    await openssl(['req', '-x509', ...newKey, '-keyout', file('authority.key'), '-out', file('authority.pem'), ...name]);
    return new Authority(folder, await readFile(file('authority.pem'), 'utf8'));
  }

  async issue({ commonName, names, isExpired = false }: Wanted): Promise<Certificate> {
    this.#issued += 1;
    const file = (name: string) => join(this.#folder, `${this.#issued}.${name}`);
    const [key, request, certificate, extensions, keyStore] = [file('key'), file('csr'), file('crt'), file('ext'), file('store.pem')];
    await writeFile(extensions, names === undefined ? '' : `subjectAltName=${names}\n`);
    await openssl(['req', ...newKey, '-keyout', key, '-out', request, '-subj', `/CN=${commonName}`]);
    const signer = ['-CA', this.trustStore, '-CAkey', join(this.#folder, 'authority.key'), '-set_serial', String(this.#issued)];
    const span = ['-days', isExpired ? '-1' : '2', '-extfile', extensions];
    await openssl(['x509', '-req', '-in', request, ...signer, ...span, '-out', certificate]);
    const issued = { cert: await readFile(certificate, 'utf8'), key: await readFile(key, 'utf8'), keyStore };
    await writeFile(keyStore, issued.key + issued.cert);
    return issued;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** The key, encrypted. */
export async function encryptedKey(key: string, passphrase: string): Promise<string> {
  return await openssl(['pkcs8', '-topk8', '-v2', 'aes-256-cbc', '-passout', `pass:${passphrase}`], key);
}

const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

async function openssl(args: readonly string[], input = ''): Promise<string> {
  const { status, stdout, stderr } = await run('openssl', args, input);
  if (status !== 0) throw new Error(`openssl ${args[0]} ended with ${status}: ${stderr}`);
  return stdout;
}
