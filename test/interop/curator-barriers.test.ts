import { filter, firstValueFrom } from 'rxjs';
import { expect, test } from 'vitest';
import { Barrier, DoubleBarrier } from '../../recipes/index.ts';
import type { Client } from '../../src/index.ts';
import { besideCurator } from '../support/beside-curator.ts';

/** Resolves when so many members are there. */
async function gathered(client: Client, path: string, count: number): Promise<void> {
  const membersOf = (names: readonly string[] | null) => (names ?? []).filter((name) => name !== 'ready').length;
  await firstValueFrom(client.children$(path).pipe(filter((names) => membersOf(names) === count)));
}

besideCurator('Barrier and DistributedBarrier', (peers) => {
  test('what one sets holds the other up, until either removes it', { timeout: 60_000 }, async (context) => {
    const { java, connected } = await peers(context);
    await using client = await connected();
    const [ours, theirs] = [new Barrier(client, '/barrier'), java.barrier('/barrier')];
    await ours.set();
    expect(await theirs.wait({ timeoutMs: 50 })).toBe(false);
    const javaWaits = theirs.wait({ thread: 'waiter' });
    await ours.remove();
    expect(await javaWaits).toBe(true);

    await theirs.set();
    await expect(ours.waitOn({ timeoutMs: 50 })).rejects.toThrow('/barrier');
    const weWait = ours.waitOn();
    await theirs.remove();
    await weWait;
    expect(await client.exists('/barrier')).toBeNull();
  });
});

besideCurator('DoubleBarrier and DistributedDoubleBarrier', (peers) => {
  test('members of both kinds go in together and out together, round after round', { timeout: 60_000 }, async (context) => {
    const { java, connected } = await peers(context);
    await using client = await connected();
    const path = '/double';
    const barrier = new DoubleBarrier(client, path, 4);
    for (let round = 0; round < 3; round += 1) {
      const theirs = ['a', 'b'].map((name) => ({ thread: name, member: java.doubleBarrier(path, 4, `${name}${round}`) }));
      const javaIn = theirs.map(({ thread, member }) => member.enter({ thread }));
      await gathered(client, path, 2);
      const weAreIn = [barrier.enter(), barrier.enter()];
      expect(await Promise.all(javaIn)).toEqual([true, true]);
      const attendances = await Promise.all(weAreIn);

      let isOut = false;
      const javaOut = theirs.map(({ thread, member }) =>
        member.leave({ thread }).then((inTime) => {
          isOut = true;
          return inTime;
        }),
      );
      await client.sync('/');
      expect(isOut, 'before we leave').toBe(false);
      await Promise.all(attendances.map((attendance) => attendance.leave({ timeoutMs: 20_000 })));
      expect(await Promise.all(javaOut)).toEqual([true, true]);
      await gathered(client, path, 0);
    }
  });
});
