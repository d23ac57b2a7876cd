import fc from 'fast-check';
import type { MultiRequestPart } from '../../src/protocol/operations/multi.ts';
import type { WireOperation, WireRequest } from '../../src/protocol/operations.ts';
import { type Acl, openAcl, readAcl } from '../../src/znode.ts';

/** What a differential test may ask of a server: everything, right and wrong, in a tree so small that requests meet. */

export type Asked = { readonly [N in WireOperation]: { readonly operation: N; readonly request: WireRequest<N> } }[WireOperation];

/** What is done next, by one of the sessions. */
export type Step =
  | ({ readonly kind: 'ask'; readonly by: number } & Asked)
  /** All sent before the first reply. */
  | { readonly kind: 'burst'; readonly by: number; readonly requests: readonly Asked[] }
  /** The connection is cut, and the session taken up again; its watches are set again as of the beginning, or of now. */
  | { readonly kind: 'reconnect'; readonly by: number; readonly watches: WireRequest<'setWatches2'> }
  /** The session is closed, and another opened in its place. */
  | { readonly kind: 'renew'; readonly by: number };

export const sessionCount = 3;

// What is below ~/k is never deleted, nor ephemeral: an empty container could be reaped at any time.
const ordinary = ['~', '~/a', '~/b', '~/a/c', '~/a/d', '~/b/e', '~/a/c/f'] as const;
const belowContainer = '~/k/x';
// Not the root, whose stat shows what else there is.
const odd = [
  'a',
  '~/a/',
  '~//a',
  '~/./a',
  '~/../a',
  '~/a\u0001',
  '~/missing/a',
  '/zookeeper',
  '/zookeeper/config',
  '/zookeeper/quota',
] as const;

const anyPath = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom(...ordinary, '~/k', belowContainer) },
  { weight: 1, arbitrary: fc.constantFrom(...odd) },
);
/** Not the root of the tree nor what the server has of its own: other tests see those. */
const ownPath = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom(...ordinary) },
  { weight: 1, arbitrary: fc.constantFrom('a', '~/a/', '~//a', '~/./a', '~/a\u0001', '~/missing/a', '/zookeeper/config') },
);
const newPath = fc.oneof({ weight: 8, arbitrary: ownPath }, { weight: 1, arbitrary: fc.constant('~/a/') });
const data = fc.constantFrom(null, Buffer.alloc(0), Buffer.from('x'), Buffer.from('yy'));
const version = fc.oneof(
  { weight: 3, arbitrary: fc.constant(-1) },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 3 }) },
  fc.constant(-2),
);
const watch = fc.boolean();

const digestOfU1 = 'u1:q0RH3bmzT1eBmB4nBiGxXe1pbf4=';
const acls: readonly (readonly Acl[])[] = [
  readAcl,
  [],
  [...openAcl, ...openAcl],
  [{ perms: 31, scheme: 'auth', id: '' }],
  [{ perms: 31, scheme: 'digest', id: digestOfU1 }],
  [
    { perms: 1, scheme: 'digest', id: digestOfU1 },
    { perms: 16, scheme: 'world', id: 'anyone' },
  ],
  [{ perms: 31, scheme: 'digest', id: 'malformed' }],
  [{ perms: 31, scheme: 'digest', id: 'a:b:c' }],
  [{ perms: 31, scheme: 'ip', id: '127.0.0.0/8' }],
  [{ perms: 31, scheme: 'ip', id: '10.1.2.3' }],
  [{ perms: 31, scheme: 'ip', id: '127.0.0.1/33' }],
  [{ perms: 31, scheme: 'ip', id: 'localhost' }],
  [{ perms: 31, scheme: 'world', id: 'everybody' }],
  [{ perms: 31, scheme: 'nonsense', id: 'x' }],
  [{ perms: 12, scheme: 'world', id: 'anyone' }],
];
const acl = fc.oneof({ weight: 6, arbitrary: fc.constant(openAcl) }, { weight: 1, arbitrary: fc.constantFrom(...acls) });

const creations = {
  create: fc.record({ path: newPath, data, acl, flags: fc.constantFrom(0, 0, 0, 1, 1, 2, 3, 4, 5, 7) }),
  createInMulti: fc.record({ path: newPath, data, acl, flags: fc.constantFrom(0, 0, 0, 1, 2, 3, 7) }),
  createContainer: fc.record({ path: fc.constantFrom('~/k', '~/k', '~/a/', 'k'), data, acl, flags: fc.constantFrom(4, 4, 0) }),
  createTtl: fc.oneof(
    fc.record({
      path: newPath,
      data,
      acl,
      flags: fc.constantFrom(5, 6),
      ttl: fc.constantFrom(3_600_000n, 3_600_000n, 0n, -1n, 2n ** 40n - 1n, 2n ** 40n),
    }),
    fc.record({ path: newPath, data, acl, flags: fc.constant(0), ttl: fc.constant(5n) }),
  ),
  createBelowContainer: fc.record({ path: fc.constant(belowContainer), data, acl, flags: fc.constantFrom(0, 2) }),
};
const deletion = fc.record({
  path: fc.oneof({ weight: 12, arbitrary: fc.constantFrom(...ordinary) }, { weight: 1, arbitrary: fc.constantFrom(...odd, '', '/') }),
  version,
});
const change = fc.record({ path: ownPath, data, version });
const check = fc.record({ path: anyPath, version });

const written: fc.Arbitrary<MultiRequestPart> = fc.oneof(
  fc.record({ op: fc.constantFrom('create' as const, 'create2' as const), request: creations.createInMulti }),
  fc.record({ op: fc.constant('createContainer' as const), request: creations.createContainer }),
  fc.record({ op: fc.constant('createTtl' as const), request: creations.createTtl }),
  fc.record({ op: fc.constant('delete' as const), request: deletion }),
  fc.record({ op: fc.constant('setData' as const), request: change }),
  fc.record({ op: fc.constant('check' as const), request: check }),
);
const readParts: fc.Arbitrary<MultiRequestPart> = fc.oneof(
  fc.record({ op: fc.constant('getData' as const), request: fc.record({ path: anyPath, watch: fc.constant(false) }) }),
  fc.record({
    op: fc.constant('getChildren' as const),
    request: fc.record({ path: fc.constantFrom(...ordinary), watch: fc.constant(false) }),
  }),
);

const requests: readonly fc.WeightedArbitrary<Asked>[] = [
  of('create', creations.create, 5),
  of('create2', creations.create, 4),
  of('createContainer', creations.createContainer, 1),
  of('createTtl', creations.createTtl, 1),
  of('create2', creations.createBelowContainer, 1),
  of('delete', deletion, 4),
  of('setData', change, 3),
  of('exists', fc.record({ path: anyPath, watch }), 3),
  of('getData', fc.record({ path: anyPath, watch }), 3),
  of('getChildren', fc.record({ path: fc.constantFrom(...ordinary), watch }), 2),
  of('getChildren2', fc.record({ path: fc.constantFrom(...ordinary), watch }), 2),
  of('getAcl', fc.record({ path: anyPath }), 1),
  of('setAcl', fc.record({ path: ownPath, acl, version }), 1),
  of('sync', fc.record({ path: anyPath }), 1),
  of('multi', fc.array(written, { maxLength: 4 }), 4),
  of('multiRead', fc.array(readParts, { maxLength: 3 }), 1),
  of('addWatch', fc.record({ path: fc.constantFrom(...ordinary), mode: fc.constantFrom(0, 1, 1, 9) }), 3),
  of('removeWatches', fc.record({ path: fc.constantFrom(...ordinary), type: fc.constantFrom(1, 2, 3, 9) }), 2),
  // No checkWatches: 3.8 says yes if anybody at all watches the path (WatchManager.containsWatcher; 3.9 looks at who asks, and so do we).
  of('getEphemerals', fc.record({ prefixPath: fc.constantFrom('', '/', '~', '~/a', '~/b') }), 1),
  of('getAllChildrenNumber', fc.record({ path: fc.constantFrom(...ordinary) }), 1),
  of('whoAmI', fc.constant(undefined), 1),
  of('reconfig', fc.constant({ joiningServers: null, leavingServers: null, newMembers: 'x', curConfigId: -1n }), 1),
];
const authentication = of(
  'auth',
  fc.record({
    type: fc.constant(0),
    scheme: fc.constantFrom('digest', 'ip'),
    auth: fc.constantFrom(Buffer.from('u1:p1'), Buffer.from('u2')),
  }),
  1,
);

/** In a burst there is no auth: a real server answers it at once, before requests that came earlier. */
const asked = fc.oneof(...requests);
const askedAlone = fc.oneof(...requests, authentication);

const paths = fc.uniqueArray(fc.constantFrom(...ordinary), { maxLength: 3 });
const watchesSetAgain = fc.record({
  // As of the beginning, when everything has changed since, or of the far future, when nothing has.
  relativeZxid: fc.constantFrom(0n, 2n ** 60n),
  dataWatches: paths,
  existWatches: paths,
  childWatches: paths,
  persistentWatches: paths,
  persistentRecursiveWatches: paths,
});
const by = fc.integer({ min: 0, max: sessionCount - 1 });

export const anySteps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    { weight: 30, arbitrary: fc.tuple(by, askedAlone).map(([by, request]): Step => ({ kind: 'ask', by, ...request })) },
    {
      weight: 4,
      arbitrary: fc.record({ kind: fc.constant('burst' as const), by, requests: fc.array(asked, { minLength: 2, maxLength: 6 }) }),
    },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('reconnect' as const), by, watches: watchesSetAgain }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('renew' as const), by }) },
  ),
  { minLength: 10, maxLength: 60, size: 'max' },
);

function of<N extends WireOperation>(operation: N, request: fc.Arbitrary<WireRequest<N>>, weight: number): fc.WeightedArbitrary<Asked> {
  // The request is of this operation, which the union does not follow.
  return { weight, arbitrary: request.map((value) => ({ operation, request: value }) as unknown as Asked) };
}
