import { AuthFailedError, ConnectionError, ProtocolError } from '../../errors/connection.ts';
import { errorCodeName } from '../../protocol/error-codes.ts';
import { JuteReader, type JuteWriter } from '../../protocol/jute.ts';
import { operations } from '../../protocol/operations.ts';
import { DigestMd5 } from './digest-md5.ts';

const scheme = 'sasl';
const mechanism = 'DIGEST-MD5';

/**
 * Proves to a server who we are, and lets it prove that it knows us, before anything else is said on a connection: servers answer these packets out
 * of turn, and what came before them would be asked by nobody.
 *
 * @see ZooKeeper `ZooKeeperSaslClient`, `ZooKeeperServer.processSasl`
 */
export class SaslNegotiation {
  readonly #server: string;
  readonly #out: JuteWriter;
  readonly #digest: DigestMd5;
  #xid = 0;

  /** Asks for the server's challenge. */
  constructor(server: string, out: JuteWriter, credential: Uint8Array, clientNonce: string) {
    this.#server = server;
    this.#out = out;
    this.#digest = new DigestMd5(credential, clientNonce);
    this.#send(Buffer.alloc(0));
  }

  /**
   * Takes what the server says, and answers it.
   *
   * @returns whether all is said, and both sides have proved to know the password
   * @throws {AuthFailedError} one of them has not
   */
  receive(frame: Buffer): boolean {
    const token = this.#tokenOf(frame);
    if (token.length === 0) {
      throw new AuthFailedError(
        scheme,
        `${this.#server} does not take part in SASL ${mechanism}. Does it have a JAAS login, and is the client meant to use it?`,
      );
    }
    if (this.#xid === 1) {
      this.#send(this.#digest.respond(token));
      return false;
    }
    if (this.#digest.isProof(token)) return true;
    throw new AuthFailedError(
      scheme,
      `${this.#server} did not prove that it knows the password: it may not be the server that it should be`,
    );
  }

  #tokenOf(frame: Buffer): Uint8Array {
    const input = new JuteReader(frame);
    const xid = input.int();
    input.long();
    const code = errorCodeName(input.int());
    if (xid !== this.#xid) throw new ProtocolError('ReplyHeader', 'xid', `${xid}, and the reply due is ${this.#xid}`);
    if (code === 'AUTHFAILED' || code === 'SESSIONCLOSEDREQUIRESASLAUTH') throw new AuthFailedError(scheme);
    if (code !== 'OK') throw new ConnectionError(this.#server, `it answered ${code} to SASL ${mechanism}`);
    const { token } = operations.sasl.reply.read(input);
    input.end();
    return token ?? Buffer.alloc(0);
  }

  #send(token: Buffer): void {
    this.#xid += 1;
    this.#out.beginFrame();
    this.#out.int(this.#xid);
    this.#out.int(operations.sasl.opcode);
    operations.sasl.request.write(this.#out, { token });
    this.#out.endFrame();
  }
}
