import { elementAt, firstValueFrom } from 'rxjs';
import { expect, test } from 'vitest';
import type { RequestFault, RequestMatch } from '../../../src/embedded/index.ts';
import { codeOf, create, EmbeddedRig } from './embedded-rig.ts';

test.each<[RequestFault, { code: string; applied: boolean; lives: boolean; open: boolean }]>([
  [{ kind: 'cut-before-apply' }, { code: 'closed', applied: false, lives: true, open: false }],
  [{ kind: 'cut-after-apply' }, { code: 'closed', applied: true, lives: true, open: false }],
  [{ kind: 'cut-after-reply' }, { code: 'OK', applied: true, lives: true, open: false }],
  [{ kind: 'expire-session' }, { code: 'closed', applied: false, lives: false, open: false }],
  [
    { kind: 'refuse', code: 'NOAUTH' },
    { code: 'NOAUTH', applied: false, lives: true, open: true },
  ],
  [
    { kind: 'delay', ms: 0 },
    { code: 'OK', applied: true, lives: true, open: true },
  ],
])('%o befalls one request: %o', async (fault, expected) => {
  await using rig = await EmbeddedRig.start();
  const session = await rig.session();
  rig.server.faults.inject(fault);
  const code = await codeOf(create(session, '/a'));
  if (!expected.open) await session.closed();
  const lives = rig.server.sessions().some(({ id }) => id === session.granted.sessionId);
  expect({ code, applied: rig.server.paths().includes('/a'), lives, open: !session.isClosed }).toEqual(expected);
  const next = expected.open ? session : await rig.session();
  expect(await codeOf(create(next, '/b'))).toBe('OK');
});

test('a connection that is cut after its request was applied leaves no watch behind', async () => {
  await using rig = await EmbeddedRig.start();
  const session = await rig.session();
  rig.server.faults.inject({ kind: 'cut-after-apply' });
  expect(await codeOf(session.ask('exists', { path: '/a', watch: true }))).toBe('closed');
  await session.closed();
  expect(rig.server.watchCount).toBe(0);
});

test('a fault may befall the closing of a session', async () => {
  await using rig = await EmbeddedRig.start();
  const session = await rig.session();
  rig.server.faults.inject({ kind: 'cut-before-apply' }, { operation: 'closeSession' });
  expect(await codeOf(session.closeSession())).toBe('closed');
  expect(rig.server.sessions()).toHaveLength(1);
});

// Two sessions ask in turn; the numbers are of those whose request met the fault.
test.each<[string, (ids: readonly bigint[]) => RequestMatch, readonly number[]]>([
  ['without a match the next request', () => ({}), [1]],
  ['the next of an operation', () => ({ operation: 'setData' }), [3]],
  ['the next of a session', ([, second]) => ({ sessionId: second ?? 0n }), [2]],
  ['the request of a number', () => ({ number: 5 }), [5]],
  ['one that fits, after so many that do', () => ({ operation: 'setData', after: 1 }), [4]],
  ['one that fits in all respects', ([, second]) => ({ operation: 'exists', sessionId: second ?? 0n, after: 1 }), [6]],
  ['none, if none fits', () => ({ operation: 'delete' }), []],
])('a fault is for %s', async (_what, match, expected) => {
  await using rig = await EmbeddedRig.start();
  const sessions = [await rig.session(), await rig.session()];
  rig.server.faults.inject({ kind: 'refuse', code: 'SYSTEMERROR' }, match(sessions.map(({ granted }) => granted.sessionId)));
  const codes: string[] = [];
  for (const operation of ['exists', 'setData', 'exists'] as const) {
    for (const session of sessions) {
      const reply =
        operation === 'exists'
          ? session.ask(operation, { path: '/', watch: false })
          : session.ask(operation, { path: '/', data: null, version: -1 });
      codes.push((await reply).code);
    }
  }
  expect(codes.flatMap((code, at) => (code === 'SYSTEMERROR' ? [at + 1] : []))).toEqual(expected);
});

test('faults wait in the order in which they were injected, and each befalls one request', async () => {
  await using rig = await EmbeddedRig.start();
  const session = await rig.session();
  for (const code of ['NOAUTH', 'BADVERSION'] as const) rig.server.faults.inject({ kind: 'refuse', code });
  const codes = [await codeOf(create(session, '/a')), await codeOf(create(session, '/a')), await codeOf(create(session, '/a'))];
  expect(codes).toEqual(['NOAUTH', 'BADVERSION', 'OK']);
});

test('a reply that is delayed holds back what the session is sent after it, and nobody else', async () => {
  await using rig = await EmbeddedRig.start();
  const session = await rig.session();
  const other = await rig.session();
  rig.server.faults.inject({ kind: 'delay', ms: 500 }, { operation: 'create' });
  const served = firstValueFrom(rig.server.requests$.pipe(elementAt(1)));
  const replies = Promise.all([create(session, '/a'), session.ask('exists', { path: '/a', watch: true })]);
  await served;
  rig.clock.advance(499);
  expect((await other.ask('exists', { path: '/a', watch: false })).code).toBe('OK');
  await rig.settled();
  expect(session.heard).toEqual([]);
  rig.clock.advance(1);
  await replies;
  expect(session.heard).toEqual(['reply create', 'reply exists']);
});
