import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import * as docent from '../../src/index.ts';
import {
  AcquireTimeoutError,
  AuthFailedError,
  BadVersionError,
  BarrierTimeoutError,
  CacheClosedError,
  CacheLimitError,
  CacheNotReadyError,
  ClosedError,
  ConfigUnavailableError,
  ConnectionError,
  ConnectTimeoutError,
  ContentionError,
  CounterOverflowError,
  DeadlockError,
  type DeadlockMember,
  DocentError,
  DriverUnavailableError,
  describeCause,
  ForeignChildrenError,
  InternalError,
  InvalidAclError,
  InvalidArgumentError,
  LatchClosedError,
  LeaseLostError,
  LockUpgradeError,
  MalformedDataError,
  MaxHoldError,
  NoAuthError,
  NoChildrenForEphemeralsError,
  NodeClosedError,
  NodeExistsError,
  NodeTimeoutError,
  NoInstanceError,
  NoNodeError,
  NotEmptyError,
  NotSentError,
  OperationTimeoutError,
  OutcomeUnknownError,
  PartlyPutError,
  PathTakenError,
  ProtocolError,
  ProviderClosedError,
  QueueFullError,
  ReadOnlyServerError,
  type RefusalCode,
  RefusedError,
  RegisterTimeoutError,
  ReplyTooLargeError,
  RequestTooLargeError,
  RunTimeoutError,
  refusedBy,
  ScheduleStoppedError,
  SequenceExhaustedError,
  SessionLostError,
  SessionSuspendedError,
  TakeTimeoutError,
  TlsError,
  TooManyRequestsError,
  TransactionFailedError,
  UndeliveredItemError,
  UnsupportedError,
  undisclosed,
  VersionExhaustedError,
  WrongRecipeError,
  ZnodeReplacedError,
} from '../../src/index.ts';

/** Which class each of the server's refusals has; by type, none can be forgotten. */
const refusals: Readonly<Record<RefusalCode, typeof RefusedError>> = {
  SYSTEMERROR: RefusedError,
  RUNTIMEINCONSISTENCY: RefusedError,
  DATAINCONSISTENCY: RefusedError,
  MARSHALLINGERROR: RefusedError,
  UNIMPLEMENTED: RefusedError,
  BADARGUMENTS: RefusedError,
  NEWCONFIGNOQUORUM: RefusedError,
  RECONFIGINPROGRESS: RefusedError,
  UNKNOWNSESSION: RefusedError,
  NONODE: NoNodeError,
  NOAUTH: NoAuthError,
  BADVERSION: BadVersionError,
  NOCHILDRENFOREPHEMERALS: NoChildrenForEphemeralsError,
  NODEEXISTS: NodeExistsError,
  NOTEMPTY: NotEmptyError,
  INVALIDCALLBACK: RefusedError,
  INVALIDACL: InvalidAclError,
  AUTHFAILED: RefusedError,
  NOTREADONLY: ReadOnlyServerError,
  EPHEMERALONLOCALSESSION: RefusedError,
  NOWATCHER: RefusedError,
  RECONFIGDISABLED: RefusedError,
  SESSIONCLOSEDREQUIRESASLAUTH: RefusedError,
  QUOTAEXCEEDED: RefusedError,
  THROTTLEDOP: RefusedError,
  UNKNOWN: RefusedError,
};

// `Object.entries` forgets which codes there are.
describe.each(Object.entries(refusals) as [RefusalCode, typeof RefusedError][])('refusal %s', (code, Class) => {
  const error = refusedBy(code, 'setData', '/a/b');

  test(`is a ${Class.name}, and says what, where and why`, () => {
    expect(error.constructor).toBe(Class);
    expect(error).toMatchObject({ name: Class.name, outcome: 'refused', operation: 'setData', path: '/a/b', code });
    expect(error.message).toMatch(/^setData \/a\/b: [a-z].{9,}[^.]$/);
  });

  test('gives its reason to whoever knows better', () => {
    expect(refusedBy(code, 'create', '/a', 'no parent').message).toBe('create /a: no parent');
  });
});

test('every refusal has words of its own', () => {
  const messages = Object.keys(refusals).map((code) => refusedBy(code as RefusalCode, 'get', '/a').message);
  expect(new Set(messages).size).toBe(messages.length);
});

const cause = new Error('connect ECONNREFUSED 127.0.0.1:2181');

const spoken: readonly (readonly [DocentError, string])[] = [
  [new InvalidArgumentError('connect.hosts', 'a b', 'must be host:port pairs'), 'connect.hosts: must be host:port pairs; got "a b"'],
  [new ProtocolError('GetDataResponse', 'stat.czxid', '8 bytes wanted'), 'GetDataResponse.stat.czxid: 8 bytes wanted'],
  [new ProtocolError('frame', '', '3 bytes too many'), 'frame: 3 bytes too many'],
  [new ClosedError('get /a'), 'get /a: the client is closed'],
  [
    new ConnectTimeoutError(['h1:2181', 'h2:2181'], 5_000, cause),
    'no session from h1:2181, h2:2181 within 5000 ms (last: connect ECONNREFUSED 127.0.0.1:2181). Check the hosts, and that a ZooKeeper listens there',
  ],
  [new ConnectionError('h1:2181', 'the server closed it'), 'connection to h1:2181: the server closed it'],
  [new TlsError('h1:2281', 'it does not speak TLS', { cause }), 'connection to h1:2281: it does not speak TLS'],
  [
    new AuthFailedError('digest'),
    "authentication by 'digest': the server refused the credentials. Check them, and that it knows the scheme",
  ],
  [new SessionLostError(0x1000a2bn, 'expired'), 'session 0x1000a2b is over: the server says that it has expired'],
  [
    new SessionLostError(1n, 'out-of-contact'),
    'session 0x1 is over: no server answered in time, so it may have expired (by our own clock)',
  ],
  [
    new DriverUnavailableError('zookeeper', 'it is not installed. Run `npm install zookeeper`'),
    "the driver 'zookeeper' cannot be used: it is not installed. Run `npm install zookeeper`",
  ],
  [new SessionLostError(1n, 'auth-failed'), 'session 0x1 is over: the server refused its credentials'],
  [new SessionLostError(1n, 'closed'), 'session 0x1 is over: it was closed'],
  [new SessionSuspendedError(), 'contact with the server is lost; the session may or may not survive'],
  [new NotSentError('get', '/a', cause), 'get /a: it was not sent: connect ECONNREFUSED 127.0.0.1:2181'],
  [
    new OutcomeUnknownError('set', '/a', { path: '/a' }, new Error('the connection broke')),
    'set /a: it may or may not have been applied (the connection broke). Read the znode to find out',
  ],
  [new TooManyRequestsError('get', '/a', 100), 'get /a: 100 requests wait already (maxPendingRequests). Await some of them first'],
  [new OperationTimeoutError('get', '/a', 30, 'not-sent'), 'get /a: no answer within 30 ms; it was not sent'],
  [new OperationTimeoutError('get', '/a', 30, 'unknown'), 'get /a: no answer within 30 ms; it may or may not have been applied'],
  [new UnsupportedError('create', '/a', 'zookeeper', 'containers'), "create /a: the driver 'zookeeper' has no containers"],
  [
    new RequestTooLargeError('set', '/a', 2_000_000, 1_048_575),
    "set /a: the request takes 2000000 bytes and the limit is 1048575 (maxRequestBytes; the server's jute.maxbuffer). Store less, or raise both",
  ],
  [
    new ReplyTooLargeError('children', '/a', 2_000_000, 1_048_575),
    'children /a: the reply takes 2000000 bytes and the limit is 1048575 (maxReplyBytes). Raise that, or have less data, or fewer children, there',
  ],
  [refusedBy('NONODE', 'get', '/a'), 'get /a: no such znode'],
  [
    new TransactionFailedError(1, refusedBy('BADVERSION', 'check', '/a')),
    'transaction /a: operation 1 (check) was refused, so none was applied: check /a: the znode has another version',
  ],
  [
    new LeaseLostError('/lock/a-1', new SessionSuspendedError()),
    'the lease /lock/a-1 is lost: contact with the server is lost; the session may or may not survive. Stop what it guarded',
  ],
  [new AcquireTimeoutError('/lock', 500), '/lock was not acquired within 500 ms; the place in line has been given up'],
  [
    new ForeignChildrenError('/lock', ['a', 'b', 'c', 'd', 'e', 'f']),
    '/lock has children that belong to no known recipe: a, b, c, d, e. Move them elsewhere',
  ],
  [
    new SequenceExhaustedError('/lock', 2_147_000_000),
    '/lock has reached sequence number 2147000000, and servers count to 2147483647 only. Use a new path if peers of other libraries share it',
  ],
  [new InternalError('a reply without a request'), 'a reply without a request'],
  [
    new MalformedDataError('/c', 'a count is a signed big-endian integer of 4 bytes', 5),
    '/c has data of 5 bytes that docent cannot use: a count is a signed big-endian integer of 4 bytes. Mend it, or use another path',
  ],
  [new LatchClosedError('/l'), 'the latch at /l is closed, which is for good. Make a new one'],
  [new RunTimeoutError('report', 500), 'the job report was to end within 500 ms'],
  [new ScheduleStoppedError('/s'), 'the schedule /s was stopped in this process'],
  [
    new ConfigUnavailableError('/config', 'it has not been read yet'),
    'there is no valid configuration at /config: it has not been read yet',
  ],
  [new BarrierTimeoutError('/b', 500, '3 of 5 members are there'), '/b: 3 of 5 members are there after 500 ms'],
  [
    new DeadlockError('/a', [member('one', '/a'), member('other', '/b')]),
    '/a would never have been acquired: one waits for /a, whose holder other waits for /b, whose holder is the first of them. Give back what you hold, and begin again',
  ],
  [
    new LockUpgradeError('/l'),
    '/l: whoever holds the read lock cannot get the write lock as well. Release the one first, or take the write lock to begin with',
  ],
  [new QueueFullError('/q', 5), '/q has no room: it may have 5 items. Nothing was put'],
  [new TakeTimeoutError('/q', 500), '/q had no item for us within 500 ms'],
  [
    new PartlyPutError('/q', ['queue-0000000001', 'queue-0000000002'], { cause: new ClosedError('create /q') }),
    '2 items of the batch are in /q, and then: create /q: the client is closed',
  ],
  [
    new UndeliveredItemError('/q', { item: 'a', cause: new ClosedError('create /q/qn-') }),
    'an item of /q was taken for a subscriber who has left, and not put back: create /q/qn-: the client is closed',
  ],
  [new NodeClosedError('/n'), 'what was kept at /n is closed, which is for good. Make a new one'],
  [new NodeTimeoutError('/n', 500, 'it was not made'), '/n: it was not made within 500 ms. It goes on being tried until it is closed'],
  [
    new PathTakenError('/n', 0x1fn),
    '/n is taken: the znode there belongs to session 0x1f. Ours is made when that has gone. Give each its own path or id',
  ],
  [
    new PathTakenError('/n', 0n),
    '/n is taken: the znode there is not ephemeral. Ours is made when that has gone. Give each its own path or id',
  ],
  [
    new RegisterTimeoutError('/s/orders/a', 500, 'session 0x1f has registered the same id'),
    '/s/orders/a was not registered within 500 ms: session 0x1f has registered the same id. Nothing of it is left',
  ],
  [
    new NoInstanceError('/s/orders', 500, 'of 3 instances, 1 disabled, 2 down, 0 not accepted'),
    'no instance of /s/orders could be called within 500 ms: of 3 instances, 1 disabled, 2 down, 0 not accepted',
  ],
  [new ProviderClosedError('/s/orders'), 'the provider of /s/orders is closed, which is for good. Make a new one'],
  [new CacheClosedError('/t'), 'the cache of /t is closed, which is for good. Make a new one'],
  [new CacheNotReadyError('/t', 500), 'the picture of /t was not whole within 500 ms. It goes on being read: wait for it again'],
  [new CacheLimitError('/t', 'maxNodes', 2), '/t has more than 2 znodes. Cache less of it (accept, maxDepth, noData), or raise maxNodes'],
  [new MaxHoldError('/l', 500), 'it was held for 500 ms, which is all that its maxHoldMs allows'],
  [new CounterOverflowError('/c', 2n ** 63n, 'an integer of 64 bits'), '/c: 9223372036854775808 is not an integer of 64 bits'],
  [new ContentionError('/c', 3), '/c was changed by others before each of 3 attempts. Try later, or give the counter a lock'],
  [
    new ZnodeReplacedError('/c'),
    '/c was deleted and made anew by somebody, whose value is overwritten. Set it right, and do not delete what is in use',
  ],
  [
    new VersionExhaustedError('/c'),
    '/c has version -1, which servers take for any version. While nobody else changes it, store its value once without condition',
  ],
  [
    new WrongRecipeError('/l', ['locks', 'leases']),
    '/l is in use by a recipe of another kind, which has locks, leases there. Use another path',
  ],
];

function member(id: string, waitsFor: string): DeadlockMember {
  return { id, owner: id, sessionId: 1n, waitsFor, waitingNode: `${waitsFor}/lock-2`, blockedBy: `${waitsFor}/lock-1` };
}

describe('read aloud', () => {
  test.each(spoken.map(([error, message]) => [error.name, error, message] as const))('%s', (_, error, message) => {
    expect(error.message).toBe(message);
  });
});

test.each([
  ['an object', { password: 'hunter2' }],
  ['a list', [{ password: 'hunter2' }]],
  ['a function', Object.assign(() => 1, { password: 'hunter2' })],
])('a wrong value that is %s is described, and not held: nobody knows what is in it', (_, value) => {
  const error = new InvalidArgumentError('connect.hosts', value, 'must be a string', { cause: new TypeError('x') });
  expect(`${JSON.stringify(error)} ${inspect(error, { depth: null, showHidden: true })}`).not.toContain('hunter2');
  expect(error.value).toBe(undisclosed);
});

test('every class has been read aloud', () => {
  const heard = new Set([...spoken.map(([error]) => error.name), ...Object.values(refusals).map(({ name }) => name)]);
  const classes = Object.values(docent).flatMap((exported) => (isErrorClass(exported) ? [exported.name] : []));
  expect(classes.filter((name) => !heard.has(name))).toEqual(['DocentError', 'OperationError']); // never thrown themselves
});

function isErrorClass(exported: unknown): exported is { readonly name: string } {
  return typeof exported === 'function' && (exported === DocentError || exported.prototype instanceof DocentError);
}

test('each is a DocentError whose name is its class, with its cause where it has one', () => {
  for (const [error] of spoken) {
    expect(error).toBeInstanceOf(DocentError);
    expect(error.name).toBe(error.constructor.name);
    expect(Reflect.get(docent, error.name)).toBe(error.constructor);
  }
  expect(new NotSentError('get', '/a', cause).cause).toBe(cause);
  expect(new OutcomeUnknownError('get', '/a', 1, cause)).toMatchObject({ cause, request: 1, outcome: 'unknown' });
  expect(new ConnectTimeoutError(['h:1'], 1, cause).cause).toBe(cause);
  expect(new LeaseLostError('/l', cause).cause).toBe(cause);
  expect(new TransactionFailedError(2, refusedBy('NONODE', 'delete', '/x'))).toMatchObject({
    index: 2,
    path: '/x',
    cause: { code: 'NONODE' },
  });
});

function odd(fields: object): Error {
  return Object.assign(new Error(), fields);
}

function circularAggregate(): AggregateError {
  const error = new AggregateError([], '');
  error.errors.push(error, error);
  return error;
}

describe('a cause in one line', () => {
  test.each([
    [new Error('broken'), 'broken'],
    [new RangeError(''), 'RangeError'],
    [new AggregateError([new Error('a'), 'b', new AggregateError([new Error('c')], '')], ''), 'a; b; c'],
    [new AggregateError([new Error('a')], 'all failed'), 'all failed'],
    ['thrown text', 'thrown text'],
    [undefined, 'undefined'],
    [null, 'null'],
    [7n, '7n'],
    [Symbol('s'), 'Symbol(s)'],
    [Object.create(null), 'an object'],
    [{ code: 'X', secret: 'y' }, 'an object with code, secret'],
    [odd({ message: { code: 'E42' } }), 'Error with an object with code for a message'],
    [odd({ message: ['name is missing', 'age is missing'] }), 'Error with an array of 2 for a message'],
    [odd({ message: undefined, name: 'HttpError' }), 'HttpError with undefined for a message'],
    [odd({ message: '', name: 7 }), 'Error'],
    [Object.assign(new AggregateError([], ''), { errors: undefined }), 'AggregateError'],
    [
      circularAggregate(),
      'AggregateError; AggregateError; AggregateError; AggregateError; AggregateError; AggregateError; AggregateError; AggregateError',
    ],
    [
      new AggregateError(
        Array.from({ length: 12 }, () => 'x'),
        '',
      ),
      'x; x; x; x; x; x; x; x; x; x; and 2 more',
    ],
    [
      Object.defineProperty(new Error('x'), 'message', {
        get: () => {
          throw new Error('no');
        },
      }),
      'something that cannot be described',
    ],
  ])('case %#', (thrown, line) => {
    expect(describeCause(thrown)).toBe(line);
  });
});

test('what throws when it is looked at is no cause for trouble', () => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  expect(describeCause(proxy)).toBe('something that cannot be described');
  expect(new NotSentError('get', '/a', proxy).message).toContain('something that cannot be described');
  expect(new InvalidArgumentError('field', proxy, 'is wrong').message).toBe('field: is wrong; got something that cannot be described');
});

describe('a wrong value in the message', () => {
  const circular: { self?: unknown } = {};
  circular.self = circular;

  test.each<readonly [unknown, string]>([
    ['x', '"x"'],
    ['a\u0000\n', '"a\\u0000\\n"'],
    ['long'.repeat(100), `"${'long'.repeat(100).slice(0, 99)}…`],
    [Buffer.from('secret'), '6 bytes'],
    [5n, '5n'],
    [Number.NaN, 'NaN'],
    [undefined, 'undefined'],
    [() => 1, 'a function'],
    [[1, 'secret'], 'an array of 2'],
    [{}, 'an object'],
    [{ scheme: 'digest', credential: 'secret' }, 'an object with scheme, credential'],
    [{ n: 1n }, 'an object with n'],
    [circular, 'an object with self'],
  ])('case %#', (value, told) => {
    expect(new InvalidArgumentError('field', value, 'is wrong').message).toBe(`field: is wrong; got ${told}`);
  });
});
