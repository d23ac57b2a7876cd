import { once } from 'node:events';
import { filter, firstValueFrom } from 'rxjs';
import { expect, test } from 'vitest';
import { type Lease, Mutex } from '../../recipes/index.ts';
import { LeaseLostError, SessionLostError, SessionSuspendedError } from '../../src/index.ts';
import { stall } from '../support/stall.ts';
import { World } from '../support/world.ts';

const path = '/locks/valid';
const mayStay = ['/locks', path];

test('a lease ends by our own clock when nothing answers any more, before the next one can enter', async () => {
  await using world = await World.start(mayStay);
  const [cutOff, other] = [await world.client({ sessionTimeoutMs: 2_000 }), await world.client()];
  const lease = await new Mutex(cutOff, path).acquire();
  let enteredAfterSignal: boolean | undefined;
  const next = new Mutex(other, path).run((entered) => {
    enteredAfterSignal = lease.signal.aborted && !lease.isValid() && entered.token > lease.token;
  });

  const sessionId = cutOff.session?.id ?? 0n;
  world.server.faults.pause(sessionId);
  await once(lease.signal, 'abort');
  expect(lease.isValid()).toBe(false);
  expect(lease.signal.reason).toBeInstanceOf(LeaseLostError);
  expect(lease.signal.reason.cause).toBeInstanceOf(SessionLostError);
  expect(lease.signal.reason.cause).toMatchObject({ reason: 'out-of-contact', sessionId });
  expect(enteredAfterSignal).toBeUndefined();

  world.server.faults.resume();
  await next;
  expect(enteredAfterSignal).toBe(true);
});

test('the first line after a stalled event loop sees that the lease is over, and the signal has fired with it', async () => {
  await using world = await World.start(mayStay);
  const client = await world.client({ sessionTimeoutMs: 1_000 });
  const lease = await new Mutex(client, path).acquire();
  const session = client.session;
  expect(lease.isValid()).toBe(true);
  stall(1_100);
  expect(lease.isValid()).toBe(false);
  expect(lease.signal.aborted).toBe(true);
  expect(session?.isValid()).toBe(false);
  expect(() => lease.assertValid()).toThrow(LeaseLostError);
});

test('a session given up by our clock is not taken up again, although the server still knows it', async () => {
  await using world = await World.start(mayStay);
  const client = await world.client({ sessionTimeoutMs: 2_000 });
  const before = client.session;
  const lease = await new Mutex(client, path).acquire();
  world.server.faults.pause(before?.id);
  await once(lease.signal, 'abort');
  world.server.faults.resume();
  const after = await client.connected();
  expect(after.id).not.toBe(before?.id);
  expect(after.number).toBe(2);
  expect(lease.isValid()).toBe(false);
  await new Mutex(client, path).run((next) => expect(next.token).toBeGreaterThan(lease.token));
});

test('a short cut of the connection does not end a lease', async () => {
  await using world = await World.start(mayStay);
  const client = await world.client();
  await new Mutex(client, path).run(async (lease) => {
    const suspended = firstValueFrom(client.state$.pipe(filter((state) => state === 'suspended')));
    world.server.faults.dropConnections();
    await suspended;
    expect(lease.isValid()).toBe(true);
    await client.connected();
    expect(lease.isValid()).toBe(true);
    expect(lease.signal.aborted).toBe(false);
  });
});

test("with onSuspended: 'abort' a lease ends as soon as the connection is lost", async () => {
  await using world = await World.start(mayStay);
  const client = await world.client();
  const lease = await new Mutex(client, path, { onSuspended: 'abort' }).acquire();
  const aborted = once(lease.signal, 'abort');
  world.server.faults.dropConnections();
  await aborted;
  expect(lease.signal.reason.cause).toBeInstanceOf(SessionSuspendedError);
  expect(lease.isValid()).toBe(false);
  await lease.release();
  expect(await client.children(path)).toEqual([]);
});

test('an expired session ends a lease, and the lock is free', async () => {
  await using world = await World.start(mayStay);
  const [holder, other] = [await world.client(), await world.client()];
  const lease = await new Mutex(holder, path).acquire();
  const aborted = once(lease.signal, 'abort');
  world.server.expireSession(holder.session?.id ?? 0n);
  await aborted;
  expect(lease.signal.reason.cause).toMatchObject({ reason: 'expired' });
  await new Mutex(other, path).run(() => {});
  await lease.release();
});

test('the line is in order of arrival, one at a time, when the server has run out of sequence numbers', async () => {
  await using world = await World.start(mayStay);
  const client = await world.client();
  await client.ensurePath(path);
  world.server.faults.setSequence(path, 2147483645);
  const mutex = new Mutex(client, path);
  const first = await mutex.acquire();
  const entered: number[] = [];
  const numbers = new Set<string>();
  const enter = (turn: number) => async (lease: Lease) => {
    entered.push(turn);
    numbers.add(lease.path.slice(-10));
    await world.exclusion.enter(lease);
  };
  const turns = [0, 1, 2, 3, 4, 5].map((turn) => mutex.run(enter(turn)));
  await first.release();
  await Promise.all(turns);
  expect(entered).toEqual([0, 1, 2, 3, 4, 5]);
  expect([...numbers], 'or this shows nothing').toEqual(['2147483646', '2147483647']);
});
