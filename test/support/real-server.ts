import { inject, type TestContext } from 'vitest';
import type { CuratorAvailability } from './curator.ts';
import type { Availability } from './global-setup.ts';
import type { Kazoo } from './kazoo.ts';

/** The real ZooKeeper of this run, or why there is none. */
export function realServer(): Availability {
  return inject('realServer');
}

/** Whether servers and ensembles of one's own can be started here, or why not. */
export function localServers(): { readonly skip: string } | undefined {
  return inject('localServers');
}

/** Why the driver over the C client cannot be tested here, or undefined if it can. */
export function cClient(): { readonly skip: string } | undefined {
  return inject('cClient');
}

/** Why no containers can be started here, or undefined if they can. */
export function containers(): { readonly skip: string } | undefined {
  return inject('containers');
}

/** A Python that has kazoo, or why there is none. */
export function kazoo(): Kazoo {
  return inject('kazoo');
}

/** Where Java finds Curator and the program that the tests tell what to do, or why it cannot. */
export function curator(): CuratorAvailability {
  return inject('curator');
}

/** What a test needs of this machine. Skips the test if it is not there, and says why; with `DOCENT_REQUIRE_REAL=1` fails it. */
export function needed<T extends object>(context: TestContext, found: T | { readonly skip: string }): T {
  if (!('skip' in found)) return found;
  if (process.env['DOCENT_REQUIRE_REAL'] === '1') throw new Error(`DOCENT_REQUIRE_REAL=1, but ${found.skip}`);
  return context.skip(found.skip);
}
