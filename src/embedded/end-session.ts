import { connect, type Socket } from 'node:net';
import { ConnectionError } from '../errors/connection.ts';
import { DocentError } from '../errors/docent-error.ts';
import { FrameReader } from '../protocol/frame.ts';
import { connectRequest, connectResponse } from '../protocol/handshake.ts';
import { requestHeader, sessionOpcodes } from '../protocol/headers.ts';
import { JuteWriter } from '../protocol/jute.ts';
import { decode } from '../protocol/record.ts';

const patienceMs = 10_000;
const longestReplyBytes = 1_024;

/** Its client is thrown out each time, and may take the session back before we have closed it. */
const attempts = 20;

/**
 * Ends a session that is another client's: takes it over with its password and closes it. Its ephemeral znodes are gone when this resolves, with
 * false if it was over already.
 *
 * @throws {ConnectionError} the server does not answer, or not to the end
 * @see Curator `KillSession2`, and its forerunner in ZooKeeper's own tests
 */
export async function endSession(server: Server, id: bigint, password: Uint8Array): Promise<boolean> {
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    const ending = await takeOverAndClose(server, id, password);
    if (ending === 'ended') return true;
    // It was cut off while it lived, and has been closed since: by us, whose reply was lost, or by its client.
    if (ending === 'over already') return attempt > 1;
  }
  throw new ConnectionError(nameOf(server), `it closed the connection each of ${attempts} times that a session was being ended`);
}

interface Server {
  readonly host: string;
  readonly port: number;
}

function nameOf(server: Server): string {
  return `${server.host}:${server.port}`;
}

async function takeOverAndClose(server: Server, id: bigint, password: Uint8Array): Promise<'ended' | 'over already' | 'cut off'> {
  const name = nameOf(server);
  const socket = connect({ ...server, noDelay: true });
  socket.setTimeout(patienceMs, () => socket.destroy(new ConnectionError(name, `it says nothing for ${patienceMs} ms`)));
  try {
    const replies = framesOf(socket);
    send(socket, (out) =>
      connectRequest.write(out, {
        protocolVersion: 0,
        lastZxidSeen: 0n,
        timeOut: patienceMs,
        sessionId: id,
        passwd: password,
        readOnly: false,
      }),
    );
    const greeting = await nextOf(replies);
    if (greeting === undefined) return 'cut off';
    if (decode(connectResponse, greeting).timeOut <= 0) return 'over already';
    send(socket, (out) => requestHeader.write(out, { xid: 1, type: sessionOpcodes.closeSession }));
    return (await nextOf(replies)) === undefined ? 'cut off' : 'ended';
  } catch (cause) {
    throw cause instanceof DocentError ? cause : new ConnectionError(name, 'it broke while a session was being ended', { cause });
  } finally {
    socket.destroy();
  }
}

function send(socket: Socket, write: (out: JuteWriter) => void): void {
  const out = new JuteWriter();
  out.beginFrame();
  write(out);
  out.endFrame();
  for (const bytes of out.take()) socket.write(bytes);
}

async function* framesOf(socket: Socket): AsyncGenerator<Buffer, undefined> {
  const reader = new FrameReader(longestReplyBytes);
  for await (const chunk of socket) {
    const frames: Buffer[] = [];
    // No encoding is set, so that chunks are bytes.
    reader.push(chunk as Buffer, (frame) => frames.push(frame));
    yield* frames;
  }
  return undefined;
}

/** Undefined when the server has closed the connection, which may refuse what we sent on it by a reset. */
async function nextOf(replies: AsyncGenerator<Buffer, undefined>): Promise<Buffer | undefined> {
  try {
    const { value } = await replies.next();
    return value;
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && (cause.code === 'ECONNRESET' || cause.code === 'EPIPE')) return undefined;
    throw cause;
  }
}
