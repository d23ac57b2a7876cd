import { filter, firstValueFrom } from 'rxjs';
import { expect, test } from 'vitest';
import { type Attendance, Barrier, DoubleBarrier } from '../../recipes/index.ts';
import { BarrierTimeoutError, type Client, ClosedError, InvalidArgumentError, LeaseLostError, SessionLostError } from '../../src/index.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { Probe } from '../support/probe.ts';
import { onEveryServer } from '../support/servers.ts';

const path = '/barriers/import';

onEveryServer('Barrier', (connected) => {
  test('one that is not set lets everybody through', async () => {
    await using client = await connected();
    await new Barrier(client, path).waitOn();
  });

  test('one that is set holds everybody up, until anybody removes it', async () => {
    await using client = await connected();
    await using other = await connected(client);
    const barrier = new Barrier(client, path);
    await barrier.set();
    await expect(barrier.waitOn({ timeoutMs: 50 })).rejects.toMatchObject({ name: 'BarrierTimeoutError', path, timeoutMs: 50 });
    const through = Promise.all([1, 2, 3].map(() => barrier.waitOn()));
    await new Barrier(other, path).remove();
    await through;
    expect(await client.children('/barriers')).toEqual([]);
  });

  test('it outlives the session that set it', async () => {
    await using client = await connected();
    const setter = await connected(client);
    await new Barrier(setter, path).set();
    await setter.close();
    await expect(new Barrier(client, path).waitOn({ timeoutMs: 50 })).rejects.toThrow(BarrierTimeoutError);
  });

  test('setting and removing it twice is as once', async () => {
    await using client = await connected();
    const barrier = new Barrier(client, path);
    await barrier.remove();
    await barrier.set();
    await barrier.set();
    await barrier.remove();
    await barrier.remove();
    await barrier.waitOn();
  });

  test('a change of its data lets nobody through', async () => {
    await using client = await connected();
    const barrier = new Barrier(client, path);
    await barrier.set();
    const inVain = expect(barrier.waitOn({ timeoutMs: 200 })).rejects.toThrow(BarrierTimeoutError);
    await client.set(path, 'still');
    await inVain;
  });

  test('a wait ends with the reason of its signal', async () => {
    await using client = await connected();
    const barrier = new Barrier(client, path);
    await barrier.set();
    const giveUp = new AbortController();
    const waiting = barrier.waitOn({ signal: giveUp.signal });
    giveUp.abort(new Error('no longer wanted'));
    await expect(waiting).rejects.toThrow('no longer wanted');
    await expect(barrier.waitOn({ signal: giveUp.signal })).rejects.toThrow('no longer wanted');
  });

  test('isSet$ tells whether it is set, now and later', async () => {
    await using client = await connected();
    const barrier = new Barrier(client, path);
    using set = new Probe(barrier.isSet$);
    expect(await set.next()).toBe(false);
    await barrier.set();
    expect(await set.next()).toBe(true);
    await barrier.remove();
    expect(await set.next()).toBe(false);
  });

  test.each([
    ['a relative path', () => ({ where: 'barriers', options: {} }), 'Barrier.path'],
    ['a timeout of nothing', () => ({ where: path, options: { timeoutMs: 0 } }), 'Barrier.waitOn.timeoutMs'],
    ['an unknown option', () => ({ where: path, options: { timeout: 5 } }), 'Barrier.waitOn.timeout'],
  ])('%s is refused by name', async (_, given, field) => {
    await using client = await connected();
    const { where, options } = given();
    const refused = (async () => new Barrier(client, where).waitOn(options))();
    await expect(refused).rejects.toMatchObject({ name: 'InvalidArgumentError', field });
  });

  test('on a closed client it says so', async () => {
    const client = await connected();
    await client.close();
    const barrier = new Barrier(client, path);
    await Promise.all([barrier.set(), barrier.remove(), barrier.waitOn()].map((refused) => expect(refused).rejects.toThrow(ClosedError)));
  });
});

onEveryServer('DoubleBarrier', (connected) => {
  /** Members, but for `ready`, that are there. */
  async function members(client: Client): Promise<readonly string[]> {
    return (await client.children(path)).filter((name) => name !== 'ready');
  }

  /** Resolves when so many members are there. */
  async function gathered(client: Client, count: number): Promise<void> {
    await firstValueFrom(client.children$(path).pipe(filter((names) => names?.filter((name) => name !== 'ready').length === count)));
  }

  async function expectEmpty(client: Client): Promise<void> {
    await client.sync(path);
    expect(await client.children(path)).toEqual([]);
  }

  test('nobody goes in before all are there, and nobody is out before all leave', async () => {
    await using client = await connected();
    const clients = await Promise.all([1, 2, 3].map(() => connected(client)));
    const happened: string[] = [];
    const inside: Promise<void>[] = [];
    for (const [at, each] of clients.entries()) {
      await (at === 0 ? undefined : gathered(client, at));
      happened.push('comes');
      const run = new DoubleBarrier(each, path, 3).run(async (lease) => {
        happened.push('in');
        expect(lease.isValid()).toBe(true);
        await each.sync('/');
        happened.push('goes');
      });
      inside.push(run.then(() => void happened.push('out')));
    }
    await Promise.all(inside);
    expect(happened.slice(0, 3)).toEqual(['comes', 'comes', 'comes']);
    expect(happened.filter((what) => what === 'in' || what === 'goes')).toHaveLength(6);
    expect(happened.slice(-3)).toEqual(['out', 'out', 'out']);
    await expectEmpty(client);
    await Promise.all(clients.map((each) => each.close()));
  });

  test('round after round, through one instance', async () => {
    await using client = await connected();
    const barrier = new DoubleBarrier(client, path, 4);
    for (let round = 0; round < 5; round += 1) {
      let inside = 0;
      const turn = async () => {
        await barrier.run(() => {
          inside += 1;
        });
        expect(inside, 'nobody is out before all were in').toBe(4);
      };
      await Promise.all([1, 2, 3, 4].map(turn));
    }
    await expectEmpty(client);
  });

  test('more members than the size all go in, and all get out', async () => {
    await using client = await connected();
    const barrier = new DoubleBarrier(client, path, 3);
    await Promise.all(Array.from({ length: 7 }, () => barrier.run(() => client.sync('/'))));
    await expectEmpty(client);
  });

  test('one who comes while a round is under way goes in at once', async () => {
    await using client = await connected();
    const pair = new DoubleBarrier(client, path, 2);
    const round = await Promise.all([pair.enter(), pair.enter()]);
    const late = await pair.enter({ timeoutMs: 20_000 });
    await Promise.all([...round, late].map((attendance) => attendance.leave()));
    await expectEmpty(client);
  });

  test('a way in that is too long ends in time, and no member remains', async () => {
    const clock = new ManualClock();
    await using client = await connected(undefined, { clock });
    const barrier = new DoubleBarrier(client, path, 2);
    const late = expect(barrier.enter({ timeoutMs: 100 })).rejects.toMatchObject({ name: 'BarrierTimeoutError', path, timeoutMs: 100 });
    await gathered(client, 1);
    clock.advance(100);
    await late;
    await expectEmpty(client);
  });

  test('a way in ends with the reason of its signal, and no member remains', async () => {
    await using client = await connected();
    const barrier = new DoubleBarrier(client, path, 2);
    const giveUp = new AbortController();
    const entering = barrier.enter({ signal: giveUp.signal });
    await gathered(client, 1);
    giveUp.abort(new Error('no longer wanted'));
    await expect(entering).rejects.toThrow('no longer wanted');
    await expectEmpty(client);
    await expect(barrier.enter({ signal: giveUp.signal })).rejects.toThrow('no longer wanted');
  });

  test('one who does not wait long enough to leave has left all the same', async () => {
    await using client = await connected();
    const barrier = new DoubleBarrier(client, path, 2);
    const [one, other] = await Promise.all([barrier.enter(), barrier.enter()]);
    await expect(one.leave({ timeoutMs: 100 })).rejects.toThrow(BarrierTimeoutError);
    expect(one.lease.isValid()).toBe(false);
    await other.leave({ timeoutMs: 20_000 });
    await one.leave({ timeoutMs: 20_000 });
    await expectEmpty(client);
  });

  test('one who fails inside goes without waiting, and the error of the work wins', async () => {
    await using client = await connected();
    const barrier = new DoubleBarrier(client, path, 2);
    const companion = barrier.enter();
    await expect(barrier.run(() => Promise.reject(new RangeError('of the work')))).rejects.toThrow(RangeError);
    await (await companion).leave({ timeoutMs: 20_000 });
    await expectEmpty(client);
  });

  test.each(['while others wait to get in', 'while others leave'])('members that die %s are not waited for', async (when) => {
    await using client = await connected();
    const mortal = await connected(client);
    const barrier = new DoubleBarrier(client, path, 3);
    if (when === 'while others wait to get in') {
      const dying = expect(new DoubleBarrier(mortal, path, 3).enter()).rejects.toThrow();
      const early = barrier.enter();
      await gathered(client, 2);
      await mortal.close();
      await dying;
      await gathered(client, 1);
      const round = await Promise.all([early, barrier.enter(), barrier.enter()]);
      await Promise.all(round.map((attendance) => attendance.leave()));
    } else {
      const entering = [barrier.enter(), barrier.enter(), new DoubleBarrier(mortal, path, 3).enter()];
      const round = await Promise.all(entering);
      const leaving = round.slice(0, 2).map((attendance) => attendance.leave());
      await mortal.close();
      await Promise.all(leaving);
    }
    // Who is left after a death may not be the one who takes `ready` away; it opens to nobody.
    await client.sync(path);
    expect(await members(client)).toEqual([]);
  });

  test('what is left of a round whose members all died opens to nobody', async () => {
    await using client = await connected();
    const mortal = await connected(client);
    const theirs = new DoubleBarrier(mortal, path, 2);
    await Promise.all([theirs.enter(), theirs.enter()]);
    await mortal.close();
    expect(await client.children(path)).toEqual(['ready']);

    const barrier = new DoubleBarrier(client, path, 2);
    const early = barrier.enter();
    await gathered(client, 1);
    await client.sync('/');
    await client.sync('/');
    expect(await Promise.race([early, Promise.resolve('waits')])).toBe('waits');
    const round = await Promise.all([early, barrier.enter()]);
    await Promise.all(round.map((attendance) => attendance.leave()));
    await expectEmpty(client);
  });

  test('being woken for nothing lets nobody in', async () => {
    await using client = await connected();
    const barrier = new DoubleBarrier(client, path, 2);
    const [giveUp, reason] = [new AbortController(), new Error('no longer wanted')];
    const waiting = barrier.enter({ signal: giveUp.signal });
    const ended = waiting.catch((error: unknown) => error);
    await gathered(client, 1);
    const [own = ''] = await members(client);
    for (const data of ['a', 'b', 'c']) await client.set(`${path}/${own}`, data);
    await client.sync('/');
    expect(await Promise.race([ended, Promise.resolve('waits')])).toBe('waits');
    await client.create(`${path}/ready`);
    await client.delete(`${path}/ready`);
    giveUp.abort(reason);
    // A `ready` that is gone before it was looked at may have been seen or not.
    if ((await ended) !== reason) await (await waiting).leave();
    await expectEmpty(client);
  });

  test('one whose member somebody deletes comes again', async () => {
    await using client = await connected();
    const barrier = new DoubleBarrier(client, path, 2);
    const early = barrier.enter();
    await gathered(client, 1);
    const [own = ''] = await members(client);
    await client.delete(`${path}/${own}`);
    const round = await Promise.all([early, barrier.enter()]);
    expect(round.map(({ lease }) => lease.path)).not.toContain(`${path}/${own}`);
    await Promise.all(round.map((attendance: Attendance) => attendance.leave()));
    await expectEmpty(client);
  });

  test('a lost session is told: to one who waits, to one who is in, and to one who leaves', async () => {
    await using client = await connected();
    const mortal = await connected(client);
    const waiting = expect(new DoubleBarrier(mortal, path, 5).enter()).rejects.toSatisfy(
      (error) => error instanceof SessionLostError || error instanceof ClosedError,
    );
    await gathered(client, 1);
    const pair = new DoubleBarrier(mortal, `${path}/pair`, 2);
    const [one] = await Promise.all([pair.enter(), pair.enter()]);
    await mortal.close();
    await waiting;
    expect(one?.lease.isValid()).toBe(false);
    expect(one?.lease.signal.reason).toBeInstanceOf(LeaseLostError);
    await expect(one?.leave()).rejects.toThrow(LeaseLostError);
  });

  test.each([
    ['a relative path', { where: 'barriers' }, 'DoubleBarrier.path'],
    ['no size', { size: 0 }, 'DoubleBarrier.size'],
    ['a negative size', { size: -2 }, 'DoubleBarrier.size'],
    ['half a member', { size: 1.5 }, 'DoubleBarrier.size'],
    ['an unknown option', { options: { members: 3 } }, 'DoubleBarrier.options.members'],
    ['an identity that is no text', { options: { id: 7 } }, 'DoubleBarrier.options.id'],
  ])('%s is refused by name', async (_, given: { where?: string; size?: number; options?: object }, field) => {
    await using client = await connected();
    const { where = path, size = 2, options = {} } = given;
    expect(() => new DoubleBarrier(client, where, size, options)).toThrow(expect.objectContaining({ name: 'InvalidArgumentError', field }));
  });

  test.each([{ timeoutMs: -1 }, { signal: {} }, { timeout: 5 }])('enter refuses %o by name', async (options) => {
    await using client = await connected();
    await expect(new DoubleBarrier(client, path, 2).enter(options as object)).rejects.toThrow(InvalidArgumentError);
  });
});
