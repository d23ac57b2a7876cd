import { createHash } from 'node:crypto';
import { ProtocolError } from '../../errors/connection.ts';

// Under this name servers and clients of ZooKeeper know each other, whatever the host's is. @see ZooKeeper `SecurityUtils`
const digestUri = 'zookeeper/zk-sasl-md5';
const nonceCount = '00000001';
const protection = 'auth';

/**
 * The client's part in SASL DIGEST-MD5 (RFC 2831), for one authentication. The password does not leave the process, but whoever listens can try
 * passwords against what does.
 */
export class DigestMd5 {
  readonly #user: string;
  readonly #password: string;
  readonly #clientNonce: string;
  #proofDue: string | undefined;

  /**
   * @param credential `user:password` in UTF-8
   * @param clientNonce used once, and not to be guessed
   */
  constructor(credential: Uint8Array, clientNonce: string) {
    const text = Buffer.from(credential).toString('utf8');
    const colon = text.indexOf(':');
    this.#user = text.slice(0, colon);
    this.#password = text.slice(colon + 1);
    this.#clientNonce = clientNonce;
  }

  /**
   * The answer to the server's challenge.
   *
   * @throws {ProtocolError} the challenge is malformed, or asks for what is not implemented
   */
  respond(challenge: Uint8Array): Buffer {
    const said = directivesOf(challenge);
    const nonce = said.get('nonce');
    const realm = said.get('realm') ?? '';
    if (nonce === undefined) throw new ProtocolError('DIGEST-MD5 challenge', 'nonce', 'there is none');
    if (said.get('algorithm') !== 'md5-sess') throw new ProtocolError('DIGEST-MD5 challenge', 'algorithm', 'it is not md5-sess');
    if (!offers(said.get('qop') ?? protection, protection)) {
      throw new ProtocolError(
        'DIGEST-MD5 challenge',
        'qop',
        `the server demands ${said.get('qop')}, and docent knows ${protection} only. Use TLS instead`,
      );
    }
    const secret = this.#secret(realm, nonce);
    this.#proofDue = this.#proof(secret, nonce, '');
    const charset = said.get('charset') === undefined ? [] : [`charset=${said.get('charset')}`];
    const answer = [
      ...charset,
      `username=${quoted(this.#user)}`,
      `realm=${quoted(realm)}`,
      `nonce=${quoted(nonce)}`,
      `nc=${nonceCount}`,
      `cnonce=${quoted(this.#clientNonce)}`,
      `digest-uri=${quoted(digestUri)}`,
      'maxbuf=65536',
      `response=${this.#proof(secret, nonce, 'AUTHENTICATE')}`,
      `qop=${protection}`,
      `authzid=${quoted(this.#user)}`,
    ];
    return Buffer.from(answer.join(','));
  }

  /** Does the server's last word prove that it knows the password too? */
  isProof(token: Uint8Array): boolean {
    return this.#proofDue !== undefined && directivesOf(token).get('rspauth') === this.#proofDue;
  }

  /** A1 of the RFC. */
  #secret(realm: string, nonce: string): string {
    const known = md5([hashed(this.#user), ':', Buffer.from(realm), ':', hashed(this.#password)]);
    return md5([known, `:${nonce}:${this.#clientNonce}:${this.#user}`]).toString('hex');
  }

  /** @param method `AUTHENTICATE` in the client's proof, empty in the server's */
  #proof(secret: string, nonce: string, method: string): string {
    const request = md5([`${method}:${digestUri}`]).toString('hex');
    return md5([`${secret}:${nonce}:${nonceCount}:${this.#clientNonce}:${protection}:${request}`]).toString('hex');
  }
}

// Latin letters, though they travel in UTF-8, are hashed as ISO 8859-1. @see RFC 2831, 2.1.2.1
function hashed(text: string): Buffer {
  const isLatin = [...text].every((letter) => letter.charCodeAt(0) <= 0xff && letter.length === 1);
  return Buffer.from(text, isLatin ? 'latin1' : 'utf8');
}

function md5(parts: readonly (string | Buffer)[]): Buffer {
  const hash = createHash('md5');
  for (const part of parts) hash.update(part);
  return hash.digest();
}

function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}

function offers(list: string, wanted: string): boolean {
  return list.split(',').some((each) => each.trim() === wanted);
}

/** `name=value, name="value"`. Of a name that comes twice, as realms may, the first counts. */
function directivesOf(token: Uint8Array): ReadonlyMap<string, string> {
  const text = Buffer.from(token).toString('utf8');
  const directives = new Map<string, string>();
  const directive = /[\s,]*([\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s",]*))/y;
  for (let found = directive.exec(text); found !== null; found = directive.exec(text)) {
    const [, name = '', inQuotes, bare = ''] = found;
    const value = inQuotes?.replace(/\\(.)/g, '$1') ?? bare;
    if (!directives.has(name)) directives.set(name, value);
  }
  return directives;
}
