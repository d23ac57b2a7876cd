import { getEventListeners } from 'node:events';
import { expect, test } from 'vitest';
import { Term } from '../../recipes/leader/term.ts';
import { startEmbeddedServer } from '../../src/embedded/index.ts';
import { connect } from '../../src/index.ts';

test('a term keeps nothing of leases that have been given back', async () => {
  await using server = await startEmbeddedServer();
  await using client = await connect(server.hosts);
  const session = await client.connected();
  const { path, stat } = await client.create('/latch-', '', { mode: 'ephemeral-sequential' });
  const term = new Term(client, 'keep-until-lost', { path, czxid: stat.czxid, session });
  const listeners = () => getEventListeners(term.over, 'abort').length;
  const before = listeners();
  const leases = Array.from({ length: 100 }, () => term.lease(() => Promise.resolve()));
  // One for all.
  expect(listeners()).toBe(before + 1);
  for (const lease of leases) await lease.release();
  expect(listeners()).toBe(before);
  term.giveBack();
  await term.gone;
});
