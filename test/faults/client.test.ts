import { expect } from 'vitest';
import { type Client, joinPath, OutcomeUnknownError, SessionLostError } from '../../src/index.ts';
import { Probe } from '../support/probe.ts';
import { sweepFaults } from '../support/sweep.ts';

/** Undefined if nobody can tell what became of it; any other failure is the test's. */
async function unlessUnknown<T>(writing: Promise<T>): Promise<T | undefined> {
  try {
    return await writing;
  } catch (error) {
    expect(error).toBeInstanceOf(OutcomeUnknownError);
    return undefined;
  }
}

sweepFaults('a create, a set and a delete of any version are done once, told or unknown', {
  mayStay: [],
  async play(world) {
    const client = await world.client();
    await unlessUnknown(client.create('/a', 'x'));
    const stat = await client.set('/a', 'y');
    expect(stat.version).toBe(1);
    expect((await client.get('/a')).data.toString()).toBe('y');
    await unlessUnknown(client.delete('/a'));
    expect(await client.exists('/a')).toBeNull();
  },
});

sweepFaults('an ephemeral create bound to a session is made in that one or not at all', {
  mayStay: [],
  async play(world, ends) {
    const client = await world.client();
    const session = await client.connected();
    try {
      const { stat } = await client.create('/e', '', { mode: 'ephemeral', session });
      expect(stat.ephemeralOwner).toBe(session.id);
      await client.delete('/e', { session, idempotent: true });
    } catch (error) {
      expect(ends).not.toBe('none');
      expect(error).toBeInstanceOf(SessionLostError);
      expect(session.isValid()).toBe(false);
    }
  },
});

sweepFaults('a versioned set and delete are done, refused or unknown, and never lie', {
  mayStay: [],
  async play(world) {
    const client = await world.client();
    await client.create('/a', '0', { idempotent: true });
    const stored = await unlessUnknown(client.set('/a', '1', { version: 0 }));
    const { data, stat } = await client.get('/a');
    if (stored !== undefined) expect([data.toString(), stored.version]).toEqual(['1', 1]);
    expect([0, 1]).toContain(stat.version);
    await unlessUnknown(client.delete('/a', { version: stat.version }));
    expect(await client.exists('/a')).toBeNull();
  },
});

sweepFaults('two who count by compare-and-set lose no count', {
  mayStay: [],
  async play(world) {
    const clients = [await world.client(), await world.client()];
    const [first] = clients;
    await first?.create('/n', '0', { idempotent: true });
    const counted = await Promise.all(clients.map((client) => count(client, '/n', 3)));
    const value = Number((await first?.get('/n'))?.data);
    const sum = (what: 'done' | 'unknown') => counted.reduce((total, each) => total + each[what], 0);
    expect(value).toBeGreaterThanOrEqual(sum('done'));
    expect(value).toBeLessThanOrEqual(sum('done') + sum('unknown'));
    await first?.deleteAll('/n');
  },
});

async function count(client: Client, path: string, times: number): Promise<{ done: number; unknown: number }> {
  const counted = { done: 0, unknown: 0 };
  while (counted.done + counted.unknown < times) {
    const { data, stat } = await client.get(path);
    try {
      await client.set(path, String(Number(data) + 1), { version: stat.version });
      counted.done += 1;
    } catch (error) {
      if (error instanceof OutcomeUnknownError) counted.unknown += 1;
      else expect(error).toMatchObject({ name: 'BadVersionError' });
    }
  }
  return counted;
}

sweepFaults('protected creates make one znode each, in their order', {
  mayStay: [],
  async play(world) {
    const client = await world.client();
    await unlessUnknown(client.create('/q'));
    const made = await Promise.all([0, 1, 2].map((n) => client.create('/q/n-', String(n), { mode: 'persistent-sequential' })));
    expect(world.server.paths().filter((path) => path.startsWith('/q/'))).toEqual(made.map(({ path }) => path).sort());
    await client.deleteAll('/q');
  },
});

sweepFaults('sequential creates without protection make one znode each, told or unknown', {
  mayStay: [],
  async play(world) {
    const client = await world.client();
    await unlessUnknown(client.create('/q'));
    for (const data of ['a', 'b']) {
      await unlessUnknown(client.create('/q/n-', data, { mode: 'persistent-sequential', protect: false }));
    }
    // Nobody else puts children there, so that it can be told when none was made.
    expect(await client.children('/q')).toHaveLength(2);
    await client.deleteAll('/q');
  },
});

sweepFaults('a protected create that is given up leaves nothing behind', {
  mayStay: [],
  async play(world) {
    const client = await world.client();
    await unlessUnknown(client.create('/q'));
    const giveUp = new AbortController();
    const underWay = world.server.requests$.subscribe(({ path }) => {
      if (path?.startsWith('/q/') === true) giveUp.abort(new Error('enough'));
    });
    await expect(client.create('/q/n-', '', { mode: 'persistent-sequential', signal: giveUp.signal })).rejects.toThrow('enough');
    underWay.unsubscribe();
    await world.closeClients();
    const other = await world.client();
    expect(await other.children('/q')).toEqual([]);
    await other.deleteAll('/q');
  },
});

sweepFaults('a transaction is done or not, as a whole', {
  mayStay: [],
  async play(world) {
    const client = await world.client();
    await unlessUnknown(
      client.transaction([
        { op: 'create', path: '/a' },
        { op: 'create', path: '/a/b' },
      ]),
    );
    const paths = world.server.paths();
    expect([[], ['/a', '/a/b']]).toContainEqual(paths);
    await client.deleteAll('/a');
  },
});

sweepFaults('parents are made, and subtrees deleted, through every fault', {
  mayStay: [],
  async play(world) {
    const client = await world.client({ namespace: 'ns' });
    await unlessUnknown(client.create('/a/b/c', 'x', { parents: true }));
    await client.ensurePath('/a/d');
    expect(world.server.paths()).toEqual(['/ns', '/ns/a', '/ns/a/b', '/ns/a/b/c', '/ns/a/d']);
    const whole = client.usingNamespace('');
    await whole.deleteAll('/ns');
  },
});

sweepFaults('who follows data and children sees the last of both, and never an older one', {
  mayStay: [],
  async play(world) {
    const [writer, reader] = [await world.client(), await world.client()];
    await unlessUnknown(writer.create('/a', '0'));
    using data = new Probe(reader.data$('/a'));
    using children = new Probe(reader.children$('/a'));
    await data.next();
    await children.next();
    for (const n of [1, 2, 3]) {
      await writer.set('/a', String(n));
      await unlessUnknown(writer.create(joinPath('/a', String(n))));
    }
    let last = 0;
    await data.until((value) => {
      const now = Number(value?.data);
      expect(now).toBeGreaterThan(last);
      last = now;
      return now === 3;
    });
    let known = 0;
    await children.until((list) => {
      expect(list?.length).toBeGreaterThan(known);
      known = list?.length ?? 0;
      return known === 3;
    });
    await writer.deleteAll('/a');
    await data.until((value) => value === null);
    await children.until((list) => list === null);
  },
});

sweepFaults('a wait for a change wakes up', {
  mayStay: [],
  async play(world) {
    const [writer, waiter] = [await world.client(), await world.client()];
    await unlessUnknown(writer.create('/a'));
    let questions = 0;
    const asked = world.server.requests$.subscribe(({ operation }) => {
      if (operation === 'getData') questions += 1;
    });
    const waiting = waiter.whenChanged('/a');
    await waiter.exists('/a');
    await writer.deleteAll('/a');
    const answer = await waiting;
    asked.unsubscribe();
    // A question that was turned away for overload is asked again, by when the znode may be gone.
    expect(questions > 1 ? ['changed', 'missing'] : ['changed']).toContain(answer);
    // Where the question itself is lost, the answer is to look again.
    expect(await waiter.exists('/a')).toBeNull();
    expect(['missing', 'changed']).toContain(await waiter.whenChanged('/a'));
  },
});

sweepFaults('a wait for a change that is given up leaves no watch', {
  mayStay: ['/a'],
  async play(world) {
    const client = await world.client();
    await unlessUnknown(client.create('/a'));
    const giveUp = new AbortController();
    const waiting = client.whenChanged('/a', { signal: giveUp.signal });
    const settled = waiting.catch((error: unknown) => error);
    // Served after the question that sets the watch.
    await client.sync('/a');
    giveUp.abort(new Error('enough'));
    // Or a gap has woken it before.
    expect([giveUp.signal.reason, 'changed']).toContain(await settled);
  },
});
