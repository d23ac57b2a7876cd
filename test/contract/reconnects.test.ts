import { expect } from 'vitest';
import { type Clock, systemClock } from '../../src/clock.ts';
import { FaultyProxy } from '../../src/embedded/index.ts';
import { hostList } from '../support/open-session.ts';
import { type ContractOptions, contract, rejection } from './contract.ts';

const embeddedOnly: ContractOptions = { embeddedOnly: true };
/** What drivers take for closing unless they are told. */
const defaultGraceMs = 5_000;

contract(
  'a connection that breaks is followed by another in the same session',
  async (world) => {
    const session = world.open();
    const path = world.path('e');
    await session.create(path, { mode: 'ephemeral' });
    const { sessionId } = session.driver;
    world.embedded.faults.dropConnections(sessionId);
    const { cause } = await session.seen('disconnected');
    expect(cause).toBeInstanceOf(Error);
    expect(await session.seen('connected', 2)).toMatchObject({ resumed: true });
    expect(session.driver.sessionId).toBe(sessionId);
    expect((await session.exists(path)).stat?.ephemeralOwner).toBe(sessionId);
  },
  embeddedOnly,
);

contract('other servers are tried when the connection breaks, not before, and the session goes on there', async (world) => {
  const wires = await Promise.all([FaultyProxy.start(world.hosts), FaultyProxy.start(world.hosts)]);
  const [first, second] = wires.map(({ hosts }) => hostList(hosts));
  const session = world.open({ hosts: first ?? [] });
  await session.create(world.path('e'), { mode: 'ephemeral' });
  const { sessionId } = session.driver;

  session.driver.setHosts(second ?? []);
  await session.settled();
  expect(wires[1]?.connections).toBe(0);
  wires[0]?.cut();
  await session.seen('connected', 2);

  expect(session.driver.sessionId).toBe(sessionId);
  expect((await session.exists(world.path('e'))).stat?.ephemeralOwner).toBe(sessionId);
  expect(wires[1]?.connections).toBeGreaterThan(0);
  await session.driver.close();
  for (const wire of wires) await wire.close();
});

for (const [kind, isApplied] of [
  ['cut-before-apply', false],
  ['cut-after-apply', true],
] as const) {
  contract(
    `a write whose connection breaks is unknown, and is not sent again by the driver (${kind})`,
    async (world) => {
      const session = world.open();
      await session.seen('connected');
      const { sessionId, capabilities } = session.driver;
      world.embedded.faults.inject({ kind }, { sessionId, operation: capabilities.createStat ? 'create2' : 'create' });
      const path = world.path('a');
      const error = await rejection(session.create(path, { data: Buffer.from('x') }));
      expect(error).toMatchObject({
        name: 'OutcomeUnknownError',
        outcome: 'unknown',
        operation: 'create',
        path,
        request: { path, mode: 'persistent' },
      });
      expect(error).toHaveProperty('cause');
      expect((await session.exists(path)).stat !== null).toBe(isApplied);
    },
    embeddedOnly,
  );
}

contract(
  'what was not sent when the connection broke goes out on the next, in order',
  async (world) => {
    const session = world.open();
    await session.seen('connected');
    await world.embedded.faults.stop();
    await session.seen('disconnected');
    const path = world.path('a');
    const requests = [session.create(path), session.setData(path, 'x'), session.getData(path)] as const;
    await world.embedded.faults.start();
    await Promise.all(requests);
    expect((await requests[2]).data?.toString()).toBe('x');
  },
  embeddedOnly,
);

contract(
  'a server that was down is found again within the session',
  async (world) => {
    const session = world.open();
    await session.create(world.path('e'), { mode: 'ephemeral' });
    await world.embedded.faults.stop();
    await session.seen('unreachable', 2);
    await world.embedded.faults.start();
    await session.seen('connected', 2);
    expect((await session.exists(world.path('e'))).stat?.ephemeralOwner).toBe(session.driver.sessionId);
  },
  embeddedOnly,
);

contract(
  'changes that were missed while there was no connection are told upon the next',
  async (world) => {
    const other = world.open();
    const names = ['changed', 'deleted', 'children', 'untouched'];
    await Promise.all(names.map((name) => other.create(world.path(name))));
    const session = world.open();
    await session.getData(world.path('changed'), true);
    await session.getData(world.path('deleted'), true);
    await session.exists(world.path('created'), true);
    await session.getChildren(world.path('children'), true);
    await session.getData(world.path('untouched'), true);

    world.embedded.faults.inject({ kind: 'cut-before-apply' }, { sessionId: session.driver.sessionId });
    const cut = rejection(session.exists('/'));
    await Promise.all([
      other.setData(world.path('changed'), 'x'),
      other.delete(world.path('deleted')),
      other.create(world.path('created')),
      other.create(world.path('children/c')),
    ]);
    await cut;
    await session.seen('connected', 2);
    await session.settled();
    expect([...session.events].sort()).toEqual([
      `changed ${world.path('changed')}`,
      `children ${world.path('children')}`,
      `created ${world.path('created')}`,
      `deleted ${world.path('deleted')}`,
    ]);
    await other.setData(world.path('untouched'), 'x');
    await session.settled();
    expect(session.events).toContain(`changed ${world.path('untouched')}`);
  },
  embeddedOnly,
);

contract(
  'persistent watches live on in the next connection; removed ones do not',
  async (world) => {
    const session = world.open();
    if (!session.driver.capabilities.persistentWatches) return;
    const path = world.path('a');
    await session.create(path);
    await session.driver.perform('addWatch', { path, mode: 'persistent' });
    await session.driver.perform('addWatch', { path: world.root, mode: 'persistent-recursive' });
    await session.driver.perform('removeWatches', { path: world.root, type: 'any' });
    world.embedded.faults.dropConnections(session.driver.sessionId);
    await session.seen('connected', 2);
    await session.setData(path, 'one');
    await session.setData(path, 'two');
    await session.create(world.path('b'));
    await session.settled();
    expect(session.events).toEqual([`changed ${path}`, `changed ${path}`]);
  },
  embeddedOnly,
);

contract(
  'many watches are all set again',
  async (world) => {
    const session = world.open();
    const other = world.open();
    const paths = Array.from({ length: 3_000 }, (_, index) => world.path(`a-rather-long-name-so-that-one-packet-does-not-do-${index}`));
    await Promise.all(paths.map((path) => session.create(path)));
    await Promise.all(paths.map((path) => session.getData(path, true)));
    world.embedded.faults.dropConnections(session.driver.sessionId);
    await session.seen('connected', 2);
    await session.settled();
    await Promise.all(paths.map((path) => other.setData(path, 'x')));
    await session.settled();
    expect([...session.events].sort()).toEqual(paths.map((path) => `changed ${path}`).sort());
  },
  embeddedOnly,
);

contract(
  'the session authenticates anew on every connection',
  async (world) => {
    const session = world.open({ auth: [{ scheme: 'digest', credential: Buffer.from('user:secret') }] });
    await session.driver.perform('addAuth', { path: '/', scheme: 'digest', credential: Buffer.from('other:secret') });
    await session.createForUs(world.path('a'));
    world.embedded.faults.dropConnections(session.driver.sessionId);
    await session.seen('connected', 2);
    await session.setData(world.path('a'), 'x');
    if (!session.driver.capabilities.inspection) return;
    const { identities } = await session.driver.perform('whoAmI', { path: '/' });
    expect(identities.map(({ id }) => id)).toEqual(expect.arrayContaining(['user', 'other']));
  },
  embeddedOnly,
);

contract(
  'a session that the server let expire is over, and every request is settled',
  async (world) => {
    const session = world.open();
    await session.create(world.path('e'), { mode: 'ephemeral' });
    const { sessionId } = session.driver;
    await world.embedded.faults.stop();
    await session.seen('disconnected');
    const waiting = rejection(session.exists('/'));
    world.embedded.expireSession(sessionId);
    await world.embedded.faults.start();
    expect(await session.seen('over')).toMatchObject({ reason: 'expired' });
    expect(await waiting).toMatchObject({ name: 'NotSentError', cause: { name: 'SessionLostError', reason: 'expired', sessionId } });
    expect(await rejection(session.exists('/'))).toMatchObject({ name: 'NotSentError' });
    expect(world.embedded.sessions().map(({ id }) => id)).not.toContain(sessionId);
  },
  embeddedOnly,
);

contract(
  'a session that expires under a request is over, and the request is unknown',
  async (world) => {
    const session = world.open();
    await session.seen('connected');
    world.embedded.faults.inject({ kind: 'expire-session' }, { sessionId: session.driver.sessionId });
    expect(await rejection(session.setData(world.root, 'x'))).toMatchObject({ outcome: 'unknown' });
    expect(await session.seen('over')).toMatchObject({ reason: 'expired' });
  },
  embeddedOnly,
);

contract(
  'a code about the connection is no refusal',
  async (world) => {
    const session = world.open();
    await session.seen('connected');
    for (const code of ['SESSIONMOVED', 'CONNECTIONLOSS'] as const) {
      world.embedded.faults.inject({ kind: 'refuse', code }, { sessionId: session.driver.sessionId });
      expect(await rejection(session.setData(world.root, 'x'))).toMatchObject({ name: 'OutcomeUnknownError', outcome: 'unknown' });
      await session.exists('/');
    }
  },
  embeddedOnly,
);

contract(
  'a server that falls silent is left, within the session, and requests in flight are unknown',
  async (world) => {
    const session = world.open();
    await session.seen('connected');
    world.embedded.faults.pause();
    const request = rejection(session.setData(world.root, 'x'));
    await session.seen('disconnected');
    expect(systemClock.now()).toBeLessThan(session.driver.validUntilMs);
    expect(await request).toMatchObject({ outcome: 'unknown' });
    world.embedded.faults.resume();
    await session.seen('connected', 2);
  },
  embeddedOnly,
);

contract(
  'an idle session lives on by pings',
  async (world) => {
    const session = world.open({ sessionTimeoutMs: 3_000 });
    await session.seen('connected');
    const { validUntilMs } = session.driver;
    await passed(6_000);
    expect(session.driver.validUntilMs).toBeGreaterThan(validUntilMs + 3_000);
    expect(session.notices.map(({ kind }) => kind)).toEqual(['connected']);
  },
  embeddedOnly,
);

contract(
  'closing without contact ends at the grace’s end at the latest, and nothing is left running',
  async (world) => {
    const clock = new CountedClock();
    const session = world.open({ clock });
    await session.seen('connected');
    await world.embedded.faults.stop();
    await session.seen('disconnected');
    const beforeMs = systemClock.now();
    await session.driver.close(300);
    expect(systemClock.now() - beforeMs).toBeLessThan(defaultGraceMs);
    expect(session.notices.at(-1)).toMatchObject({ kind: 'over', reason: 'closed' });
    expect(clock.running).toBe(0);
    await world.embedded.faults.start();
  },
  embeddedOnly,
);

contract(
  'closing without contact takes the next chance to end the session on the server',
  async (world) => {
    const session = world.open();
    await session.create(world.path('e'), { mode: 'ephemeral' });
    await world.embedded.faults.stop();
    await session.seen('disconnected');
    const closed = session.driver.close(5_000);
    await world.embedded.faults.start();
    await closed;
    expect(world.embedded.sessions().map(({ id }) => id)).not.toContain(session.driver.sessionId);
    expect(world.embedded.paths()).not.toContain(world.path('e'));
  },
  embeddedOnly,
);

contract(
  'closing on a server that says nothing settles every request and ends in time',
  async (world) => {
    const session = world.open();
    await session.seen('connected');
    world.embedded.faults.pause();
    const requests = [session.setData(world.root, 'x'), session.exists('/')].map(rejection);
    const beforeMs = systemClock.now();
    await session.driver.close(200);
    expect(systemClock.now() - beforeMs).toBeLessThan(defaultGraceMs);
    for (const error of await Promise.all(requests))
      expect(error).toMatchObject({ outcome: 'unknown', cause: { name: 'SessionLostError' } });
  },
  embeddedOnly,
);

async function passed(ms: number): Promise<void> {
  await new Promise<void>((resolve) => {
    systemClock.setTimer(ms, resolve);
  });
}

/** The system's clock, which knows how many of its timers are running. */
class CountedClock implements Clock {
  running = 0;
  readonly now = systemClock.now;
  readonly wallTime = systemClock.wallTime;
  readonly random = systemClock.random;

  setTimer(delayMs: number, action: () => void) {
    let isRunning = true;
    const stop = () => {
      if (isRunning) this.running -= 1;
      isRunning = false;
    };
    this.running += 1;
    const cancel = systemClock.setTimer(delayMs, () => {
      stop();
      action();
    });
    return () => {
      stop();
      cancel();
    };
  }
}
