import { once } from 'node:events';
import { filter, firstValueFrom } from 'rxjs';
import { expect, type TestContext, test } from 'vitest';
import { Mutex } from '../../recipes/index.ts';
import { FaultyProxy } from '../../src/embedded/index.ts';
import { type Client, connect } from '../../src/index.ts';
import { Ensemble } from '../support/ensemble.ts';
import { localServers, needed } from '../support/real-server.ts';

const path = '/locks/moved';
const sessionTimeoutMs = 4_000;

test('a holder keeps its lease as its session moves from server to server, and knows its end by the last of them', {
  timeout: 90_000,
}, async (context) => {
  needed(context, localServers() ?? {});
  const ensemble = await Ensemble.start();
  // Not `await using`: a test that is out of time never gets to its end.
  context.onTestFinished(() => ensemble[Symbol.asyncDispose]());
  const [last, ...others] = ensemble.members;
  const wire = await FaultyProxy.start(ensemble.members.map(({ port }) => ({ host: '127.0.0.1', port })));
  context.onTestFinished(() => wire.close());
  const holder = await connected(context, wire.hosts);
  const { session } = holder;
  const lease = await new Mutex(holder, path).acquire();

  // Each connection through the wire goes to the next server: round to the first one, and once more.
  for (const _ of [...others, last, ...others]) {
    const suspended = firstValueFrom(holder.state$.pipe(filter((state) => state === 'suspended')));
    wire.cut();
    await suspended;
    wire.mend();
    await holder.connected();
    await holder.sync('/');
    expect(lease.isValid()).toBe(true);
  }
  expect(holder.session).toBe(session);
  expect(lease.signal.aborted).toBe(false);

  const rival = await connected(context, last?.hosts ?? '');
  const taking = new Mutex(rival, path).run((taken) => {
    expect(lease.signal.aborted).toBe(true);
    expect(lease.isValid()).toBe(false);
    expect(taken.token).toBeGreaterThan(lease.token);
  });
  wire.swallow();
  await once(lease.signal, 'abort');
  expect(lease.isValid()).toBe(false);
  await taking;
});

async function connected(context: TestContext, hosts: string): Promise<Client> {
  const client = await connect(hosts, { sessionTimeoutMs });
  context.onTestFinished(() => client.close());
  return client;
}
