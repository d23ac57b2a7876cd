import { describe } from 'vitest';
import { startTestZooKeeper, type TestZooKeeper } from '../../src/testing/index.ts';
import { containers } from '../support/real-server.ts';

/** Runs the suite on an embedded ZooKeeper and on one in a container. */
export function onEachKind(suite: (start: () => Promise<TestZooKeeper>) => void): void {
  describe('embedded', () => suite(() => startTestZooKeeper({ minSessionTimeoutMs: 100 })));
  const missing = containers();
  describe.skipIf(missing !== undefined)(missing === undefined ? 'container' : `container: ${missing.skip}`, () => {
    suite(() => startTestZooKeeper({ kind: 'container', minSessionTimeoutMs: 100 }));
  });
}
