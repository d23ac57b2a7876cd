import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { startEmbeddedServer } from '../../../src/embedded/index.ts';
import { connect as connectClient } from '../../../src/index.ts';
import { fourLetterWord } from '../../support/four-letter-word.ts';

test.each([
  ['conf', /^clientPort=\d+\n[\s\S]*^minSessionTimeout=4000$/m],
  ['cons', /^ \/127\.0\.0\.1:\d+\[1\]\(.*sid=0x[0-9a-f]+,to=\d+\)$/m],
  ['crst', /^Connection stats reset\.$/m],
  ['dirs', /^datadir_size: 0$/m],
  ['dump', /^Sessions with Ephemerals \(1\):\n0x[0-9a-f]+:\n\t\/e$/m],
  ['envi', /^zookeeper\.version=3\.8\.0/m],
  ['isro', /^rw$/],
  ['mntr', /^zk_ephemerals_count\t1$/m],
  ['ruok', /^imok$/],
  ['srst', /^Server stats reset\.$/m],
  ['srvr', /^Mode: standalone$/m],
  ['stat', /^Clients:\n \/127[\s\S]*^Mode: standalone$/m],
  ['wchc', /^0x[0-9a-f]+\n\t\/e$/m],
  ['wchp', /^\/e\n\t0x[0-9a-f]+$/m],
  ['wchs', /^1 connections watching 1 paths\nTotal watches:1$/m],
])('%s is answered as by ZooKeeper', async (word, expected) => {
  await using server = await startEmbeddedServer();
  await using client = await connectClient(server.hosts);
  await client.create('/e', '', { mode: 'ephemeral' });
  const { session } = client;
  if (session === undefined) throw new Error('no session');
  // It ends with the client.
  void client.whenChanged('/e', { session }).catch(() => {});
  await client.sync();
  expect(await fourLetterWord(server.port, word)).toMatch(expected);
});

test('a word may come in pieces', async () => {
  await using server = await startEmbeddedServer();
  const socket = connect(server.port, '127.0.0.1').setNoDelay(true);
  await once(socket, 'connect');
  for (const piece of ['r', 'uo', 'k']) {
    socket.write(piece);
    await delay(20);
  }
  expect(await text(socket)).toBe('imok');
});

test('a greeting may come in pieces too, and a word that is none is no greeting', async () => {
  await using server = await startEmbeddedServer();
  const socket = connect(server.port, '127.0.0.1').setNoDelay(true);
  socket.write('xy');
  await delay(20);
  socket.write('zz');
  expect(await text(socket)).toBe('');
});

test('an answer to a word is as late as any other', async () => {
  await using server = await startEmbeddedServer();
  server.faults.delayReplies(200);
  const askedMs = performance.now();
  expect(await fourLetterWord(server.port, 'ruok')).toBe('imok');
  expect(performance.now() - askedMs).toBeGreaterThan(150);
});
