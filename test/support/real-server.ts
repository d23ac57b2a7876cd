import { inject } from 'vitest';
import type { Availability } from './global-setup.ts';

/** The real ZooKeeper of this run, or why there is none. */
export function realServer(): Availability {
  return inject('realServer');
}

/** Whether servers and ensembles of one's own can be started here, or why not. */
export function localServers(): { readonly skip: string } | undefined {
  return inject('localServers');
}
