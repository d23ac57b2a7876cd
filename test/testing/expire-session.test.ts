import { afterAll, beforeAll, expect, test } from 'vitest';
import { Mutex } from '../../recipes/index.ts';
import { Client, connect, InvalidArgumentError, SessionLostError } from '../../src/index.ts';
import type { TestZooKeeper } from '../../src/testing/index.ts';
import { RawClient } from '../support/raw-client.ts';
import { onEachKind } from './each-kind.ts';

onEachKind((start) => {
  let zookeeper: TestZooKeeper;
  beforeAll(async () => {
    zookeeper = await start();
  });
  afterAll(() => zookeeper.close());

  test('the session is over for the client, what it owned is gone, and the client goes on with the next', async () => {
    await using observer = await connect(zookeeper.hosts);
    await using client = await connect(zookeeper.hosts);
    const first = await client.connected();
    await client.create('/ephemeral', '', { mode: 'ephemeral' });

    await zookeeper.expireSession(client);

    expect(first.isValid()).toBe(false);
    expect(first.signal.reason).toMatchObject({ name: SessionLostError.name, reason: 'expired' });
    expect(await observer.exists('/ephemeral')).toBeNull();
    expect(await client.connected()).toMatchObject({ number: 2 });
    expect(await client.children('/')).toEqual(['zookeeper']);
  });

  test('a lease is lost at the next line, and who waits for it has it', async () => {
    await using holder = await connect(zookeeper.hosts);
    await using waiter = await connect(zookeeper.hosts);
    const lease = await new Mutex(holder, '/lock').acquire();
    const next = new Mutex(waiter, '/lock').acquire();

    await zookeeper.expireSession(holder);

    expect(lease.isValid()).toBe(false);
    expect(lease.signal.aborted).toBe(true);
    const taken = await next;
    expect(taken.token).toBeGreaterThan(lease.token);
    await taken.release();
    await waiter.deleteAll('/lock');
  });

  test("the other clients' sessions live on, on the connections they have", async () => {
    await using bystander = await connect(zookeeper.hosts);
    await using client = await connect(zookeeper.hosts);
    const states: string[] = [];
    const subscription = bystander.state$.subscribe((state) => states.push(state));
    await zookeeper.expireSession(client);
    await bystander.exists('/');
    subscription.unsubscribe();
    expect(states).toEqual(['connected']);
  });

  test('any session can be given by its id, of whatever client', async () => {
    await using stranger = await RawClient.start(zookeeper.hosts);
    await zookeeper.expireSession(stranger.granted.sessionId);
    await stranger.closed();
    await using again = await RawClient.resume(zookeeper.hosts, stranger.granted);
    expect(again.granted.timeOut).toBeLessThanOrEqual(0);
  });

  test('a session is expired on the connection that it has moved to', async () => {
    await using first = await RawClient.start(zookeeper.hosts);
    first.drop();
    await first.closed();
    await using second = await RawClient.resume(zookeeper.hosts, first.granted);
    await zookeeper.expireSession(first.granted.sessionId);
    await second.closed();
  });

  test('a session that is over, or that nobody knows, is refused by its id', async () => {
    await using client = await connect(zookeeper.hosts);
    const { id } = await client.connected();
    await zookeeper.expireSession(client);
    await expect(zookeeper.expireSession(id)).rejects.toThrow(InvalidArgumentError);
    await expect(zookeeper.expireSession(0x1234n)).rejects.toMatchObject({ name: InvalidArgumentError.name, value: '0x1234' });
  });

  test('a client that has no session is refused', async () => {
    await using client = new Client({ hosts: zookeeper.hosts });
    await expect(zookeeper.expireSession(client)).rejects.toMatchObject({ name: InvalidArgumentError.name, value: 'connecting' });
  });
});
