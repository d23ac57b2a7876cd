import { filter, firstValueFrom, skip } from 'rxjs';
import { expect, test } from 'vitest';
import { type LatchState, LeaderLatch, LeaderSelector } from '../../recipes/index.ts';
import type { Client } from '../../src/index.ts';
import { besideCurator } from '../support/beside-curator.ts';
import { namesAt } from '../support/names-at.ts';

/** Resolves when so many stand in line. */
async function queued(client: Client, path: string, count: number): Promise<void> {
  await firstValueFrom(client.children$(path).pipe(filter((children) => (children?.length ?? 0) === count)));
}

async function when(latch: LeaderLatch, kind: LatchState['kind']): Promise<void> {
  await firstValueFrom(latch.state$.pipe(filter((state) => state.kind === kind)));
}

besideCurator('LeaderLatch and Curator’s', (peers) => {
  test('they lead in the order of arrival, one at a time, and know each other by id', { timeout: 60_000 }, async (context) => {
    const { java, connected } = await peers(context);
    await using client = await connected();
    const path = '/latch';
    await using ours = new LeaderLatch(client, path, { id: 'ours' });
    const theirs = java.latch(path, 'theirs');
    ours.start();
    await when(ours, 'leading');
    await theirs.start();
    await queued(client, path, 2);
    expect((await ours.participants()).map(({ id, holds }) => ({ id, leads: holds }))).toEqual([
      { id: 'ours', leads: true },
      { id: 'theirs', leads: false },
    ]);
    expect(await theirs.participants()).toEqual(
      expect.arrayContaining([
        { id: 'ours', leads: true },
        { id: 'theirs', leads: false },
      ]),
    );
    expect(await theirs.leader()).toBe('ours');
    expect(await theirs.hasLeadership()).toBe(false);

    await ours.yield();
    await java.event('leading', path);
    expect(ours.hasLeadership).toBe(false);
    await when(ours, 'waiting');
    expect((await firstValueFrom(ours.leader$))?.id).toBe('theirs');

    await theirs.close();
    await when(ours, 'leading');
    await ours.close();
    expect(await namesAt(client, path)).toEqual([]);
  });

  test('when a Java leader crashes, ours leads after the end of its session', { timeout: 60_000 }, async (context) => {
    const { startJava, connected } = await peers(context);
    await using client = await connected();
    await using java = await startJava({ sessionTimeoutMs: 4_000 });
    const path = '/latch-crash';
    await java.latch(path, 'mortal').start();
    await java.event('leading', path);
    await using ours = new LeaderLatch(client, path);
    ours.start();
    await when(ours, 'waiting');
    java.signal('SIGKILL');
    await when(ours, 'leading');
    expect(await client.children(path)).toHaveLength(1);
  });
});

besideCurator('LeaderSelector and Curator’s', (peers) => {
  test('they take turns, and know each other by id', { timeout: 60_000 }, async (context) => {
    const { java, connected } = await peers(context);
    await using client = await connected();
    const path = '/selector';
    const theirs = java.selector(path, 'theirs');
    await theirs.start();
    await java.event('leading', path);
    const ours = new LeaderSelector(client, path, { id: 'ours' });
    const run = ours.run(async () => {
      expect(await theirs.hasLeadership()).toBe(false);
      expect(await theirs.leader()).toBe('ours');
      const again = theirs.requeue();
      await queued(client, path, 2);
      await again;
      return 'our turn';
    });
    await queued(client, path, 2);
    expect((await ours.participants()).map(({ id, holds }) => ({ id, holds }))).toEqual([
      { id: 'theirs', holds: true },
      { id: 'ours', holds: false },
    ]);
    expect(ours.hasLeadership).toBe(false);
    await theirs.endTerm();
    expect(await run).toBe('our turn');
    await firstValueFrom(
      java.events$.pipe(
        filter(({ event, path: where }) => event === 'leading' && where === path),
        skip(1),
      ),
    );
    await theirs.endTerm();
    await queued(client, path, 0);
    await theirs.close();
  });
});
