import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

interface Suite {
  readonly include: string[];
  readonly globalSetup?: string[];
}

/** Each folder of tests is a project of that name. */
const suites: Record<string, Suite> = {
  architecture: { include: ['test/architecture.test.ts'] },
  unit: { include: ['test/unit/**/*.test.ts', 'test/golden/**/*.test.ts'] },
  client: { include: ['test/client/**/*.test.ts'] },
  contract: { include: ['test/contract/**/*.test.ts'] },
  recipes: { include: ['test/recipes/**/*.test.ts'] },
  faults: { include: ['test/faults/**/*.test.ts'] },
  interop: { include: ['test/interop/**/*.test.ts'] },
  security: { include: ['test/security/**/*.test.ts'] },
  ensemble: { include: ['test/ensemble/**/*.test.ts'] },
  testing: { include: ['test/testing/**/*.test.ts'] },
  examples: { include: ['test/examples/**/*.test.ts'], globalSetup: ['test/support/build-examples.ts'] },
  package: { include: ['test/package/**/*.test.ts'] },
};

const root = fileURLToPath(new URL('..', import.meta.url));

export default defineConfig({
  root,
  test: {
    globalSetup: ['test/support/global-setup.ts', 'test/support/sweep-report.ts'],
    maxWorkers: 2,
    // Not extended, or each would run the set-up again.
    projects: Object.entries(suites).map(([name, suite]) => ({
      root,
      test: { name, ...suite, testTimeout: 30_000, hookTimeout: 60_000 },
    })),
  },
});
