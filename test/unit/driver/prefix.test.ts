import { expect, test } from 'vitest';
import type { OperationName, Perform, ReplyOf, RequestOf } from '../../../src/driver/driver.ts';
import { prefixed, unprefixed, withPrefix } from '../../../src/driver/prefix.ts';
import {
  NotSentError,
  OutcomeUnknownError,
  ReplyTooLargeError,
  RequestTooLargeError,
  TooManyRequestsError,
  UnsupportedError,
} from '../../../src/errors/operation.ts';
import { refusedBy, TransactionFailedError } from '../../../src/errors/refusal.ts';
import { openAcl } from '../../../src/znode.ts';
import { stat } from './machine-rig.ts';

/** What arrives behind the prefix `/app`, for a request and a reply. */
async function through<N extends OperationName>(name: N, request: RequestOf<N>, reply: ReplyOf<N>) {
  const arrived: unknown[] = [];
  // The one call below is of this N, so the reply is of its type.
  const inner = ((_name: N, inside: RequestOf<N>) => {
    arrived.push(inside);
    return Promise.resolve(reply);
  }) as unknown as Perform;
  const outside = await withPrefix('/app', inner)(name, request);
  return { inside: arrived[0], outside };
}

/** How an error that comes from behind the prefix `/app` looks outside. */
async function errorThrough(error: unknown): Promise<unknown> {
  const perform = withPrefix('/app', () => Promise.reject(error));
  return perform('getData', { path: '/a', watch: false }).catch((outside: unknown) => outside);
}

const create = { data: null, acl: openAcl, mode: 'persistent' } as const;

test.each([
  ['/', '/app'],
  ['/a', '/app/a'],
  ['/a/b', '/app/a/b'],
])('%s is %s below /app, and back', (outside, inside) => {
  expect(prefixed('/app', outside)).toBe(inside);
  expect(unprefixed('/app', inside)).toBe(outside);
});

test('what does not lie below the prefix has no path there', () => {
  expect(unprefixed('/app', '/apple')).toBeUndefined();
  expect(unprefixed('/app', '/')).toBeUndefined();
  expect(unprefixed('/app', '/zookeeper/config')).toBeUndefined();
});

test('without a prefix nothing is in between', () => {
  const perform: Perform = () => Promise.reject(new Error('not called'));
  expect(withPrefix('', perform)).toBe(perform);
  expect(prefixed('', '/')).toBe('/');
  expect(unprefixed('', '/a')).toBe('/a');
});

test.each([
  ['getData', { path: '/a', watch: true }],
  ['exists', { path: '/a', watch: true }],
  ['getChildren', { path: '/a', watch: false }],
  ['getChildren2', { path: '/a', watch: false }],
  ['setData', { path: '/a', data: null, version: 3 }],
  ['delete', { path: '/a', version: 3 }],
  ['getAcl', { path: '/a' }],
  ['setAcl', { path: '/a', acl: openAcl, version: 3 }],
  ['sync', { path: '/a' }],
  ['addWatch', { path: '/a', mode: 'persistent' }],
  ['removeWatches', { path: '/a', type: 'any' }],
  ['getAllChildrenNumber', { path: '/a' }],
] as const)('the path of %s is mapped, and nothing else of it', async (name, request) => {
  const reply: unknown = { some: 'reply' };
  const { inside, outside } = await through(name as 'getData', request as RequestOf<'getData'>, reply as ReplyOf<'getData'>);
  expect(inside).toEqual({ ...request, path: '/app/a' });
  expect(outside).toBe(reply);
});

test.each([
  ['whoAmI', { path: '/' }],
  ['getConfig', { path: '/zookeeper/config', watch: false }],
  ['addAuth', { path: '/', scheme: 'digest', credential: new Uint8Array(0) }],
] as const)('%s is about no znode below the prefix, and goes through as it is', async (name, request) => {
  const { inside } = await through(name as 'whoAmI', request as RequestOf<'whoAmI'>, { identities: [] });
  expect(inside).toBe(request);
});

test('a create answers with the caller’s path', async () => {
  const { inside, outside } = await through('create', { path: '/a', ...create }, { path: '/app/a', stat });
  expect(inside).toEqual({ path: '/app/a', ...create });
  expect(outside).toEqual({ path: '/a', stat });
});

test('a sequential create in the root is one in the prefix’s znode', async () => {
  const request = { path: '/', ...create, mode: 'persistent-sequential' } as const;
  const { inside, outside } = await through('create', request, { path: '/app/0000000007', stat });
  expect(inside).toMatchObject({ path: '/app/' });
  expect(outside).toEqual({ path: '/0000000007', stat });
});

test('a transaction is mapped operation by operation, there and back', async () => {
  const { inside, outside } = await through(
    'multi',
    {
      operations: [
        { op: 'create', path: '/', ...create, mode: 'ephemeral-sequential' },
        { op: 'setData', path: '/a', data: null, version: 1 },
        { op: 'check', path: '/', version: 1 },
      ],
    },
    { results: [{ op: 'create', path: '/app/0000000001', stat: null }, { op: 'setData', stat }, { op: 'check' }] },
  );
  expect(inside).toMatchObject({ operations: [{ path: '/app/' }, { path: '/app/a' }, { path: '/app' }] });
  expect(outside).toMatchObject({ results: [{ path: '/0000000001' }, { op: 'setData' }, { op: 'check' }] });
});

test('reads at one zxid, watches and lists of ephemerals are mapped', async () => {
  const reads = await through('multiRead', { reads: [{ op: 'getChildren', path: '/a' }] }, { results: [] });
  expect(reads.inside).toEqual({ reads: [{ op: 'getChildren', path: '/app/a' }] });
  const watches = await through('setWatches', { relativeZxid: 5n, data: ['/a'], children: ['/'] }, undefined);
  expect(watches.inside).toEqual({ relativeZxid: 5n, data: ['/app/a'], children: ['/app'] });
  const ephemerals = await through('getEphemerals', { path: '/' }, { paths: ['/app/a', '/app/b'] });
  expect(ephemerals.inside).toEqual({ path: '/app' });
  expect(ephemerals.outside).toEqual({ paths: ['/a', '/b'] });
});

test.each([
  ['refused', refusedBy('NONODE', 'getData', '/app/a'), refusedBy('NONODE', 'getData', '/a')],
  ['not sent', new NotSentError('getData', '/app/a', 'why'), new NotSentError('getData', '/a', 'why')],
  ['too large a reply', new ReplyTooLargeError('getData', '/app/a', 9, 8), new ReplyTooLargeError('getData', '/a', 9, 8)],
  ['too large', new RequestTooLargeError('getData', '/app/a', 9, 8), new RequestTooLargeError('getData', '/a', 9, 8)],
  ['too many', new TooManyRequestsError('getData', '/app/a', 8), new TooManyRequestsError('getData', '/a', 8)],
  ['unsupported', new UnsupportedError('getData', '/app/a', 'd', 'f'), new UnsupportedError('getData', '/a', 'd', 'f')],
  [
    'transaction failed',
    new TransactionFailedError(2, refusedBy('BADVERSION', 'check', '/app/a')),
    new TransactionFailedError(2, refusedBy('BADVERSION', 'check', '/a')),
  ],
  [
    'outcome unknown',
    new OutcomeUnknownError('getData', '/app/a', { path: '/app/a' }, 'why'),
    new OutcomeUnknownError('getData', '/a', { path: '/a', watch: false }, 'why'),
  ],
])('the error "%s" is told with the caller’s path and request', async (_what, inside, outside) => {
  const error = await errorThrough(inside);
  expect(error).toEqual(outside);
  expect(error).toMatchObject({ ...outside, message: outside.message });
  expect(error?.constructor).toBe(outside.constructor);
});

test('an error that is not about an operation goes through as it is', async () => {
  const error = new RangeError('x');
  expect(await errorThrough(error)).toBe(error);
});
