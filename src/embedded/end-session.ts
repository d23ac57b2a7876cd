import { connect, type Socket } from 'node:net';
import { ConnectionError, DocentError } from '../errors.ts';
import { FrameReader } from '../protocol/frame.ts';
import { connectRequest, connectResponse } from '../protocol/handshake.ts';
import { requestHeader, sessionOpcodes } from '../protocol/headers.ts';
import { JuteWriter } from '../protocol/jute.ts';
import { decode } from '../protocol/record.ts';

const patienceMs = 10_000;
const longestReplyBytes = 1_024;

/**
 * Ends a session that is another client's: takes it over with its password and closes it. Its ephemeral znodes are gone when this resolves, with
 * false if it was over already.
 *
 * @throws {ConnectionError} the server does not answer, or not to the end
 * @see Curator `KillSession2`, and its forerunner in ZooKeeper's own tests
 */
export async function endSession(
  server: { readonly host: string; readonly port: number },
  id: bigint,
  password: Uint8Array,
): Promise<boolean> {
  const name = `${server.host}:${server.port}`;
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
    const { timeOut } = decode(connectResponse, await nextOf(replies, name));
    if (timeOut <= 0) return false;
    send(socket, (out) => requestHeader.write(out, { xid: 1, type: sessionOpcodes.closeSession }));
    await nextOf(replies, name);
    return true;
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

async function nextOf(replies: AsyncGenerator<Buffer, undefined>, server: string): Promise<Buffer> {
  const { value } = await replies.next();
  if (value === undefined) throw new ConnectionError(server, 'it closed the connection while the session was being ended');
  return value;
}
