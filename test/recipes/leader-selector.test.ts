import { filter, firstValueFrom } from 'rxjs';
import { expect, test } from 'vitest';
import { LeaderSelector, Mutex } from '../../recipes/index.ts';
import { type Client, ClosedError, InvalidArgumentError, LeaseLostError, whenAborted } from '../../src/index.ts';
import { onEveryServer } from '../support/servers.ts';

const path = '/leaders/compaction';

/** Resolves when `signal` aborts, or has. */
async function aborted(signal: AbortSignal): Promise<void> {
  await new Promise((resolve) => whenAborted(signal, resolve));
}

onEveryServer('LeaderSelector', (connected) => {
  async function queued(client: Client, count: number): Promise<void> {
    await firstValueFrom(client.children$(path).pipe(filter((children) => (children?.length ?? 0) === count)));
  }

  test('each has its turn, in the order of arrival, one at a time', async () => {
    await using client = await connected();
    // Else those who come first make it, and are not first in line.
    await client.ensurePath(path);
    const selectors = [1, 2, 3].map((number) => new LeaderSelector(client, path, { id: String(number) }));
    const turns: number[] = [];
    let leading = 0;
    const runs = selectors.map((selector, at) =>
      selector.run(async (lease) => {
        leading += 1;
        expect(leading).toBe(1);
        expect(selector.hasLeadership).toBe(true);
        expect(lease.isValid()).toBe(true);
        turns.push(at);
        await client.sync('/');
        leading -= 1;
        return at;
      }),
    );
    expect(await Promise.all(runs)).toEqual([0, 1, 2]);
    expect(turns).toEqual([0, 1, 2]);
    expect(selectors.some((selector) => selector.hasLeadership)).toBe(false);
    expect(await client.children(path)).toEqual([]);
  });

  test('with autoRequeue two take turns until they are told to stop', async () => {
    await using client = await connected();
    await client.ensurePath(path);
    const stop = new AbortController();
    const turns: string[] = [];
    const take = (id: string) =>
      new LeaderSelector(client, path, { id }).run(
        async () => {
          if (turns.length === 0) await queued(client, 2);
          turns.push(id);
          if (turns.length === 6) stop.abort(new Error('enough turns'));
        },
        { autoRequeue: true, signal: stop.signal },
      );
    const runs = await Promise.allSettled([take('a'), take('b')]);
    expect(turns).toEqual(['a', 'b', 'a', 'b', 'a', 'b']);
    expect(runs).toMatchObject([{ reason: { message: 'enough turns' } }, { reason: { message: 'enough turns' } }]);
    await client.sync(path);
    expect(await client.children(path)).toEqual([]);
  });

  test('an interrupted leader is told, awaited, and makes way', async () => {
    await using client = await connected();
    const [first, second] = [new LeaderSelector(client, path), new LeaderSelector(client, path)];
    const happened: string[] = [];
    const interrupted = expect(
      first.run(async (lease, signal) => {
        await aborted(signal);
        expect(lease.isValid()).toBe(false);
        await client.sync('/');
        happened.push('first has stopped');
      }),
    ).rejects.toThrow(LeaseLostError);
    await queued(client, 1);
    const next = second.run(() => void happened.push('second leads'));
    await queued(client, 2);
    first.interrupt();
    first.interrupt();
    await interrupted;
    await next;
    expect(happened).toEqual(['first has stopped', 'second leads']);
  });

  test('interrupted twice in a row, one with autoRequeue goes on taking turns', async () => {
    await using client = await connected();
    const selector = new LeaderSelector(client, path);
    const stop = new AbortController();
    let turns = 0;
    const running = selector.run(
      async (_, signal) => {
        turns += 1;
        if (turns === 3) stop.abort(new Error('enough'));
        else selector.interrupt();
        selector.interrupt();
        await aborted(signal);
      },
      { autoRequeue: true, signal: stop.signal },
    );
    await expect(running).rejects.toThrow('enough');
    expect(turns).toBe(3);
    selector.interrupt();
  });

  test('the error of the work wins and ends the run, with autoRequeue too', async () => {
    await using client = await connected();
    const selector = new LeaderSelector(client, path);
    const failing = selector.run(() => Promise.reject(new RangeError('of the work')), { autoRequeue: true });
    await expect(failing).rejects.toThrow(RangeError);
    expect(await client.children(path)).toEqual([]);
  });

  test('one whose znode somebody deletes leads no more', async () => {
    await using client = await connected();
    const selector = new LeaderSelector(client, path);
    const running = selector.run(async (lease, signal) => {
      await client.delete(lease.path);
      await aborted(signal);
      expect(selector.hasLeadership).toBe(false);
    });
    await expect(running).rejects.toThrow(LeaseLostError);
  });

  test('a mutex at the path excludes leaders, and the participants are told with their ids', async () => {
    await using client = await connected();
    const selector = new LeaderSelector(client, path, { id: 'selector' });
    const lease = await new Mutex(client, path, { id: 'mutex' }).acquire();
    const running = selector.run(() => 'led');
    await queued(client, 2);
    expect((await selector.participants()).map(({ id, holds }) => ({ id, holds }))).toEqual([
      { id: 'mutex', holds: true },
      { id: 'selector', holds: false },
    ]);
    expect((await firstValueFrom(selector.leader$))?.id).toBe('mutex');
    await lease.release();
    expect(await running).toBe('led');
  });

  test('a closed client ends it, and the work is told', async () => {
    const client = await connected();
    const running = new LeaderSelector(client, path).run(
      async (_, signal) => {
        // It never rejects.
        void client.close();
        await aborted(signal);
      },
      { autoRequeue: true },
    );
    await expect(running).rejects.toThrow(ClosedError);
  });

  test.each([
    ['a relative path', () => ({ where: 'leaders', options: {}, run: {} }), 'LeaderSelector.path'],
    ['an identity that is no text', () => ({ where: path, options: { id: 7 }, run: {} }), 'LeaderSelector.options.id'],
    ['requeueing by text', () => ({ where: path, options: {}, run: { autoRequeue: 'yes' } }), 'LeaderSelector.run.autoRequeue'],
    ['an unknown option', () => ({ where: path, options: {}, run: { requeue: true } }), 'LeaderSelector.run.requeue'],
  ])('%s is refused by name', async (_, given, field) => {
    await using client = await connected();
    const { where, options, run } = given();
    // As a caller without types would.
    const refused = (async () => new LeaderSelector(client, where, options as object).run(() => {}, run as object))();
    await expect(refused).rejects.toThrow(InvalidArgumentError);
    await expect(refused).rejects.toMatchObject({ field });
  });
});
