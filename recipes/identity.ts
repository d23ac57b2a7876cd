import { hostname } from 'node:os';
import { pid } from 'node:process';

/** How a holder is called where it has not been given a name: `host:pid`. */
export const processIdentity = `${hostname()}:${pid}`;
