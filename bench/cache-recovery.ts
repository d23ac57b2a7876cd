/**
 * What a large cache takes in memory, and what it takes to repair it after a reconnect with one znode of a hundred changed meanwhile.
 * Run with --expose-gc. Arguments: HOST:PORT ZNODES
 */
import { createServer, connect as dial, type Socket } from 'node:net';
import { filter, firstValueFrom } from 'rxjs';
import { TreeCache } from '../recipes/index.ts';
import { connect } from '../src/index.ts';
import { makeTree, pathOf } from './cache-tree.ts';
import { packetsReceived } from './measure.ts';

const [hosts = '', znodes = '100000'] = process.argv.slice(2);
const count = Number(znodes);
const root = `/bench-cache-${count}`;
const sockets = new Set<Socket>();
const passed = { sent: 0, received: 0 };
let isCut = false;
const wire = createServer((socket) => pass(socket)).listen(0, '127.0.0.1');
await new Promise((resolve) => wire.once('listening', resolve));
const address = wire.address();
if (address === null || typeof address === 'string') throw new Error('the wire has no port');

const writer = await connect(hosts, { sessionTimeoutMs: 30_000 });
await makeTree(writer, root, count);
const client = await connect(`127.0.0.1:${address.port}`, { sessionTimeoutMs: 30_000 });
// What the first one loads and compiles is not what each znode costs.
await using warm = new TreeCache(client, root, { maxDepth: 1 });
await warm.start();
await warm.close();

const before = memory();
const cache = new TreeCache(client, root);
await cache.start();
const after = memory();
const bytes = (after.heap - before.heap + after.buffers - before.buffers) / cache.size;
say(
  `${cache.size} znodes take ${bytes.toFixed(0)} bytes each, of them ${((after.heap - before.heap) / cache.size).toFixed(0)} on the heap`,
);

for (let run = 1; run <= 3; run += 1) {
  const live = firstValueFrom(cache.state$.pipe(filter(({ kind }) => kind === 'stale')));
  isCut = true;
  for (const socket of [...sockets]) socket.destroy();
  await live;
  const changed = Array.from({ length: count / 100 }, (_, index) => pathOf(root, (index * 101 + run) % count));
  await Promise.all(changed.map((path) => writer.set(path, Buffer.alloc(100, 'z'))));
  const packets = await packetsReceived(hosts);
  Object.assign(passed, { sent: 0, received: 0 });
  isCut = false;
  await firstValueFrom(client.state$.pipe(filter((state) => state === 'connected')));
  const startMs = performance.now();
  await firstValueFrom(cache.events$.pipe(filter(({ type }) => type === 'resync')));
  const tookMs = performance.now() - startMs;
  const requests = (await packetsReceived(hosts)) - packets;
  const wrong = changed.filter((path) => cache.get(path)?.value?.at(0) !== 'z'.charCodeAt(0)).length;
  say(
    `  repaired in ${tookMs.toFixed(0)} ms with ${requests} requests; ${(passed.sent / 1024).toFixed(0)} KiB sent, ${(passed.received / 1024).toFixed(0)} KiB received` +
      `${wrong === 0 ? '' : `; ${wrong} ARE WRONG`}`,
  );
}
await cache.close();
await client.close();
await writer.close();
wire.close();

function pass(socket: Socket): void {
  if (isCut) {
    socket.destroy();
    return;
  }
  const [host = '', port] = hosts.split(':');
  const server = dial({ host, port: Number(port), noDelay: true });
  socket.setNoDelay(true);
  socket.on('data', (chunk) => {
    passed.sent += chunk.length;
    server.write(chunk);
  });
  server.on('data', (chunk) => {
    passed.received += chunk.length;
    socket.write(chunk);
  });
  for (const [one, other] of [
    [socket, server],
    [server, socket],
  ] as const) {
    sockets.add(one);
    one.on('error', () => {});
    one.once('close', () => {
      sockets.delete(one);
      other.destroy();
    });
  }
}

function memory(): { readonly heap: number; readonly buffers: number } {
  globalThis.gc?.();
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return { heap: heapUsed, buffers: external };
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
