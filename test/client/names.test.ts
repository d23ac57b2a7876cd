import { lookup } from 'node:dns/promises';
import { expect, test, vi } from 'vitest';
import { Mutex } from '../../recipes/index.ts';
import { createWireDriver } from '../../src/driver/wire/wire-driver.ts';
import { createZooKeeperDriver } from '../../src/driver/zookeeper/zookeeper-driver.ts';
import { connect } from '../../src/index.ts';
import { hostList } from '../support/open-session.ts';
import { cClient, needed, realServer } from '../support/real-server.ts';
import { TcpTap } from '../support/tcp-tap.ts';

vi.mock('node:dns/promises');

const drivers = [
  { name: 'wire', driver: createWireDriver, missing: () => undefined },
  { name: 'zookeeper', driver: createZooKeeperDriver, missing: cClient },
] as const;

for (const { name, driver, missing } of drivers) {
  test(`${name}: a server whose name gets another address is found there, after a time without any, in the same session`, {
    timeout: 60_000,
  }, async (context) => {
    needed(context, missing() ?? {});
    const [server] = hostList(needed(context, realServer()).hosts);
    if (server === undefined) throw new Error('a server without an address');
    await using before = await TcpTap.start(server.port, { host: '127.0.0.2' });
    await using after = await TcpTap.start(server.port, { host: '127.0.0.3', port: before.port });
    answer('127.0.0.2');
    await using client = await connect(`zoo.example:${before.port}`, { driver, sessionTimeoutMs: 20_000 });
    await using lease = await new Mutex(client, `/names-${client.session?.id}`).acquire();

    vi.mocked(lookup).mockRejectedValue(new Error('no such name'));
    await before[Symbol.asyncDispose]();
    await calls(2);
    expect(after.sent).toEqual([]);
    answer('127.0.0.3');
    await client.sync('/');

    expect(after.sent).toHaveLength(1);
    expect([client.session?.number, lease.isValid()]).toEqual([1, true]);
    expect((await client.exists(lease.path))?.czxid).toBe(lease.token);
  });
}

/** From now on every name has that address. */
function answer(address: string): void {
  // Of the ways to call it, the one that gives all addresses is used.
  vi.mocked(lookup).mockResolvedValue([{ address, family: 4 }] as never);
}

/** Resolves when so many more names have been looked up in vain. */
async function calls(count: number): Promise<void> {
  let left = count;
  await new Promise<void>((resolve) => {
    vi.mocked(lookup).mockImplementation(async () => {
      left -= 1;
      if (left <= 0) resolve();
      throw new Error('no such name');
    });
  });
}
