import { expect, test } from 'vitest';
import { startEmbeddedServer } from '../../src/embedded/index.ts';
import { Client, connect, InvalidArgumentError } from '../../src/index.ts';

test('`connect` takes its options after the hosts, and in one object with them, as `Client` does', async () => {
  await using server = await startEmbeddedServer();
  const options = { hosts: server.hosts, namespace: 'app' };
  await using one = await connect(options);
  await using other = await connect(server.hosts, { namespace: '/app' });
  await one.create('/a', 'x');
  expect((await other.get('/a')).data.toString()).toBe('x');
  expect(server.paths()).toContain('/app/a');
});

test('`connect` refuses options in both places, and anything else in the place of the hosts', async () => {
  const refused = [[{ hosts: 'localhost:1' }, { namespace: 'app' }], [{}], [null], [undefined], [['localhost:1']], [5]] as const;
  for (const given of refused) {
    await expect(connect(...(given as unknown as [string]))).rejects.toBeInstanceOf(InvalidArgumentError);
  }
});

test('a logger that throws ends nothing', async () => {
  await using server = await startEmbeddedServer();
  const fail = () => {
    throw new Error('the disk is full');
  };
  await using client = new Client({ hosts: server.hosts, logger: { debug: fail, info: fail, warn: fail, error: fail } });
  const told: Error[] = [];
  client.errors$.subscribe((error) => told.push(error));
  const session = await client.connected();
  server.faults.inject({ kind: 'refuse', code: 'NOAUTH' }, { operation: 'delete' });
  expect(await client.deleteForSure('/a', { session })).toMatchObject({ name: 'NoAuthError' });
  expect(told).toHaveLength(1);
  server.expireSession(session.id);
  await client.sync();
});
