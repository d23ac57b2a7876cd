import type { WireRequest } from '../../protocol/operations.ts';
import { createModes, hasTtl } from '../../znode.ts';
import type { RequestOf } from '../driver.ts';

/** The operation that makes such a znode and answers with its stat. */
export function createOperation({ mode }: RequestOf<'create'>): 'create2' | 'createContainer' | 'createTtl' {
  if (mode === 'container') return 'createContainer';
  return hasTtl(mode) ? 'createTtl' : 'create2';
}

/** Its request. Only `createTtl` writes the last field. */
export function createRequest({ path, data, acl, mode, ttlMs = 0 }: RequestOf<'create'>): WireRequest<'createTtl'> {
  return {
    path,
    data,
    acl,
    flags: createModes[mode],
    ttl: BigInt(Math.round(ttlMs)),
  };
}
