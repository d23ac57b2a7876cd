import { filter, firstValueFrom } from 'rxjs';
import { expect, test } from 'vitest';
import { findDeadlocks, MultiLock, Mutex, Semaphore } from '../../recipes/index.ts';
import { type Client, DeadlockError } from '../../src/index.ts';
import { onEveryServer } from '../support/servers.ts';

const root = '/locks';

/** Resolves when so many stand in line. */
async function queued(client: Client, directory: string, count: number): Promise<void> {
  await firstValueFrom(client.children$(directory).pipe(filter((children) => children?.length === count)));
}

/** Holds the first lock, and in it waits for the second. Who is called so is told by `id`. */
class Nested {
  readonly #giveUp = new AbortController();
  readonly holds: Promise<void>;
  readonly #goOn: () => void;
  readonly #outcome: Promise<PromiseSettledResult<string>>;

  constructor(outer: { run: Mutex['run'] }, inner: { run: Mutex['run'] }, deadlock?: 'detect' | { afterMs: number }) {
    let goOn = () => {};
    const mayGoOn = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    this.#goOn = goOn;
    let isHeld = () => {};
    this.holds = new Promise((resolve) => {
      isHeld = resolve;
    });
    const running = outer.run(async () => {
      isHeld();
      await mayGoOn;
      return await inner.run(() => 'both', { signal: this.#giveUp.signal, deadlock });
    });
    this.#outcome = Promise.allSettled([running]).then(([settled]) => settled);
  }

  goOn(): void {
    this.#goOn();
  }

  giveUp(): void {
    this.#giveUp.abort(new Error('given up'));
  }

  get outcome(): Promise<PromiseSettledResult<string>> {
    return this.#outcome;
  }
}

onEveryServer('deadlocks', (connected) => {
  test('two that hold what the other wants are found, and who waits for what is told', async () => {
    await using one = await connected();
    await using other = await connected(one);
    const a = (client: Client, id: string) => new Mutex(client, `${root}/a`, { id });
    const b = (client: Client, id: string) => new Mutex(client, `${root}/b`, { id });
    const first = new Nested(a(one, 'first'), b(one, 'first'));
    const second = new Nested(b(other, 'second'), a(other, 'second'));
    await Promise.all([first.holds, second.holds]);
    expect(await findDeadlocks(one, root)).toEqual([]);
    first.goOn();
    await queued(one, `${root}/b`, 2);
    expect(await findDeadlocks(one)).toEqual([]);
    second.goOn();
    await queued(one, `${root}/a`, 2);
    const [deadlock, ...others] = await findDeadlocks(one, root);
    expect(others).toEqual([]);
    expect(deadlock).toMatchObject([
      { id: 'second', sessionId: other.session?.id, waitsFor: `${root}/a`, waitingNode: expect.stringContaining(`${root}/a/`) },
      { id: 'first', sessionId: one.session?.id, waitsFor: `${root}/b`, blockedBy: expect.stringContaining(`${root}/b/`) },
    ]);
    expect(await findDeadlocks(one, `${root}/a`)).toEqual([]);
    second.giveUp();
    expect(await first.outcome).toMatchObject({ status: 'fulfilled' });
    expect(await findDeadlocks(one)).toEqual([]);
  });

  test('told to detect, exactly one of a circle of four gives up, and the others go on', async () => {
    await using client = await connected();
    const ring = ['a', 'b', 'c', 'd'];
    const lock = (name: string | undefined) => new Mutex(client, `${root}/${name}`, { id: `who holds ${name}` });
    const members = ring.map((name, index) => new Nested(lock(name), lock(ring[(index + 1) % ring.length]), { afterMs: 50 }));
    await Promise.all(members.map(({ holds }) => holds));
    for (const member of members) member.goOn();
    const outcomes = await Promise.all(members.map(({ outcome }) => outcome));
    const victims = outcomes.filter((outcome) => outcome.status === 'rejected');
    expect(victims).toHaveLength(1);
    expect(victims[0]?.reason).toBeInstanceOf(DeadlockError);
    expect(victims[0]?.reason.members).toHaveLength(4);
    for (const name of ring) expect(await client.children(`${root}/${name}`)).toEqual([]);
  });

  test('an owner that waits for itself at a semaphore is told so', async () => {
    await using client = await connected();
    const pool = new Semaphore(client, `${root}/pool`, 1);
    const nested = pool.run(() => pool.run(() => {}, { deadlock: { afterMs: 20 } }));
    await expect(nested).rejects.toMatchObject({ name: 'DeadlockError', path: `${root}/pool`, members: [{ waitsFor: `${root}/pool` }] });
    expect(await client.children(`${root}/pool/leases`)).toEqual([]);
    expect(await client.children(`${root}/pool/locks`)).toEqual([]);
  });

  test('who waits at a semaphore is not in a deadlock while one of its holders can go on', async () => {
    await using client = await connected();
    const pool = (id: string): Semaphore => new Semaphore(client, `${root}/pool`, 2, { id });
    const mutex = (id: string): Mutex => new Mutex(client, `${root}/a`, { id });
    await using free = await pool('free').acquire();
    const stuck = new Nested(pool('stuck'), mutex('stuck'));
    await stuck.holds;
    const waiting = new Nested(mutex('waiting'), pool('waiting'));
    await waiting.holds;
    waiting.goOn();
    await queued(client, `${root}/pool/locks`, 1);
    await queued(client, `${root}/pool/leases`, 3);
    stuck.goOn();
    await queued(client, `${root}/a`, 2);
    expect(await findDeadlocks(client, root)).toEqual([]);
    await free.release();
    expect((await waiting.outcome).status).toBe('fulfilled');
    expect((await stuck.outcome).status).toBe('fulfilled');
  });

  test('who takes locks in another order than a MultiLock finds out, and the MultiLock goes on', async () => {
    await using client = await connected();
    const [a, b] = [new Mutex(client, `${root}/a`), new Mutex(client, `${root}/b`)];
    const nested = new Nested(b, a, { afterMs: 50 });
    await nested.holds;
    const both = new MultiLock(client, [b, a]).run(() => 'both');
    await queued(client, `${root}/b`, 2);
    nested.goOn();
    expect(await nested.outcome).toMatchObject({ status: 'rejected', reason: { members: [{ waitsFor: a.path }, { waitsFor: b.path }] } });
    expect(await both).toBe('both');
  });

  test('a wait that is in no deadlock goes on after the look', async () => {
    await using client = await connected();
    const mutex = new Mutex(client, `${root}/a`);
    const held = await mutex.acquire();
    const waiting = mutex.acquire({ owner: {}, deadlock: { afterMs: 1 } });
    await queued(client, `${root}/a`, 2);
    await held.release();
    await (await waiting).release();
  });

  test.each([
    [{ deadlock: 'avoid' }, 'deadlock'],
    [{ deadlock: { afterMs: 0 } }, 'deadlock'],
    [{ deadlock: { root: 'locks' } }, 'deadlock'],
  ])('%o is refused by name', async (options, field) => {
    await using client = await connected();
    const refused = new Mutex(client, `${root}/a`).acquire(options as object);
    await expect(refused).rejects.toMatchObject({ name: 'InvalidArgumentError', field: expect.stringContaining(`Mutex.acquire.${field}`) });
  });
});
