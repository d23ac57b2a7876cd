import { expect } from 'vitest';
import { TreeCache } from '../../recipes/index.ts';
import { type Client, OperationError, RefusedError, SessionLostError } from '../../src/index.ts';
import { CacheWitness } from '../support/cache-witness.ts';
import { sweepFaults } from '../support/sweep.ts';

const mayStay = ['/tree', '/tree/a', '/tree/a/b', '/tree/a/d', '/tree/c'];

/** Writes what may have been written already by an attempt whose reply was lost. */
async function write(client: Client, writing: (client: Client) => Promise<unknown>): Promise<void> {
  for (;;) {
    try {
      await writing(client);
      return;
    } catch (error) {
      if (error instanceof RefusedError) return;
      if (!(error instanceof OperationError) && !(error instanceof SessionLostError)) throw error;
    }
  }
}

sweepFaults('a cache is told each change once, and shows the tree when it has caught up', {
  mayStay,
  play: async (world) => {
    const [reader, writer] = [await world.client(), await world.client()];
    await write(writer, (client) => client.create('/tree/a/b', 'old', { parents: true }));
    await using cache = new TreeCache(reader, '/tree');
    const witness = new CacheWitness(cache);
    const started = cache.start({ signal: world.signal });
    await write(writer, (client) => client.create('/tree/c', 'new'));
    await started;
    await write(writer, (client) => client.set('/tree/a/b', 'new'));
    await write(writer, (client) => client.delete('/tree/a/b'));
    await write(writer, (client) => client.create('/tree/a/d', 'new'));
    await cache.synced({ signal: world.signal });
    await reader.sync('/');
    await cache.synced();
    expect(await witness.differences(writer)).toEqual([]);
    await cache.close();
    await reader.sync('/');
  },
});

sweepFaults('who asks what has changed gets all of it, or an error, and leaves no session and no watch', {
  mayStay,
  play: async (world) => {
    const [reader, writer] = [await world.client(), await world.client()];
    await write(writer, (client) => client.create('/tree/a', 'old', { parents: true }));
    await write(writer, (client) => client.create('/tree/c', 'old'));
    const { stat } = await writer.get('/tree/c');
    await write(writer, (client) => client.set('/tree/a', 'new'));
    try {
      const changed = await reader.changedSince(stat.mzxid, ['/tree', '/tree/a', '/tree/c', '/tree/gone']);
      expect([...changed].sort()).toEqual(['/tree/a', '/tree/gone']);
    } catch (error) {
      expect(error).toSatisfy((found) => found instanceof OperationError || found instanceof SessionLostError);
    }
    await Promise.all([reader.sync('/'), writer.sync('/')]);
  },
});
