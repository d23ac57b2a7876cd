import type { Socket } from 'node:net';
import type { Clock } from '../clock.ts';
import { ProtocolError } from '../errors/connection.ts';
import { FrameReader } from '../protocol/frame.ts';
import { replyHeader, specialXids } from '../protocol/headers.ts';
import type { JuteWriter } from '../protocol/jute.ts';
import { eventTypes, keeperStates, watcherEvent } from '../protocol/watcher-event.ts';
import { permissions } from '../znode.ts';
import { isFourLetterWord, wordBytes } from './four-letter-words.ts';
import { authenticate, type Identity, permits } from './identity.ts';
import { Outbox } from './outbox.ts';
import type { Session } from './sessions.ts';
import type { Change, Watcher } from './watches.ts';

/** What the server makes of what a connection receives. */
export interface ConnectionHandler {
  readonly clock: Clock;
  readonly maxRequestBytes: number;
  readonly latencyMs: () => number;
  handshake(connection: Connection, frame: Buffer): void;
  request(connection: Connection, session: Session, frame: Buffer): void;
  /** An operator's word, such as `ruok`; the answer is all that the connection gets. */
  fourLetterWord(word: string): string;
  /** No more will be received on it. */
  closed(connection: Connection): void;
}

/** One client's socket: frames in, frames out. What they mean is the handler's business. */
export class Connection implements Watcher {
  readonly #socket: Socket;
  readonly #handler: ConnectionHandler;
  readonly #frames: FrameReader;
  readonly #outbox: Outbox;
  /** Received while paused. */
  readonly #unread: Buffer[] = [];
  readonly #identities: Identity[] = [];
  #session: Session | undefined;
  /** The first bytes, until there are enough to tell a word from a frame. */
  #opening: Buffer | undefined = Buffer.alloc(0);
  #phase: 'fresh' | 'talking' | 'closed' = 'fresh';
  #isPaused = false;

  constructor(socket: Socket, handler: ConnectionHandler) {
    this.#socket = socket;
    this.#handler = handler;
    this.#frames = new FrameReader(handler.maxRequestBytes);
    this.#outbox = new Outbox(socket, handler.clock, handler.latencyMs);
    this.addIdentity('ip', null);
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    // 'close' follows, and there is nobody to tell.
    socket.on('error', () => {});
    socket.on('close', () => this.destroy());
  }

  /** Where the client is: `address:port`. */
  get peer(): string {
    const { remoteAddress = '', remotePort = 0 } = this.#socket;
    return `${remoteAddress.includes(':') ? `[${remoteAddress}]` : remoteAddress}:${remotePort}`;
  }

  get isOpen(): boolean {
    return this.#phase !== 'closed';
  }

  get identities(): readonly Identity[] {
    return this.#identities;
  }

  /** Undefined until the handshake. */
  get session(): Session | undefined {
    return this.#session;
  }

  attach(session: Session): void {
    this.#session = session;
  }

  /** @returns whether the credential proves anything */
  addIdentity(scheme: string, credential: Uint8Array | null): boolean {
    const address = (this.#socket.remoteAddress ?? '').replace(/^::ffff:/, '');
    const identity = authenticate(scheme, credential, address);
    if (identity === undefined) return false;
    const isKnown = this.#identities.some(({ scheme, id }) => scheme === identity.scheme && id === identity.id);
    if (!isKnown) this.#identities.push(identity);
    return true;
  }

  send(write: (out: JuteWriter) => void): void {
    if (this.isOpen) this.#outbox.frame(write);
  }

  /** Who may not read a znode does not hear of it (since 3.8.4, CVE-2024-23944). */
  notify({ kind, path, acl }: Change): void {
    if (acl !== undefined && !permits(acl, permissions.read, this.#identities)) return;
    this.send((out) => {
      replyHeader.write(out, {
        xid: specialXids.notification,
        zxid: -1n,
        err: 0,
      });
      watcherEvent.write(out, {
        type: eventTypes[kind],
        state: keeperStates.syncConnected,
        path,
      });
    });
  }

  /** What is sent from now on leaves that much later. */
  holdReplies(ms: number): void {
    this.#outbox.holdFor(ms);
  }

  /** Neither reads nor sends until `resume`. `frame` is read again then. */
  pause(frame?: Buffer): void {
    if (frame !== undefined) this.#unread.unshift(frame);
    this.#isPaused = true;
    this.#socket.pause();
    this.#outbox.pause();
  }

  resume(): void {
    this.#isPaused = false;
    this.#outbox.resume();
    while (!this.#isPaused) {
      const frame = this.#unread.shift();
      if (frame === undefined) break;
      this.#handle(frame);
    }
    if (!this.#isPaused) this.#socket.resume();
  }

  /** Sends what is to be sent and closes. Goes on reading, to no effect, since unread bytes would make the kernel throw away what was sent. */
  finish(): void {
    if (!this.isOpen) return;
    this.#close();
    this.#outbox.end();
  }

  /** Closes at once. */
  destroy(): void {
    this.#outbox.close();
    this.#socket.destroy();
    this.#close();
  }

  #close(): void {
    if (!this.isOpen) return;
    this.#phase = 'closed';
    this.#unread.length = 0;
    this.#handler.closed(this);
  }

  #receive(chunk: Buffer): void {
    if (this.#opening === undefined) return this.#cut(chunk);
    const opening = Buffer.concat([this.#opening, chunk]);
    // TCP may deliver it in pieces.
    if (opening.length < wordBytes) {
      this.#opening = opening;
      return;
    }
    this.#opening = undefined;
    if (isFourLetterWord(opening)) this.#answer(opening.toString('latin1', 0, wordBytes));
    else this.#cut(opening);
  }

  #cut(chunk: Buffer): void {
    try {
      this.#frames.push(chunk, (frame) => this.#handle(frame));
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.destroy();
    }
  }

  #handle(frame: Buffer): void {
    if (!this.isOpen) return;
    if (this.#isPaused) {
      this.#unread.push(frame);
      return;
    }
    if (this.#session !== undefined) return this.#handler.request(this, this.#session, frame);
    this.#phase = 'talking';
    this.#handler.handshake(this, frame);
  }

  #answer(word: string): void {
    if (!this.isOpen) return;
    this.#outbox.text(this.#handler.fourLetterWord(word));
    this.finish();
  }
}
