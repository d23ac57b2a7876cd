import { expect, test } from 'vitest';
import { NotSentError, OutcomeUnknownError, RequestTooLargeError, TooManyRequestsError } from '../../../src/errors/operation.ts';
import { NoNodeError, RefusedError } from '../../../src/errors/refusal.ts';
import { type ErrorCode, errorCodes } from '../../../src/protocol/error-codes.ts';
import { answerFrame, eventFrame, headerFrame, MachineRig, stat } from './machine-rig.ts';

const read = { path: '/a', watch: false } as const;
const write = { path: '/a', data: null, version: -1 } as const;

/** The error that a promise rejects with. */
async function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => expect.unreachable('it resolved'),
    (error: unknown) => error,
  );
}

test('it dials at once, greets without a session, and is connected when a server gives it one', () => {
  const rig = new MachineRig();
  expect(rig.dials).toBe(1);
  expect(rig.open()).toMatchObject({ sessionId: 0n, lastZxidSeen: 0n, timeOut: 6_000, readOnly: false });
  expect(rig.machine.sessionId).toBe(0n);
  rig.greet({ timeOut: 4_000 });
  expect(rig.notices).toEqual([{ kind: 'connected', server: 'server-1:2181', resumed: false, readOnly: false }]);
  expect(rig.machine.sessionId).toBe(77n);
  expect(rig.machine.sessionTimeoutMs).toBe(4_000);
});

test('requests that wait for a connection go out when there is one, in their order, numbered from 1', () => {
  const rig = new MachineRig();
  rig.perform('setData', write);
  rig.perform('getData', read);
  expect(rig.machine.hasUnsent).toBe(false);
  rig.attach();
  expect(rig.sent().map(({ xid, operation }) => [xid, operation])).toEqual([
    [1, 'setData'],
    [2, 'getData'],
  ]);
});

test('replies settle the requests in their order', async () => {
  const rig = MachineRig.attached();
  const first = rig.perform('getData', read);
  const second = rig.perform('setData', write);
  const third = rig.perform('delete', { path: '/b', version: 3 });
  rig.sent();
  rig.answer(1, 'getData', { data: Buffer.from('x'), stat }, 120n);
  rig.answer(2, 'setData', { stat }, 110n);
  rig.refuse(3, 'NONODE');
  expect(await first.reply).toEqual({ data: Buffer.from('x'), stat });
  expect(await second.reply).toEqual({ stat });
  expect(await rejection(third.reply)).toBeInstanceOf(NoNodeError);
  expect(rig.machine.lastZxid).toBe(120n);
});

test('exists of a missing znode is an answer, not a refusal; so is removing a watch that is not set', async () => {
  const rig = MachineRig.attached();
  const exists = rig.perform('exists', read);
  const removal = rig.perform('removeWatches', { path: '/a', type: 'any' });
  rig.sent();
  rig.refuse(1, 'NONODE');
  rig.refuse(2, 'NOWATCHER');
  expect(await exists.reply).toEqual({ stat: null });
  expect(await removal.reply).toBeUndefined();
});

test('a code that nobody knows is a refusal', async () => {
  const rig = MachineRig.attached();
  const { reply } = rig.perform('getData', read);
  rig.sent();
  rig.receive(headerFrame(1, -4_711));
  expect(await rejection(reply)).toMatchObject({ name: 'RefusedError', code: 'UNKNOWN' });
});

test('a reply out of turn ends the connection', async () => {
  const rig = MachineRig.attached();
  const { reply } = rig.perform('getData', read);
  rig.sent();
  rig.answer(2, 'getData', { data: null, stat });
  expect(rig.notices.at(-1)).toMatchObject({ kind: 'disconnected', cause: { name: 'ProtocolError', field: 'xid' } });
  expect(rig.hangUps).toBe(1);
  expect(await rejection(reply)).toBeInstanceOf(OutcomeUnknownError);
});

test.each<[string, (rig: MachineRig) => void]>([
  ['a reply cut short', (rig) => rig.receive(headerFrame(1))],
  ['a reply with more behind it', (rig) => rig.receive(lengthened(answerFrame(1, 'getData', { data: null, stat })))],
  ['a frame of negative length', (rig) => rig.receive(Buffer.from([0xff, 0xff, 0xff, 0xff]))],
  ['an empty frame', (rig) => rig.receive(Buffer.from([0, 0, 0, 0]))],
  ['a pong without a ping', (rig) => rig.pong()],
])('%s ends the connection as a protocol error, and the request in flight is unknown', async (_what, say) => {
  const rig = MachineRig.attached();
  const { reply } = rig.perform('getData', read);
  rig.sent();
  say(rig);
  expect(rig.notices.at(-1)).toMatchObject({ kind: 'disconnected' });
  const error = await rejection(reply);
  expect(error).toBeInstanceOf(OutcomeUnknownError);
  expect(error).toHaveProperty('cause.name', 'ProtocolError');
});

test('a frame above the limit ends the connection; the read that it answers is refused, and what else is in flight is unknown', async () => {
  const rig = MachineRig.attached();
  const [first, second] = [rig.perform('getData', read), rig.perform('getData', read)];
  rig.sent();
  rig.receive(Buffer.from([0, 0, 0x27, 0x11]));
  expect(rig.notices.at(-1)).toMatchObject({ kind: 'disconnected' });
  expect(await rejection(first.reply)).toMatchObject({ name: 'ReplyTooLargeError', path: '/a', sizeBytes: 10_001, limitBytes: 10_000 });
  expect(await rejection(second.reply)).toBeInstanceOf(OutcomeUnknownError);
});

test('a write whose answer is above the limit may have been applied', async () => {
  const rig = MachineRig.attached();
  const { reply } = rig.perform('setData', write);
  rig.sent();
  rig.receive(Buffer.from([0, 0, 0x27, 0x11]));
  expect(await rejection(reply)).toBeInstanceOf(OutcomeUnknownError);
});

function lengthened(frame: Buffer): Buffer {
  const longer = Buffer.concat([frame, Buffer.from([0])]);
  longer.writeInt32BE(frame.length - 4 + 1, 0);
  return longer;
}

test('however the network splits what the server says, it is understood the same', async () => {
  const said = Buffer.concat([
    answerFrame(1, 'getData', { data: Buffer.from('some data'), stat }, 120n),
    eventAt('/a'),
    headerFrame(2, errorCodes.BADVERSION),
    headerFrame(-2),
    answerFrame(3, 'getChildren', { children: ['b', 'é'] }, 130n),
  ]);
  const whole = await outcomeOf([said]);
  for (let cut = 1; cut < said.length; cut += 1) {
    expect(await outcomeOf([said.subarray(0, cut), said.subarray(cut)]), `cut at ${cut}`).toEqual(whole);
  }
  expect(await outcomeOf([...said].map((byte) => Buffer.from([byte])))).toEqual(whole);
});

function eventAt(path: string): Buffer {
  const body = Buffer.alloc(4 + 16 + 12 + path.length);
  body.writeInt32BE(body.length - 4, 0);
  body.writeInt32BE(-1, 4);
  body.writeBigInt64BE(-1n, 8);
  body.writeInt32BE(3, 20);
  body.writeInt32BE(3, 24);
  body.writeInt32BE(path.length, 28);
  body.write(path, 32);
  return body;
}

async function outcomeOf(chunks: readonly Buffer[]): Promise<unknown> {
  const rig = MachineRig.attached();
  const replies = [
    rig.perform('getData', { path: '/a', watch: true }).reply,
    rig.perform('setData', write).reply,
    rig.perform('getChildren', read).reply,
  ];
  rig.sent();
  rig.pass(2_000);
  for (const chunk of chunks) rig.receive(chunk);
  const { machine, notices } = rig;
  return { settled: await Promise.allSettled(replies), notices, state: machine.state, zxid: machine.lastZxid, until: machine.validUntilMs };
}

test('the session is known to live until the send time of the handshake plus the timeout granted', () => {
  const rig = new MachineRig();
  expect(rig.machine.validUntilMs).toBe(Number.NEGATIVE_INFINITY);
  rig.open();
  const sentAtMs = rig.nowMs;
  rig.pass(700);
  rig.greet({ timeOut: 4_000 });
  expect(rig.machine.validUntilMs).toBe(sentAtMs + 4_000);
});

test('a reply prolongs that from when its request was sent, never from when the reply came', () => {
  const rig = MachineRig.attached();
  rig.pass(500);
  rig.perform('getData', read);
  rig.sent();
  const sentAtMs = rig.nowMs;
  rig.pass(900);
  expect(rig.machine.validUntilMs).toBe(sentAtMs - 500 + 6_000);
  rig.answer(1, 'getData', { data: null, stat });
  expect(rig.machine.validUntilMs).toBe(sentAtMs + 6_000);
});

test('a refusal is a sign of life as good as any other reply', () => {
  const rig = MachineRig.attached();
  rig.pass(500);
  rig.perform('getData', read);
  rig.sent();
  rig.refuse(1, 'NONODE');
  expect(rig.machine.validUntilMs).toBe(rig.nowMs + 6_000);
});

test.each<ErrorCode>([
  'CONNECTIONLOSS',
  'OPERATIONTIMEOUT',
  'REQUESTTIMEOUT',
  'SESSIONEXPIRED',
  'SESSIONMOVED',
  'UNKNOWNSESSION',
  'SESSIONCLOSEDREQUIRESASLAUTH',
  'AUTHFAILED',
])('the code %s is no sign of life', (code) => {
  const rig = MachineRig.attached();
  const before = rig.machine.validUntilMs;
  rig.pass(500);
  rig.perform('getData', read);
  rig.sent();
  rig.refuse(1, code);
  expect(rig.machine.validUntilMs).toBe(before);
});

test('a code that nobody knows is no sign of life', () => {
  const rig = MachineRig.attached();
  const before = rig.machine.validUntilMs;
  rig.pass(500);
  rig.perform('getData', read);
  rig.sent();
  rig.receive(headerFrame(1, -4_711));
  expect(rig.machine.validUntilMs).toBe(before);
});

test('an answer to credentials prolongs nothing, since servers give it without touching the session', () => {
  const rig = MachineRig.attached();
  const before = rig.machine.validUntilMs;
  rig.pass(500);
  rig.perform('addAuth', { path: '/', scheme: 'digest', credential: Buffer.from('a:b') });
  rig.sent();
  rig.receive(headerFrame(-4));
  expect(rig.machine.validUntilMs).toBe(before);
});

const heartbeat = { xid: -2, operation: 'sync', request: { path: '/' } };

test('the leader is asked for a sign of life a tenth of the timeout after the last that went through it, and its answer counts from the asking', () => {
  const rig = MachineRig.attached();
  rig.pass(400);
  rig.perform('getData', read);
  rig.sent();
  rig.answer(1, 'getData', { data: null, stat });
  rig.pass(199);
  expect(rig.sent()).toEqual([]);
  rig.pass(1);
  const askedAtMs = rig.nowMs;
  expect(rig.sent()).toEqual([heartbeat]);
  rig.pass(300);
  rig.pong();
  expect(rig.machine.validUntilMs).toBe(askedAtMs + 6_000);
});

test('a write asks the leader as well', () => {
  const rig = MachineRig.attached();
  rig.pass(500);
  rig.perform('setData', write);
  const askedAtMs = rig.nowMs;
  rig.sent();
  rig.pass(599);
  expect(rig.sent()).toEqual([]);
  rig.answer(1, 'setData', { stat });
  expect(rig.machine.validUntilMs).toBe(askedAtMs + 6_000);
  rig.pass(1);
  expect(rig.sent()).toEqual([heartbeat]);
});

test('a server that answers reads alone is believed for a tenth of the timeout after the last word of its leader, then left for another', () => {
  const rig = MachineRig.attached();
  const acceptedAtMs = rig.machine.validUntilMs - 6_000;
  for (let xid = 1; xid <= 10; xid += 1) {
    rig.pass(450);
    rig.perform('getData', read);
    rig.sent();
    rig.answer(xid, 'getData', { data: null, stat });
    expect(rig.machine.validUntilMs).toBe(Math.min(rig.nowMs, acceptedAtMs + 600) + 6_000);
  }
  rig.pass(200);
  expect(rig.kinds).toEqual(['connected', 'disconnected']);
  expect(rig.notices[1]).toHaveProperty('cause.message', expect.stringContaining('no word from its leader'));
});

test('what the leader may not have seen, since it was refused, does not confirm the session', () => {
  const rig = MachineRig.attached();
  const acceptedAtMs = rig.machine.validUntilMs - 6_000;
  rig.pass(1_000);
  rig.perform('setData', write);
  rig.sent();
  rig.refuse(1, 'BADVERSION');
  expect(rig.machine.validUntilMs).toBe(acceptedAtMs + 6_600);
});

test('a server that says nothing for two thirds of the timeout is left for another', async () => {
  const rig = MachineRig.attached();
  rig.pass(1_000);
  const { reply } = rig.perform('getData', read);
  rig.sent();
  rig.pass(2_999);
  expect(rig.kinds).toEqual(['connected']);
  rig.pass(1);
  expect(rig.kinds).toEqual(['connected', 'disconnected']);
  expect(rig.notices[1]).toHaveProperty('cause.name', 'ConnectionError');
  expect(await rejection(reply)).toBeInstanceOf(OutcomeUnknownError);
  rig.pass(100);
  expect(rig.dials).toBe(2);
});

test('after a stall it first looks at what has come meanwhile, before it calls the server silent', () => {
  const rig = MachineRig.attached();
  rig.pass(2_000);
  rig.nowMs += 9_000;
  rig.machine.tick(rig.nowMs);
  expect(rig.machine.state).toBe('attached');
  rig.pong();
  rig.pass(100);
  expect(rig.machine.state).toBe('attached');
});

test('after a stall a server that has said nothing is left soon', () => {
  const rig = MachineRig.attached();
  rig.pass(2_000);
  rig.nowMs += 9_000;
  rig.machine.tick(rig.nowMs);
  rig.pass(50);
  expect(rig.kinds).toContain('disconnected');
});

test('when the connection breaks, what was sent is unknown, what was not goes out on the next', async () => {
  const rig = MachineRig.attached();
  const sent = rig.perform('setData', write);
  rig.sent();
  const waiting = rig.perform('delete', { path: '/b', version: -1 });
  const cause = new Error('cut');
  rig.machine.broken(cause, rig.nowMs);
  expect(await rejection(sent.reply)).toMatchObject({
    name: 'OutcomeUnknownError',
    operation: 'setData',
    path: '/a',
    request: write,
    cause,
  });
  rig.pass(100);
  rig.attach();
  expect(rig.sent().map(({ xid, operation }) => [xid, operation])).toEqual([[1, 'delete']]);
  rig.receive(headerFrame(1));
  expect(await waiting.reply).toBeUndefined();
});

test('it asks the next server for the same session, with what it has seen, and the clock rule holds there too', () => {
  const rig = MachineRig.attached();
  rig.perform('getData', read);
  rig.sent();
  rig.answer(1, 'getData', { data: null, stat }, 123n);
  rig.redial();
  expect(rig.open()).toMatchObject({ sessionId: 77n, passwd: Buffer.alloc(16, 7), lastZxidSeen: 123n });
  const sentAtMs = rig.nowMs;
  rig.pass(400);
  rig.greet();
  expect(rig.notices.at(-1)).toMatchObject({ kind: 'connected', server: 'server-2:2181', resumed: true });
  expect(rig.machine.validUntilMs).toBe(sentAtMs + 6_000);
});

test('a server that makes another session in the place of ours says that ours is over, and the other is ended at once', async () => {
  const rig = MachineRig.attached();
  rig.redial();
  const waiting = rig.perform('getData', read);
  rig.attach({ sessionId: 78n });
  expect(rig.notices.at(-1)).toMatchObject({ kind: 'over', reason: 'expired', cause: { name: 'ConnectionError' } });
  expect(rig.machine.sessionId).toBe(77n);
  expect(rig.machine.validUntilMs).toBe(Number.NEGATIVE_INFINITY);
  expect(rig.lastWords).toEqual(['closeSession']);
  expect(await rejection(waiting.reply)).toMatchObject({ name: 'NotSentError', cause: { reason: 'expired' } });
});

test('a session that is being closed ends as closed where the server makes another in its place', () => {
  const rig = MachineRig.attached();
  rig.redial();
  rig.machine.close(5_000, rig.nowMs);
  rig.attach({ sessionId: 78n });
  expect(rig.notices.at(-1)).toMatchObject({ kind: 'over', reason: 'closed' });
  expect(rig.lastWords).toEqual(['closeSession']);
});

test.each([
  ['a create', 'create2', { path: '/a\u0001', stat }, { path: '/a', data: null, acl: [], mode: 'persistent' }],
  ['a create of another znode', 'create2', { path: '/b', stat }, { path: '/a', data: null, acl: [], mode: 'persistent' }],
  [
    'a number that is none',
    'create2',
    { path: '/a-00000x0001', stat },
    { path: '/a-', data: null, acl: [], mode: 'persistent-sequential' },
  ],
  ['another prefix', 'create2', { path: '/b-0000000001', stat }, { path: '/a-', data: null, acl: [], mode: 'persistent-sequential' }],
] as const)('a spoilt path in the reply to %s ends the connection and leaves the outcome open', async (_, operation, spoilt, request) => {
  const rig = MachineRig.attached();
  const { reply } = rig.perform('create', request);
  rig.sent();
  rig.answer(1, operation, spoilt);
  expect(rig.notices.at(-1)).toMatchObject({ kind: 'disconnected', cause: { name: 'ProtocolError' } });
  expect(await rejection(reply)).toMatchObject({ name: 'OutcomeUnknownError', cause: { name: 'ProtocolError' } });
});

test('a sequential create is answered with any number that the server may have come to', async () => {
  const rig = MachineRig.attached();
  for (const [index, number] of ['0000000007', '2147483647', '-2147483648', '-000000005'].entries()) {
    const { reply } = rig.perform('create', { path: '/a-', data: null, acl: [], mode: 'persistent-sequential' });
    rig.sent();
    rig.answer(index + 1, 'create2', { path: `/a-${number}`, stat });
    expect(await reply).toMatchObject({ path: `/a-${number}` });
  }
});

test.each(['', '.', '..', 'a/b', 'a\u0000', '\u001f', '\ufffd', 'a\u007f'])(
  'a child called %j ends the connection: no server lets one be made',
  async (name) => {
    const rig = MachineRig.attached();
    const { reply } = rig.perform('getChildren', { path: '/', watch: false });
    rig.sent();
    rig.answer(1, 'getChildren', { children: ['sound', name] });
    expect(rig.notices.at(-1)).toMatchObject({ kind: 'disconnected', cause: { name: 'ProtocolError' } });
    expect(await rejection(reply)).toMatchObject({ name: 'OutcomeUnknownError' });
  },
);

test('a spoilt path among the results of a transaction, or a result of another kind, ends the connection', async () => {
  const create = { op: 'create', path: '/a', data: null, acl: [], mode: 'persistent' } as const;
  for (const part of [
    { op: 'create2', reply: { path: '/b', stat } },
    { op: 'setData', reply: { stat } },
  ] as const) {
    const rig = MachineRig.attached();
    const { reply } = rig.perform('multi', { operations: [create] });
    rig.sent();
    rig.answer(1, 'multi', [part]);
    expect(rig.notices.at(-1)).toMatchObject({ kind: 'disconnected', cause: { name: 'ProtocolError' } });
    expect(await rejection(reply)).toMatchObject({ name: 'OutcomeUnknownError' });
  }
});

test('an event of a spoilt path, or of a kind that nobody knows, ends the connection instead of being passed over', () => {
  for (const bytes of [eventFrame('changed', '/a\u0001'), eventFrame('deleted', 'a'), eventFrame(9, '/a')]) {
    const rig = MachineRig.attached();
    rig.receive(bytes);
    expect(rig.kinds).toEqual(['connected', 'disconnected']);
    expect(rig.notices.at(-1)).toMatchObject({ cause: { name: 'ProtocolError' } });
  }
});

test('watches are set again on the next connection, after the credentials and before what waits', () => {
  const rig = MachineRig.attached({ auth: [{ scheme: 'digest', credential: Buffer.from('a:b') }] });
  expect(rig.sent().map(({ xid, operation }) => [xid, operation])).toEqual([[-4, 'auth']]);
  rig.receive(headerFrame(-4));
  rig.perform('getData', { path: '/data', watch: true });
  rig.perform('exists', { path: '/exist', watch: true });
  rig.perform('getChildren2', { path: '/child', watch: true });
  rig.perform('getData', { path: '/unwatched', watch: false });
  rig.perform('getData', { path: '/missing', watch: true });
  rig.sent();
  rig.answer(1, 'getData', { data: null, stat }, 200n);
  rig.refuse(2, 'NONODE');
  rig.answer(3, 'getChildren2', { children: [], stat });
  rig.answer(4, 'getData', { data: null, stat });
  rig.refuse(5, 'NONODE');
  rig.redial();
  rig.perform('setData', write);
  rig.attach();
  const sent = rig.sent();
  expect(sent.map(({ xid, operation }) => [xid, operation])).toEqual([
    [-4, 'auth'],
    [-8, 'setWatches'],
    [1, 'setData'],
  ]);
  expect(sent[1]?.request).toEqual({ relativeZxid: 200n, dataWatches: ['/data'], existWatches: ['/exist'], childWatches: ['/child'] });
});

test('persistent watches are set again in the newer form; removed ones and one-shots that fired are not', () => {
  const rig = MachineRig.attached();
  rig.perform('addWatch', { path: '/p', mode: 'persistent' });
  rig.perform('addWatch', { path: '/r', mode: 'persistent-recursive' });
  rig.perform('addWatch', { path: '/gone', mode: 'persistent' });
  rig.perform('getData', { path: '/fired', watch: true });
  rig.perform('removeWatches', { path: '/gone', type: 'any' });
  rig.sent();
  for (const xid of [1, 2, 3]) rig.answer(xid, 'addWatch', { err: 0 });
  rig.answer(4, 'getData', { data: null, stat });
  rig.receive(headerFrame(5));
  rig.event('changed', '/fired');
  rig.event('changed', '/p');
  rig.redial();
  rig.attach();
  expect(rig.sent()).toMatchObject([
    {
      xid: -8,
      operation: 'setWatches2',
      request: { dataWatches: [], persistentWatches: ['/p'], persistentRecursiveWatches: ['/r'] },
    },
  ]);
});

test('an event is told before a later reply is', async () => {
  const rig = MachineRig.attached();
  const { reply } = rig.perform('getData', read);
  const seen: string[] = [];
  const replied = reply.then(() => seen.push('reply', ...rig.kinds.slice(1)));
  rig.sent();
  rig.event('changed', '/a');
  rig.answer(1, 'getData', { data: null, stat });
  await replied;
  expect(seen).toEqual(['reply', 'event']);
  expect(rig.notices.at(-1)).toEqual({ kind: 'event', type: 'changed', path: '/a' });
});

test('a refusal to set the watches again ends the connection, since they would be lost in silence', () => {
  const rig = MachineRig.attached();
  rig.perform('getData', { path: '/a', watch: true });
  rig.sent();
  rig.answer(1, 'getData', { data: null, stat });
  rig.redial();
  rig.attach();
  rig.refuse(-8, 'UNIMPLEMENTED');
  expect(rig.notices.at(-1)).toMatchObject({ kind: 'disconnected', cause: { name: 'ConnectionError' } });
});

test('a request that is withdrawn before it was sent never is', async () => {
  const rig = MachineRig.attached();
  const { pending, reply } = rig.perform('setData', write);
  rig.machine.withdraw(pending, 'no longer wanted');
  expect(await rejection(reply)).toMatchObject({ name: 'NotSentError', cause: 'no longer wanted' });
  expect(rig.sent()).toEqual([]);
});

test('a request that is withdrawn after it was sent is unknown at once; its reply is still matched, and its watch is kept', async () => {
  const rig = MachineRig.attached();
  const withdrawn = rig.perform('getData', { path: '/a', watch: true });
  const next = rig.perform('setData', write);
  rig.sent();
  rig.machine.withdraw(withdrawn.pending, 'no longer wanted');
  expect(await rejection(withdrawn.reply)).toMatchObject({ name: 'OutcomeUnknownError', cause: 'no longer wanted' });
  rig.answer(1, 'getData', { data: null, stat });
  rig.answer(2, 'setData', { stat });
  expect(await next.reply).toEqual({ stat });
  rig.redial();
  rig.attach();
  expect(rig.sent()).toMatchObject([{ operation: 'setWatches', request: { dataWatches: ['/a'] } }]);
});

test('more than so many requests, sent or not, are refused', async () => {
  const rig = MachineRig.attached({ maxPendingRequests: 2 });
  rig.perform('getData', read);
  rig.sent();
  rig.perform('getData', read);
  expect(await rejection(rig.perform('getData', read).reply)).toBeInstanceOf(TooManyRequestsError);
  rig.answer(1, 'getData', { data: null, stat });
  rig.perform('getData', read);
  expect(rig.sent().map(({ xid }) => xid)).toEqual([2, 3]);
});

test('a request above the limit is refused, one at the limit is sent', async () => {
  const rig = MachineRig.attached({ maxRequestBytes: 100 });
  // Header, path, data and version.
  const dataBytes = 100 - 8 - 6 - 4 - 4;
  const tooLarge = rig.perform('setData', { path: '/a', data: Buffer.alloc(dataBytes + 1), version: 0 });
  rig.perform('setData', { path: '/a', data: Buffer.alloc(dataBytes), version: 0 });
  expect(rig.sent()).toMatchObject([{ operation: 'setData', request: { data: Buffer.alloc(dataBytes) } }]);
  const error = await rejection(tooLarge.reply);
  expect(error).toBeInstanceOf(RequestTooLargeError);
  expect(error).toMatchObject({ sizeBytes: 101, limitBytes: 100 });
});

test('when the server says that the session has expired, everything pending is settled and nothing more is taken', async () => {
  const rig = MachineRig.attached();
  const sent = rig.perform('setData', write);
  rig.sent();
  rig.redial();
  const waiting = rig.perform('setData', write);
  rig.open();
  rig.greet({ timeOut: 0, sessionId: 0n });
  expect(rig.notices.at(-1)).toEqual({ kind: 'over', reason: 'expired' });
  expect(await rejection(sent.reply)).toBeInstanceOf(OutcomeUnknownError);
  for (const { reply } of [waiting, rig.perform('getData', read)]) {
    const error = await rejection(reply);
    expect(error).toBeInstanceOf(NotSentError);
    expect(error).toMatchObject({ cause: { name: 'SessionLostError', reason: 'expired', sessionId: 77n } });
  }
  expect(rig.machine.wakeAtMs).toBe(Number.POSITIVE_INFINITY);
  expect(rig.machine.validUntilMs).toBe(Number.NEGATIVE_INFINITY);
});

test('what follows in the chunk that ended the session is passed over', () => {
  const rig = MachineRig.attached({ auth: [{ scheme: 'digest', credential: Buffer.from('a:b') }] });
  rig.sent();
  rig.receive(Buffer.concat([headerFrame(-4, errorCodes.AUTHFAILED), headerFrame(99), Buffer.from([0xff, 0xff, 0xff, 0xff])]));
  expect(rig.kinds).toEqual(['connected', 'over']);
});

test('credentials that the server refuses end the session, and no promise is left open', async () => {
  const rig = MachineRig.attached();
  const auth = rig.perform('addAuth', { path: '/', scheme: 'digest', credential: Buffer.from('a:b') });
  const other = rig.perform('getData', read);
  rig.sent();
  rig.refuse(-4, 'AUTHFAILED');
  expect(await rejection(auth.reply)).toMatchObject({ name: 'RefusedError', code: 'AUTHFAILED' });
  expect(await rejection(other.reply)).toMatchObject({
    name: 'OutcomeUnknownError',
    cause: { name: 'SessionLostError', reason: 'auth-failed' },
  });
  expect(rig.notices.at(-1)).toMatchObject({ kind: 'over', reason: 'auth-failed', cause: { name: 'AuthFailedError', scheme: 'digest' } });
});

test('credentials added later are sent on every later connection, each once', () => {
  const rig = MachineRig.attached({ auth: [{ scheme: 'digest', credential: Buffer.from('a:b') }] });
  rig.perform('addAuth', { path: '/', scheme: 'digest', credential: Buffer.from('c:d') });
  rig.perform('addAuth', { path: '/', scheme: 'digest', credential: Buffer.from('c:d') });
  rig.sent();
  rig.redial();
  rig.attach();
  expect(rig.sent().map(({ request }) => request)).toEqual([
    { type: 0, scheme: 'digest', auth: Buffer.from('a:b') },
    { type: 0, scheme: 'digest', auth: Buffer.from('c:d') },
  ]);
});

test.each<[ErrorCode, boolean]>([
  ['CONNECTIONLOSS', false],
  ['OPERATIONTIMEOUT', false],
  ['REQUESTTIMEOUT', false],
  ['SESSIONMOVED', true],
  ['SESSIONEXPIRED', true],
])('the code %s leaves the outcome open; it ends the connection: %s', async (code, endsConnection) => {
  const rig = MachineRig.attached();
  const { reply } = rig.perform('setData', write);
  rig.sent();
  rig.refuse(1, code);
  const error = await rejection(reply);
  expect(error).toBeInstanceOf(OutcomeUnknownError);
  expect(error).not.toBeInstanceOf(RefusedError);
  expect(error).toHaveProperty('cause.name', 'ConnectionError');
  expect(rig.kinds.includes('disconnected')).toBe(endsConnection);
});

test('a try to connect is given up in time for the other servers, and says so', () => {
  const rig = new MachineRig({ serverCount: () => 3 });
  rig.pass(1_999);
  expect(rig.notices).toEqual([]);
  rig.pass(1);
  expect(rig.notices).toMatchObject([{ kind: 'unreachable', server: 'server-1:2181', cause: { name: 'ConnectionError' } }]);
  expect(rig.dials).toBe(2);
  rig.open();
  rig.pass(2_000);
  expect(rig.notices.at(-1)).toMatchObject({ kind: 'unreachable', server: 'server-2:2181' });
});

test('a server in read-only mode is taken only if that was asked for, and no sooner than all servers have been tried', () => {
  const picky = new MachineRig();
  picky.open();
  picky.greet({ readOnly: true });
  expect(picky.notices).toMatchObject([{ kind: 'unreachable', cause: { name: 'ConnectionError' } }]);

  const content = new MachineRig({ readOnly: true, serverCount: () => 2 });
  for (const isLastHope of [false, false, true]) {
    expect(content.open()).toMatchObject({ readOnly: isLastHope });
    content.greet({ readOnly: true });
    content.pass(100);
  }
  expect(content.kinds).toEqual(['unreachable', 'unreachable', 'connected']);
  expect(content.notices[2]).toMatchObject({ kind: 'connected', readOnly: true });
});

test('a session made in read-only mode lives by the word of the server that made it, and stays there without a leader', () => {
  const rig = new MachineRig({ readOnly: true });
  rig.redial();
  rig.open();
  rig.greet({ readOnly: true });
  const begunMs = rig.nowMs;
  for (let beat = 0; beat < 20; beat += 1) {
    rig.pass(600);
    rig.refuse(-2, 'NOTREADONLY');
  }
  expect(rig.kinds).toEqual(['unreachable', 'connected']);
  expect(rig.machine.validUntilMs).toBe(begunMs + 20 * 600 + 6_000);
});

test('a session that a leader knows lives no longer by the word of a server in read-only mode, which is kept all the same', () => {
  const rig = new MachineRig({ readOnly: true });
  rig.attach();
  const { validUntilMs } = rig.machine;
  rig.redial();
  rig.redial();
  rig.open();
  rig.greet({ readOnly: true });
  for (let beat = 0; beat < 20; beat += 1) {
    rig.pass(600);
    rig.refuse(-2, 'NOTREADONLY');
  }
  expect(rig.machine.validUntilMs).toBeLessThanOrEqual(validUntilMs + 600);
  expect(rig.kinds).toEqual(['connected', 'disconnected', 'unreachable', 'connected']);
});

test('a server that answers the greeting as a request it refuses is left for another, with its word for it', () => {
  const rig = new MachineRig({ readOnly: true });
  rig.open();
  rig.refuse(0, 'NOTREADONLY');
  expect(rig.notices).toMatchObject([{ kind: 'unreachable', cause: { name: 'ConnectionError' } }]);
  expect(rig.notices[0]).toHaveProperty('cause.message', expect.stringContaining('localSessionsEnabled'));
});

test('closing asks the server to, behind everything that was handed over, and ends with its answer', async () => {
  const rig = MachineRig.attached();
  const { reply } = rig.perform('setData', write);
  rig.machine.close(5_000, rig.nowMs);
  expect(rig.sent().map(({ xid, operation }) => [xid, operation])).toEqual([
    [1, 'setData'],
    [2, 'closeSession'],
  ]);
  expect(await rejection(rig.perform('getData', read).reply)).toMatchObject({ name: 'NotSentError', cause: { reason: 'closed' } });
  rig.answer(1, 'setData', { stat });
  rig.receive(headerFrame(2));
  expect(await reply).toEqual({ stat });
  expect(rig.notices.at(-1)).toEqual({ kind: 'over', reason: 'closed' });
  expect(rig.machine.wakeAtMs).toBe(Number.POSITIVE_INFINITY);
});

test('closing without an answer ends when the grace is over, and what was in flight is unknown', async () => {
  const rig = MachineRig.attached();
  const { reply } = rig.perform('setData', write);
  rig.machine.close(2_500, rig.nowMs);
  rig.pass(2_499);
  expect(rig.machine.state).toBe('leaving');
  rig.pass(1);
  expect(rig.notices.at(-1)).toEqual({ kind: 'over', reason: 'closed' });
  expect(await rejection(reply)).toMatchObject({ name: 'OutcomeUnknownError', cause: { name: 'SessionLostError', reason: 'closed' } });
});

test('closing without contact goes on until the session can be closed on a server, and does nothing else there but to say who asks', async () => {
  const rig = MachineRig.attached({ auth: [{ scheme: 'digest', credential: Buffer.from('a:b') }] });
  rig.sent();
  rig.machine.broken(new Error('cut'), rig.nowMs);
  const { reply } = rig.perform('setData', write);
  rig.machine.close(5_000, rig.nowMs);
  expect(await rejection(reply)).toBeInstanceOf(NotSentError);
  rig.pass(100);
  rig.attach();
  expect(rig.sent().map(({ operation }) => operation)).toEqual(['auth', 'closeSession']);
  rig.receive(headerFrame(1));
  expect(rig.kinds).toEqual(['connected', 'disconnected', 'over']);
});

test('closing without contact ends when the servers must have let the session expire, however long the grace', () => {
  const rig = MachineRig.attached();
  rig.pass(1_000);
  // The last that was sent: a heartbeat, 400 ms ago.
  rig.machine.broken(new Error('cut'), rig.nowMs);
  rig.machine.close(60_000, rig.nowMs);
  rig.pass(5_599);
  expect(rig.machine.state).not.toBe('over');
  rig.pass(1);
  expect(rig.notices.at(-1)).toEqual({ kind: 'over', reason: 'closed' });
});

test('closing with contact asks the server even when the session may be over by our clock: it may have been stopped as we have', () => {
  const rig = MachineRig.attached();
  rig.nowMs += 10_000;
  rig.machine.close(1_000, rig.nowMs);
  expect(rig.sent().map(({ operation }) => operation)).toEqual(['closeSession']);
  rig.pass(1);
  expect(rig.machine.state).toBe('leaving');
  rig.receive(headerFrame(1));
  expect(rig.kinds).toEqual(['connected', 'over']);
});

test('a connection that breaks while closing is followed by another try, and a session that is gone by then was closed', () => {
  const rig = MachineRig.attached();
  rig.machine.close(5_000, rig.nowMs);
  rig.redial();
  rig.open();
  rig.greet({ timeOut: 0, sessionId: 0n });
  expect(rig.notices.at(-1)).toEqual({ kind: 'over', reason: 'closed' });
});

test('closing before there is a session ends at once; in the middle of the handshake it waits for the session, to close it', () => {
  const early = new MachineRig();
  early.machine.close(5_000, early.nowMs);
  expect(early.notices).toEqual([{ kind: 'over', reason: 'closed' }]);

  const greeted = new MachineRig();
  greeted.open();
  greeted.machine.close(5_000, greeted.nowMs);
  expect(greeted.notices).toEqual([]);
  greeted.greet();
  expect(greeted.sent().map(({ operation }) => operation)).toEqual(['closeSession']);

  const cut = new MachineRig();
  cut.open();
  cut.machine.close(5_000, cut.nowMs);
  cut.machine.broken(new Error('cut'), cut.nowMs);
  expect(cut.kinds).toEqual(['unreachable', 'over']);
});

test('closing twice is closing once, within the shorter grace', () => {
  const rig = MachineRig.attached();
  rig.machine.close(5_000, rig.nowMs);
  rig.machine.close(1_000, rig.nowMs);
  expect(rig.sent().map(({ operation }) => operation)).toEqual(['closeSession']);
  rig.pass(1_000);
  rig.machine.close(1_000, rig.nowMs);
  expect(rig.kinds).toEqual(['connected', 'over']);
});

test('a server that is back is found within a tenth of a second', () => {
  const rig = MachineRig.attached({ random: () => 0.999 });
  rig.pass(1_500);
  rig.machine.broken(new Error('killed'), rig.nowMs);
  const backAtMs = rig.nowMs + 1_000;
  for (;;) {
    rig.pass(Math.max(0, rig.machine.wakeAtMs - rig.nowMs));
    expect(rig.machine.state).toBe('dialing');
    if (rig.nowMs >= backAtMs) break;
    rig.machine.broken(new Error('refused'), rig.nowMs);
  }
  expect(rig.nowMs - backAtMs).toBeLessThan(100);
});

test('an error in how a request is written is that request’s alone', async () => {
  const rig = MachineRig.attached();
  const bad = rig.perform('setData', { path: '/a', data: null, version: 2 ** 40 });
  rig.perform('getData', read);
  expect(rig.sent().map(({ operation }) => operation)).toEqual(['getData']);
  expect(await rejection(bad.reply)).toBeInstanceOf(RangeError);
});

test('what is said of a broken connection names the server and the time', () => {
  const rig = MachineRig.attached();
  rig.pass(4_000);
  expect(rig.notices[1]).toHaveProperty('cause.message', 'connection to server-1:2181: nothing came from it for 4000 ms');
});
