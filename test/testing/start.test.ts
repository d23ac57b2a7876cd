import { describe, expect, test } from 'vitest';
import { ConnectTimeoutError, connect, InvalidArgumentError } from '../../src/index.ts';
import { ContainerUnavailableError, startTestZooKeeper, type TestZooKeeperOptions } from '../../src/testing/index.ts';
import { containers } from '../support/real-server.ts';
import { onEachKind } from './each-kind.ts';

onEachKind((start) => {
  test('a client can use it at once; closed, it is gone, and closing it again does nothing', async () => {
    const zookeeper = await start();
    await using client = await connect(zookeeper.hosts, { sessionTimeoutMs: 3_000 });
    expect((await client.connected()).timeoutMs).toBe(3_000);
    await client.create('/ttl', '', { mode: 'persistent-with-ttl', ttlMs: 1_000_000 });
    await zookeeper.close();
    await zookeeper.close();
    await expect(connect(zookeeper.hosts, { connectTimeoutMs: 200 })).rejects.toThrow(ConnectTimeoutError);
  });
});

test('an embedded one shows its server and its faults', async () => {
  await using zookeeper = await startTestZooKeeper();
  await using client = await connect(zookeeper.hosts);
  zookeeper.faults.inject({ kind: 'refuse', code: 'NOAUTH' }, { operation: 'exists' });
  await expect(client.exists('/')).rejects.toMatchObject({ code: 'NOAUTH' });
  expect(zookeeper.server.sessions()).toHaveLength(1);
});

const missing = containers();
describe.skipIf(missing !== undefined)(missing === undefined ? 'container' : `container: ${missing.skip}`, () => {
  test('its wire can be cut, and a session that ends meanwhile is told of when it is mended', async () => {
    await using zookeeper = await startTestZooKeeper({ kind: 'container' });
    await using client = await connect(zookeeper.hosts);
    const session = await client.connected();
    zookeeper.wire.cut();
    await zookeeper.expireSession(session.id);
    expect(session.isValid()).toBe(true);
    zookeeper.wire.mend();
    expect(await client.connected()).toMatchObject({ number: 2 });
    expect(session.signal.reason).toMatchObject({ reason: 'expired' });
  });

  test("what the image's environment is given wins", async () => {
    await using zookeeper = await startTestZooKeeper({
      kind: 'container',
      environment: { ZOO_CFG_EXTRA: 'minSessionTimeout=1234 maxSessionTimeout=1234' },
    });
    await using client = await connect(zookeeper.hosts);
    expect((await client.connected()).timeoutMs).toBe(1_234);
  });
});

test('where no container starts, the error names the image and keeps the cause', async () => {
  // Nobody serves images on that port.
  const image = 'localhost:1/zookeeper:none';
  const refused = startTestZooKeeper({ kind: 'container', image });
  await expect(refused).rejects.toThrow(ContainerUnavailableError);
  await expect(refused).rejects.toMatchObject({ image, cause: expect.any(Error), message: expect.stringContaining('Docker engine') });
});

test.each<[field: string, options: object]>([
  ['startTestZooKeeper.kind', { kind: 'cluster' }],
  ['startTestZooKeeper.image', { kind: 'container', image: '' }],
  ['startTestZooKeeper.imgae', { kind: 'container', imgae: 'zookeeper' }],
  ['startTestZooKeeper.minSessionTimeoutMs', { kind: 'container', minSessionTimeoutMs: 0 }],
  ['startTestZooKeeper.environment.ZOO_TICK_TIME', { kind: 'container', environment: { ZOO_TICK_TIME: 500 } }],
  ['startEmbeddedServer.minSessionTimeoutMs', { minSessionTimeoutMs: 0 }],
])('a wrong option is refused by its name: %s', async (field, options) => {
  // Wrong on purpose.
  const wrong = options as TestZooKeeperOptions;
  await expect(startTestZooKeeper(wrong)).rejects.toMatchObject({ name: InvalidArgumentError.name, field });
});
