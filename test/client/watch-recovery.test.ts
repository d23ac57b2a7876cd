import { firstValueFrom, type Observable } from 'rxjs';
import { expect, test } from 'vitest';
import { startEmbeddedServer } from '../../src/embedded/index.ts';
import { ClosedError, connect, fixed } from '../../src/index.ts';
import { Probe } from '../support/probe.ts';

const isConnectedAgain = (states: readonly string[]) => states.slice(-2).join() === 'suspended,connected';

for (const fault of ['cut-before-apply', 'refused'] as const) {
  test(`who waits relies on no watch that is asked for and not set (${fault})`, async () => {
    await using server = await startEmbeddedServer();
    // So long that a watch is not set again within the test.
    await using reader = await connect(server.hosts, { retry: fixed(3_600_000) });
    await using writer = await connect(server.hosts);
    await writer.create('/x', '1');
    if (fault === 'refused') server.faults.inject({ kind: 'refuse', code: 'THROTTLEDOP' }, { operation: 'addWatch' });
    else server.faults.inject({ kind: 'cut-before-apply' }, { operation: 'addWatch' });
    const states: string[] = [];
    const again = new Promise<void>((resolve) => {
      reader.state$.subscribe((state) => {
        states.push(state);
        if (isConnectedAgain(states)) resolve();
      });
    });
    using _watching = new Probe(reader.watch('/x'));
    // Asked while the request that sets the watch is on its way: it looks again when nothing came of that.
    const early = reader.whenChanged('/x');
    if (fault !== 'refused') await again;
    else await reader.exists('/x');
    const late = reader.whenChanged('/x');
    await reader.exists('/x');
    await writer.delete('/x');
    expect(await late).toBe('changed');
    expect(await early).toBe('changed');
  });
}

test('a stream goes on after a refusal that passes', async () => {
  await using server = await startEmbeddedServer();
  await using client = await connect(server.hosts, { retry: fixed(1) });
  await client.create('/x', '1');
  using data = new Probe(client.data$('/x'));
  await data.next();
  server.faults.inject({ kind: 'refuse', code: 'THROTTLEDOP' }, { operation: 'addWatch' });
  server.expireSession(client.session?.id ?? 0n);
  await client.set('/x', '2');
  expect(String((await data.next())?.data)).toBe('2');
  await client.set('/x', '3');
  expect(String((await data.next())?.data)).toBe('3');
});

test('more streams than requests may wait survive a new session', async () => {
  await using server = await startEmbeddedServer();
  await using client = await connect(server.hosts, { maxPendingRequests: 5, retry: fixed(1) });
  await using writer = await connect(server.hosts);
  const probes: Probe<unknown>[] = [];
  for (let n = 0; n < 20; n += 1) {
    const probe = new Probe(client.children$(`/n${n}`));
    probes.push(probe);
    await new Promise<void>((resolve) => setImmediate(resolve));
    await probe.next();
  }
  server.expireSession(client.session?.id ?? 0n);
  for (const [n, probe] of probes.entries()) {
    await writer.create(`/n${n}`);
    expect(await probe.next()).toEqual([]);
    probe[Symbol.dispose]();
  }
});

test('after a null that was not true the value is shown again', async () => {
  await using server = await startEmbeddedServer();
  await using client = await connect(server.hosts, { retry: fixed(1) });
  await client.create('/x', 'a');
  using data = new Probe(client.data$('/x'));
  using children = new Probe(client.children$('/x'));
  expect(String((await data.next())?.data)).toBe('a');
  await children.next();
  await client.exists('/x');
  server.faults.inject({ kind: 'refuse', code: 'NONODE' }, { operation: 'getData' });
  server.faults.inject({ kind: 'refuse', code: 'NONODE' }, { operation: 'getChildren2' });
  server.faults.inject({ kind: 'cut-before-apply' }, { operation: 'exists' });
  await client.exists('/x');
  expect(await data.next()).toBeNull();
  expect(await children.next()).toBeNull();
  server.faults.inject({ kind: 'cut-before-apply' }, { operation: 'exists' });
  await client.exists('/x');
  expect(String((await data.next())?.data)).toBe('a');
  expect(await children.next()).toEqual([]);
});

test('closing completes what is subscribed to, in the tick of the call, and leaves calls their error', async () => {
  await using server = await startEmbeddedServer();
  const client = await connect(server.hosts);
  await client.create('/x');
  const ends: string[] = [];
  const below = client.usingNamespace('x');
  const streams: readonly Observable<unknown>[] = [client.watch('/x'), client.data$('/x'), client.children$('/x'), below.data$('/y')];
  for (const stream$ of streams) {
    stream$.subscribe({ error: () => ends.push('error'), complete: () => ends.push('complete') });
  }
  const waiting = expect(client.whenChanged('/x')).rejects.toBeInstanceOf(ClosedError);
  const closing = client.close();
  expect(ends).toEqual(['complete', 'complete', 'complete', 'complete']);
  await Promise.all([waiting, closing]);
  await expect(firstValueFrom(client.watch('/x'))).rejects.toBeInstanceOf(ClosedError);
});
