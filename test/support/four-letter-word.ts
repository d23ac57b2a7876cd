import { connect } from 'node:net';
import { text } from 'node:stream/consumers';

/** What a server on loopback answers to one of ZooKeeper's four-letter words. */
export async function fourLetterWord(port: number, word: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.setTimeout(2_000, () => socket.destroy(new Error('no answer')));
  socket.write(word);
  return await text(socket);
}
