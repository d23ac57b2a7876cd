import { filter, firstValueFrom, Subscription } from 'rxjs';
import { expect, test } from 'vitest';
import { Barrier, DoubleBarrier, LeaderLatch, LeaderSelector, type Lease, Mutex, ReadWriteLock, Semaphore } from '../../recipes/index.ts';
import { Term } from '../../recipes/leader/term.ts';
import type { Basis } from '../../recipes/leases/basis.ts';
import { Hold } from '../../recipes/leases/hold.ts';
import { TimedBasis } from '../../recipes/leases/timed-basis.ts';
import { type Client, LeaseLostError, permissions, SessionSuspendedError } from '../../src/index.ts';
import { World } from '../support/world.ts';

const path = '/w';
const mayStay = [path, `${path}/leases`, `${path}/locks`];

type Acquire = (client: Client, at: string, onQueued?: () => void) => Promise<Lease>;

const kinds: readonly (readonly [string, Acquire])[] = [
  ['Mutex', (client, at, onQueued) => new Mutex(client, at).acquire({ onQueued })],
  ['ReadWriteLock.write', (client, at, onQueued) => new ReadWriteLock(client, at).write.acquire({ onQueued })],
  ['ReadWriteLock.read', (client, at, onQueued) => new ReadWriteLock(client, at).read.acquire({ onQueued })],
  ['Semaphore', (client, at, onQueued) => new Semaphore(client, at, 1).acquire({ onQueued })],
];

/** Resolves when it waits. */
function queued(acquire: Acquire, client: Client, at: string): { readonly waits: Promise<void>; readonly lease: Promise<Lease> } {
  let noteWait = () => {};
  const waits = new Promise<void>((resolve) => {
    noteWait = resolve;
  });
  return { waits, lease: acquire(client, at, noteWait) };
}

const holderOf = (kind: string) => (kind === 'ReadWriteLock.read' ? 'ReadWriteLock.write' : kind);
const acquireOf = (kind: string): Acquire =>
  kinds.find(([name]) => name === holderOf(kind))?.[1] ?? (() => Promise.reject(new Error(kind)));

test.each(kinds)('%s: who waits lines up again when the path is wiped', async (kind, acquire) => {
  await using world = await World.start(mayStay);
  const [holder, waiter, operator] = [await world.client(), await world.client(), await world.client()];
  const held = await acquireOf(kind)(holder, path);
  const { waits, lease } = queued(acquire, waiter, path);
  await waits;
  await operator.deleteAll(path);
  await held.release();
  expect((await lease).isValid()).toBe(true);
  await (await lease).release();
});

test.each(kinds)('%s: who waits stays in line when the server refuses what it asks for now', async (kind, acquire) => {
  await using world = await World.start(mayStay);
  const [holder, waiter] = [await world.client(), await world.client()];
  const held = await acquireOf(kind)(holder, path);
  const { waits, lease } = queued(acquire, waiter, path);
  await waits;
  const sessionId = waiter.session?.id ?? 0n;
  world.server.faults.inject({ kind: 'refuse', code: 'THROTTLEDOP' }, { operation: 'getChildren', sessionId });
  world.server.faults.inject({ kind: 'refuse', code: 'THROTTLEDOP' }, { operation: 'getData', sessionId });
  if (kind === 'Semaphore') world.server.faults.inject({ kind: 'refuse', code: 'THROTTLEDOP' }, { operation: 'create2', sessionId });
  await held.release();
  expect((await lease).isValid()).toBe(true);
  await (await lease).release();
});

test.each(kinds)('%s stands at the root of a namespace', async (_, acquire) => {
  await using world = await World.start(['/app', '/app/leases', '/app/locks']);
  const client = (await world.client()).usingNamespace('app');
  const lease = await acquire(client, '/');
  expect(lease.isValid()).toBe(true);
  await lease.release();
});

test('a latch and a selector lead at the root of a namespace', async () => {
  await using world = await World.start(['/app']);
  const client = (await world.client()).usingNamespace('app');
  expect(await new LeaderLatch(client, '/').run(() => 'led')).toBe('led');
  expect(await new LeaderSelector(client, '/').run(() => 'led')).toBe('led');
});

test('two namespaces of one client queue at one semaphore as one', async () => {
  await using world = await World.start(['/app', ...mayStay.map((each) => `/app${each}`)]);
  const client = await world.client();
  const one = new Semaphore(client, '/app/w', 1);
  const other = new Semaphore(client.usingNamespace('app'), '/w', 1);
  const held = await one.acquire();
  const turns = [one, other, one, other].map((semaphore) => semaphore.run((lease) => lease.isValid()));
  await held.release();
  expect(await Promise.all(turns)).toEqual([true, true, true, true]);
});

test('a leader whose look at its znode was refused for now still learns that somebody deleted it', async () => {
  await using world = await World.start([path]);
  const [client, operator] = [await world.client(), await world.client()];
  const sessionId = client.session?.id ?? 0n;
  world.server.faults.inject({ kind: 'refuse', code: 'THROTTLEDOP' }, { operation: 'getData', sessionId });
  await using latch = new LeaderLatch(client, path);
  const lease = await latch.acquire();
  await operator.delete(lease.path);
  await new Promise((resolve) => lease.signal.addEventListener('abort', resolve));
  expect(lease.signal.reason).toBeInstanceOf(LeaseLostError);
});

test('who waits at a barrier waits on through refusals that heal', async () => {
  await using world = await World.start([path]);
  const [client, other] = [await world.client(), await world.client()];
  const barrier = new Barrier(client, '/b');
  await barrier.set();
  world.server.faults.inject({ kind: 'refuse', code: 'THROTTLEDOP' }, { operation: 'getData', sessionId: client.session?.id ?? 0n });
  const through = barrier.waitOn();
  await new Barrier(other, '/b').remove();
  await through;
  for (const operation of ['getChildren', 'exists'] as const) {
    world.server.faults.inject({ kind: 'refuse', code: 'THROTTLEDOP' }, { operation, sessionId: client.session?.id ?? 0n });
  }
  const done = [client, other].map((each) => new DoubleBarrier(each, path, 2).run(() => 'together'));
  expect(await Promise.all(done)).toEqual(['together', 'together']);
});

/** Lets others be made and read, and nobody delete. */
async function forbidDeletion(operator: Client, ...directories: string[]): Promise<void> {
  const acl = [{ perms: permissions.create | permissions.read, scheme: 'world', id: 'anyone' }];
  for (const directory of directories) await operator.create(directory, '', { acl });
}

test.each([...kinds, ['LeaderLatch', (client, at) => new LeaderLatch(client, at).acquire()] satisfies readonly [string, Acquire]])(
  '%s: who may not delete its znode is told so by the release',
  async (kind, acquire) => {
    await using world = await World.start(mayStay);
    const client = await world.client();
    const isSemaphore = kind === 'Semaphore';
    if (isSemaphore) await client.create(path);
    await forbidDeletion(await world.client(), ...(isSemaphore ? [`${path}/leases`] : [path]));
    const lease = await acquire(client, path);
    await expect(lease.release()).rejects.toMatchObject({ name: 'NoAuthError' });
    // Nor does it end the process where nobody waits for it.
    void lease[Symbol.asyncDispose]();
  },
);

test('a semaphore whose lock node may not be deleted tells it with the release of its leases', async () => {
  await using world = await World.start(mayStay);
  const client = await world.client();
  await client.create(path);
  await forbidDeletion(client, `${path}/locks`);
  const semaphore = new Semaphore(client, path, 1);
  const held = await semaphore.acquire();
  const { waits, lease } = queued((_, __, onQueued) => semaphore.acquire({ onQueued }), client, path);
  await waits;
  await held.release();
  await expect((await lease).release()).rejects.toMatchObject({ name: 'NoAuthError' });
});

test('a latch that may not delete its znode is told when it is closed, and fails rather than wait behind itself', async () => {
  await using world = await World.start([path, '/other']);
  const client = await world.client();
  await forbidDeletion(client, path);
  const latch = new LeaderLatch(client, path);
  latch.start();
  await firstValueFrom(latch.isLeader$.pipe(filter((isLeader) => isLeader)));
  await expect(latch.yield()).rejects.toMatchObject({ name: 'NoAuthError' });
  expect(await firstValueFrom(latch.state$.pipe(filter(({ kind }) => kind === 'failed')))).toMatchObject({
    error: { name: 'NoAuthError' },
  });
  const another = new LeaderLatch(await world.client(), '/other');
  await forbidDeletion(client, '/other');
  another.start();
  await firstValueFrom(another.isLeader$.pipe(filter((isLeader) => isLeader)));
  await expect(another.close()).rejects.toMatchObject({ name: 'NoAuthError' });
});

/** Lost already when anybody begins to listen. */
function lostBasis(): Basis {
  return {
    znodes: [{ path: '/l', token: 1n }],
    revoke$: new Subscription() as never,
    isValid: () => false,
    whenLost: (action) => action(new SessionSuspendedError()),
    giveBack: () => Promise.resolve(),
  };
}

test('a loss that is told while a holder is being set up is a loss', async () => {
  await using world = await World.start();
  const client = await world.client();
  const timed = new TimedBasis(lostBasis(), client.clock, { maxHoldMs: 10_000, warningMs: 1_000 });
  const hold = new Hold(timed);
  expect(hold.isValid()).toBe(false);
  expect(hold.lost?.cause).toBeInstanceOf(SessionSuspendedError);
  hold.share();
  await hold.giveBack();
});

test('a term begun in a session that is over is over', async () => {
  await using world = await World.start();
  const client = await world.client();
  const session = await client.connected();
  const { path: made, stat } = await client.create('/t-', '', { mode: 'ephemeral-sequential' });
  world.server.expireSession(session.id);
  await new Promise<void>((resolve) => void session.whenOver(() => resolve()));
  for (const onSuspended of ['abort', 'keep-until-lost'] as const) {
    const term = new Term(client, onSuspended, { path: made, czxid: stat.czxid, session });
    expect(term.isValid()).toBe(false);
    term.giveBack();
    await term.gone;
  }
});
