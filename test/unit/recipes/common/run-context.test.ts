import { AsyncResource } from 'node:async_hooks';
import { expect, test } from 'vitest';
import { RunContext } from '../../../../recipes/common/run-context.ts';

/** Looks again, whenever it is called, in the context in which it was made. */
function viewFrom(context: RunContext<string>): () => readonly string[] {
  return AsyncResource.bind(() => context.all);
}

test('runs are told from within, the innermost first, through awaits', async () => {
  const context = new RunContext<string>();
  await context.run('outer', async () => {
    await Promise.resolve();
    expect(context.innermost).toBe('outer');
    await context.run('inner', async () => {
      await Promise.resolve();
      expect(context.all).toEqual(['inner', 'outer']);
      expect(context.innermost).toBe('inner');
    });
    expect(context.all).toEqual(['outer']);
  });
  expect(context.all).toEqual([]);
  expect(context.innermost).toBeUndefined();
});

test('what was begun in a run is outside of it once it is over, and still inside those around it', async () => {
  const context = new RunContext<string>();
  const views: (() => readonly string[])[] = [];
  await context.run('outer', async () => {
    await context.run('middle', () => context.run('inner', () => void views.push(viewFrom(context))));
    expect(views[0]?.()).toEqual(['outer']);
  });
  expect(views[0]?.()).toEqual([]);
});

test('a run inside one that is over before it is over by itself', async () => {
  const context = new RunContext<string>();
  let [end, view] = [() => {}, (): readonly string[] => []];
  let inner = Promise.resolve();
  await context.run('outer', () => {
    inner = context.run('inner', async () => {
      view = viewFrom(context);
      await new Promise<void>((resolve) => {
        end = resolve;
      });
    });
    expect(view()).toEqual(['inner', 'outer']);
  });
  expect(view()).toEqual(['inner']);
  end();
  await inner;
  expect(view()).toEqual([]);
});

test('siblings do not see each other', async () => {
  const context = new RunContext<string>();
  const seen = await context.run('outer', () => Promise.all(['a', 'b'].map((name) => context.run(name, async () => context.all))));
  expect(seen).toEqual([
    ['a', 'outer'],
    ['b', 'outer'],
  ]);
});

test('a run is over however its work ends', async () => {
  const context = new RunContext<string>();
  const error = new Error('a bug');
  let view = (): readonly string[] => [];
  const failing = context.run('run', () => {
    view = viewFrom(context);
    throw error;
  });
  await expect(failing).rejects.toBe(error);
  expect(view()).toEqual([]);
});
