import { filter, firstValueFrom } from 'rxjs';
import { expect, type TestContext, test } from 'vitest';
import { Mutex } from '../../recipes/index.ts';
import { FaultyProxy } from '../../src/embedded/index.ts';
import { Client, type ClientOptions, connect, OperationTimeoutError, ReadOnlyServerError } from '../../src/index.ts';
import { Ensemble } from '../support/ensemble.ts';
import { hostList } from '../support/open-session.ts';
import { localServers, needed } from '../support/real-server.ts';
import { freePorts, startZooKeeper, ZooKeeperProcess } from '../support/zookeeper.ts';

test('without a quorum whoever accepts it can read, writes fail by name, and no lease is valid; with the quorum all goes again', {
  timeout: 90_000,
}, async (context) => {
  needed(context, localServers() ?? {});
  const ensemble = await Ensemble.start(2, { readOnly: true });
  context.onTestFinished(() => ensemble[Symbol.asyncDispose]());
  const [, other] = ensemble.members;
  const reader = client(context, ensemble.hosts, { readOnly: true });
  const writer = client(context, ensemble.hosts, {});
  await writer.create('/read', 'before');
  const mutex = new Mutex(reader, '/lock');
  const lease = await mutex.acquire();
  expect(reader.isReadOnly).toBe(false);

  await other?.kill();
  await connected(reader, true);

  expect(lease.isValid()).toBe(false);
  expect((await reader.get('/read')).data.toString()).toBe('before');
  await expect(reader.set('/read', 'after')).rejects.toThrow(ReadOnlyServerError);
  await expect(reader.sync('/read')).rejects.toThrow(ReadOnlyServerError);
  await expect(mutex.acquire()).rejects.toThrow(ReadOnlyServerError);
  await expect(writer.get('/read', { timeoutMs: 200 })).rejects.toThrow(OperationTimeoutError);
  // For longer than a server's silence is borne: there is no leader to have a word from, and no reason to go.
  const number = reader.session?.number;
  const states: string[] = [];
  const watching = reader.state$.subscribe((state) => states.push(state));
  await new Promise<void>((resolve) => reader.clock.setTimer(sessionTimeoutMs * 1.2, resolve));
  watching.unsubscribe();
  expect([states, reader.session?.number]).toEqual([['connected'], number]);

  await other?.start();
  await connected(reader, false);
  const next = await mutex.acquire();
  expect(next.token).toBeGreaterThan(lease.token);
});

test('a client on a server that takes no writes leaves it, unasked, for one that does', { timeout: 60_000 }, async (context) => {
  needed(context, localServers() ?? {});
  const lonely = await member(context, 3);
  const writable = await startZooKeeper();
  context.onTestFinished(() => writable[Symbol.asyncDispose]());
  const wire = await FaultyProxy.start(hostList(writable.hosts));
  context.onTestFinished(() => wire.close());
  wire.cut();
  const reader = client(context, `${wire.hosts},${lonely.hosts}`, { readOnly: true });
  await connected(reader, true);
  expect(await reader.children('/')).toEqual(['zookeeper']);

  wire.mend();
  await connected(reader, false);
  await reader.create('/written');

  // There is a choice, and only one that is right.
  const others = await Promise.all(Array.from({ length: 10 }, () => connect(`${wire.hosts},${lonely.hosts}`, { readOnly: true })));
  for (const other of others) context.onTestFinished(() => other.close());
  expect(others.filter(({ isReadOnly }) => isReadOnly)).toEqual([]);
});

const sessionTimeoutMs = 3_000;

/** A member of an ensemble whose other members are not there. */
async function member(context: TestContext, size: number): Promise<ZooKeeperProcess> {
  const ports = await freePorts(2 * size);
  const lines = Array.from({ length: size }, (_, at) => `server.${at + 1}=127.0.0.1:${ports[2 * at]}:${ports[2 * at + 1]}`);
  const config = ['initLimit=50', 'syncLimit=10', 'localSessionsEnabled=true', ...lines];
  const server = await ZooKeeperProcess.configure({ id: 1, config, flags: ['-Dreadonlymode.enabled=true'] });
  context.onTestFinished(() => server[Symbol.asyncDispose]());
  await server.start();
  return server;
}

function client(context: TestContext, hosts: string, options: Omit<ClientOptions, 'hosts'>): Client {
  const opened = new Client({ hosts, sessionTimeoutMs, ...options });
  context.onTestFinished(() => opened.close());
  return opened;
}

async function connected(client: Client, isReadOnly: boolean): Promise<void> {
  await firstValueFrom(client.state$.pipe(filter((state) => state === 'connected' && client.isReadOnly === isReadOnly)));
}
