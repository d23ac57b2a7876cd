import { filter, firstValueFrom } from 'rxjs';
import { expect, test } from 'vitest';
import { AtomicLong, CachedAtomicLong, Mutex, SharedCount } from '../../recipes/index.ts';
import { none } from '../../src/index.ts';
import { besideCurator } from '../support/beside-curator.ts';

const patience = { timeout: 60_000 };

besideCurator('AtomicLong and DistributedAtomicLong', (peers) => {
  test('each goes on where the other has left off', patience, async (context) => {
    const { java, connected } = await peers(context);
    await using client = await connected();
    const [ours, theirs] = [new AtomicLong(client, '/long', { as: 'bigint' }), java.atomicLong('/long')];
    expect(await ours.add(5n)).toMatchObject({ before: 0n, after: 5n });
    expect(await theirs.add(-7n)).toEqual({ succeeded: true, before: 5n, after: -2n });
    expect(await ours.add(2n ** 62n)).toMatchObject({ before: -2n, after: 2n ** 62n - 2n });
    expect(await theirs.get()).toMatchObject({ after: 2n ** 62n - 2n });
    expect(await theirs.compareAndSet(2n ** 62n - 2n, 9n)).toMatchObject({ succeeded: true });
    expect(await theirs.compareAndSet(8n, 10n)).toMatchObject({ succeeded: false });
    expect(await ours.compareAndSet(9n, 10n)).toMatchObject({ succeeded: true, before: 9n });
    expect(await ours.compareAndSet(9n, 11n)).toMatchObject({ succeeded: false, before: 10n });
    expect(await theirs.trySet(11n)).toMatchObject({ succeeded: true, before: 10n, after: 11n });
    await ours.forceSet(-1n);
    expect(await theirs.add(1n)).toMatchObject({ before: -1n, after: 0n });
    await theirs.forceSet(3n);
    expect(await ours.trySet(4n)).toMatchObject({ before: 3n, after: 4n });
  });

  test('of both, whoever comes first initializes it', patience, async (context) => {
    const { java, connected } = await peers(context);
    await using client = await connected();
    expect(await java.atomicLong('/theirs').initialize(7n)).toBe(true);
    expect(await new AtomicLong(client, '/theirs').initialize(8)).toMatchObject({ succeeded: false, before: 7 });
    expect(await new AtomicLong(client, '/ours').initialize(7)).toMatchObject({ succeeded: true });
    expect(await java.atomicLong('/ours').initialize(8n)).toBe(false);
  });

  for (const lockPath of [undefined, '/locked-lock']) {
    test(
      `both count at a time, ${lockPath === undefined ? 'without a lock' : 'under one lock'}, and nothing is lost`,
      patience,
      async (context) => {
        const { java, connected } = await peers(context);
        await using client = await connected();
        const path = lockPath === undefined ? '/contended' : '/locked';
        const ours = new AtomicLong(client, path, lockPath === undefined ? {} : { retry: none, lock: new Mutex(client, lockPath) });
        const theirs = java.atomicLong(path, lockPath === undefined ? {} : { lockPath });
        let theirSum = 0n;
        const turns = Array.from({ length: 50 });
        await Promise.all([
          (async () => {
            for (const _ of turns) await ours.increment();
          })(),
          (async () => {
            // It gives up now and then.
            for (const _ of turns) if ((await theirs.add(1000n)).succeeded) theirSum += 1000n;
          })(),
        ]);
        expect(theirSum).toBeGreaterThan(0n);
        expect(await ours.get({ sync: true })).toBe(50 + Number(theirSum));
      },
    );
  }

  test('numbers in blocks are different from those that Java takes one by one', patience, async (context) => {
    const { java, connected } = await peers(context);
    await using client = await connected();
    const ids = new CachedAtomicLong(client, '/ids', { block: 3 });
    const numbers: number[] = [];
    for (let turn = 0; turn < 5; turn += 1) {
      numbers.push(await ids.next());
      const { after } = await java.atomicLong('/ids').add(1n);
      numbers.push(Number(after));
    }
    expect(new Set(numbers).size).toBe(10);
  });
});

besideCurator('SharedCount of both', (peers) => {
  test('each sees what the other sets, and neither sets what it has not seen', patience, async (context) => {
    const { java, connected } = await peers(context);
    await using client = await connected();
    const theirs = java.count('/count', 5);
    expect(await theirs.get()).toBe(5);
    const ours = new SharedCount(client, '/count', { seed: 6 });
    const known = await ours.get({ sync: true });
    expect(known.value).toBe(5);
    const seen = firstValueFrom(ours.value$.pipe(filter(({ value }) => value === -3)));
    await theirs.set(-3);
    await seen;
    expect(await ours.trySet(known, 1)).toBeNull();
    const told = firstValueFrom(java.events$.pipe(filter(({ event, value }) => event === 'count' && value === 70_000)));
    expect(await ours.set(70_000)).toMatchObject({ value: 70_000 });
    await told;
    expect(await theirs.trySet(8)).toBe(true);
    expect((await ours.get({ sync: true })).value).toBe(8);
  });
});
