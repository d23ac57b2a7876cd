import { expect, test } from 'vitest';
import { createZooKeeperDriver } from '../../src/driver/zookeeper/zookeeper-driver.ts';
import { Client, connect, SessionLostError, UnsupportedError } from '../../src/index.ts';

// Nothing is asked of a server, nor of the package: what the options ask for cannot be had.
const hopeless = { driver: createZooKeeperDriver, readOnly: true } as const;

test('a driver that cannot do what the options ask for ends the wait for a connection at once, with its reason', async () => {
  await expect(connect('127.0.0.1:1', hopeless)).rejects.toBeInstanceOf(UnsupportedError);
});

test('calls under way end with that reason too, and later ones do', async () => {
  await using client = new Client({ hosts: '127.0.0.1:1', ...hopeless });
  await expect(client.get('/a')).rejects.toBeInstanceOf(UnsupportedError);
  await expect(client.create('/a')).rejects.toBeInstanceOf(UnsupportedError);
  await expect(client.connected()).rejects.not.toBeInstanceOf(SessionLostError);
});
