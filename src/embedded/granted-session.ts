import type { Socket } from 'node:net';
import { FrameReader } from '../protocol/frame.ts';
import { connectResponse } from '../protocol/handshake.ts';
import { decode } from '../protocol/record.ts';

// A ConnectResponse with its password of 16 bytes has 37.
const longestGreetingBytes = 256;

/**
 * Calls `action` with the session that the server grants on this connection, new or known. Never, if it grants none, or if what it says first is no
 * greeting: TLS, or the answer to a four-letter word.
 */
export function whenSessionGranted(upstream: Socket, action: (id: bigint, password: Uint8Array) => void): void {
  const frames = new FrameReader(longestGreetingBytes);
  let isGreeted = false;
  const greeted = (frame: Buffer) => {
    if (isGreeted) return;
    isGreeted = true;
    const { timeOut, sessionId, passwd } = decode(connectResponse, frame);
    // A copy: the frame is a view on what the connection has received.
    if (timeOut > 0 && passwd !== null) action(sessionId, Uint8Array.from(passwd));
  };
  const listen = (chunk: Buffer) => {
    try {
      frames.push(chunk, greeted);
    } catch {
      isGreeted = true;
    }
    if (isGreeted) upstream.off('data', listen);
  };
  upstream.on('data', listen);
}
