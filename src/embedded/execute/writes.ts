import type { WireReply, WireRequest } from '../../protocol/operations.ts';
import { createModes } from '../../znode.ts';
import { Refusal } from '../refusal.ts';
import type { Creation, Transaction } from '../transaction.ts';
import type { Lifetime } from '../tree.ts';
import type { Requester } from './requester.ts';

export const writes = {
  create: (requester: Requester, request: WireRequest<'create'>): WireReply<'create'> => {
    const { path } = create(requester, 'create', request);
    return { path };
  },
  create2: (requester: Requester, request: WireRequest<'create2'>): WireReply<'create2'> => create(requester, 'create2', request),
  createContainer: (requester: Requester, request: WireRequest<'createContainer'>): WireReply<'createContainer'> =>
    create(requester, 'createContainer', request),
  createTtl: (requester: Requester, request: WireRequest<'createTtl'>): WireReply<'createTtl'> => create(requester, 'createTtl', request),
  delete: ({ database, identities }: Requester, { path, version }: WireRequest<'delete'>): WireReply<'delete'> =>
    database.write((transaction) => transaction.delete(path, version, identities)),
  setData: ({ database, identities }: Requester, { path, data, version }: WireRequest<'setData'>): WireReply<'setData'> => ({
    stat: database.write((transaction) => transaction.setData(path, data, version, identities)),
  }),
  check: ({ database, identities }: Requester, { path, version }: WireRequest<'check'>): WireReply<'check'> =>
    database.write((transaction) => transaction.check(path, version, identities)),
  /** As a standalone server with its default settings. */
  reconfig: ({ database }: Requester): WireReply<'reconfig'> =>
    database.write(() => {
      throw new Refusal('RECONFIGDISABLED');
    }),
} as const;

export type CreateOperation = 'create' | 'create2' | 'createContainer' | 'createTtl';
export type CreateRequest = WireRequest<'create'> & { readonly ttl?: bigint };

function create({ database, sessionId, identities }: Requester, operation: CreateOperation, request: CreateRequest): WireReply<'create2'> {
  return database.write((transaction) => createIn(transaction, operation, request, { sessionId, identities }));
}

/** The part of a create that a multi has too. */
export function createIn(
  transaction: Transaction,
  operation: CreateOperation,
  request: CreateRequest,
  { sessionId, identities }: Pick<Requester, 'sessionId' | 'identities'>,
): WireReply<'create2'> {
  return transaction.create(creationOf(operation, request, sessionId), identities);
}

// EphemeralType.TTL: what is left of an ephemeral owner's 64 bits.
const longestTtlMs = 2n ** 40n - 1n;

/** The opcode decides whether it is a container or has a time to live; the flags say whether it is ephemeral or sequential. */
function creationOf(operation: CreateOperation, { path, data, acl, flags, ttl }: CreateRequest, sessionId: bigint): Creation {
  if (!(Object.values(createModes) as readonly number[]).includes(flags)) throw new Refusal('BADARGUMENTS');
  if (hasTtlFlag(flags) !== (ttl !== undefined)) throw new Refusal('BADARGUMENTS');
  if (ttl !== undefined && (ttl <= 0n || ttl > longestTtlMs)) throw new Refusal('BADARGUMENTS');
  const sequential = flags === createModes['persistent-sequential'] || flags === createModes['ephemeral-sequential'];
  return {
    path,
    data,
    acl,
    sequential: sequential || flags === createModes['persistent-sequential-with-ttl'],
    lifetime: lifetimeOf(operation, flags, ttl, sessionId),
  };
}

function lifetimeOf(operation: CreateOperation, flags: number, ttl: bigint | undefined, sessionId: bigint): Lifetime {
  if (operation === 'createContainer') return { kind: 'container' };
  if (ttl !== undefined) return { kind: 'ttl', ttlMs: ttl };
  const isEphemeral = flags === createModes.ephemeral || flags === createModes['ephemeral-sequential'];
  return isEphemeral ? { kind: 'ephemeral', owner: sessionId } : { kind: 'persistent' };
}

export function hasTtlFlag(flags: number): boolean {
  return flags === createModes['persistent-with-ttl'] || flags === createModes['persistent-sequential-with-ttl'];
}
