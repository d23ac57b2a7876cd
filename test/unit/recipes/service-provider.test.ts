import { Subject } from 'rxjs';
import { expect, test } from 'vitest';
import type { FoundInstance } from '../../../recipes/discovery/service-instance.ts';
import { ServiceProvider, type ServiceProviderOptions } from '../../../recipes/discovery/service-provider.ts';
import { NoInstanceError, ProviderClosedError } from '../../../src/index.ts';
import { ManualClock } from '../../support/manual-clock.ts';

function instance(id: string, more: Partial<FoundInstance<number>> = {}): FoundInstance<number> {
  return {
    path: `/services/s/${id}`,
    name: 's',
    id,
    address: 'a',
    port: 1,
    sslPort: null,
    payload: 1,
    registeredMs: 0,
    type: 'dynamic',
    uriSpec: null,
    isEnabled: true,
    unknown: {},
    ...more,
  };
}

const [a, b] = [instance('a'), instance('b')];

/** A provider of a service whose instances the test tells. */
function stage(options: ServiceProviderOptions<number> = {}) {
  const clock = new ManualClock();
  const instances$ = new Subject<readonly FoundInstance<number>[]>();
  return { clock, instances$, provider: new ServiceProvider(clock, '/services/s', instances$, options) };
}

/** One that has begun to follow, and been told. */
function told(instances: readonly FoundInstance<number>[], options: ServiceProviderOptions<number> = {}) {
  const stageOf = stage(options);
  expect(stageOf.provider.tryPick()).toBeNull();
  stageOf.instances$.next(instances);
  return stageOf;
}

function candidateIds({ candidates }: ServiceProvider<number>): readonly string[] {
  return candidates.map(({ id }) => id);
}

test('it follows from its first use until it is disposed of', () => {
  const { instances$, provider } = stage();
  expect(instances$.observed).toBe(false);
  provider.tryPick();
  expect(instances$.observed).toBe(true);
  provider[Symbol.dispose]();
  expect(instances$.observed).toBe(false);
  expect(() => provider.tryPick()).toThrow(ProviderClosedError);
});

test('candidates are enabled, accepted, and up', () => {
  const off = instance('off', { isEnabled: false });
  const other = instance('other', { payload: 2 });
  const { provider } = told([a, b, off, other], { accept: ({ payload }) => payload === 1, down: { errors: 1 } });
  expect(candidateIds(provider)).toEqual(['a', 'b']);
  provider.noteError(a);
  expect(candidateIds(provider)).toEqual(['b']);
});

test('two errors within half a minute take an instance out for half a minute', () => {
  const { clock, provider } = told([a, b]);
  provider.noteError(a);
  clock.advance(29_999);
  expect(candidateIds(provider)).toEqual(['a', 'b']);
  provider.noteError(a);
  expect(candidateIds(provider)).toEqual(['b']);
  clock.advance(29_999);
  expect(candidateIds(provider)).toEqual(['b']);
  clock.advance(1);
  expect(candidateIds(provider)).toEqual(['a', 'b']);
});

test('one that registers anew begins with a clean slate', () => {
  const { instances$, provider } = told([a], { down: { errors: 1 } });
  provider.noteError(a);
  expect(provider.tryPick()).toBeNull();
  instances$.next([instance('a', { registeredMs: 1 })]);
  expect(provider.tryPick()?.id).toBe('a');
});

test('a pick waits for an instance, or for one that is back', async () => {
  const { clock, instances$, provider } = stage({ down: { errors: 1, forMs: 1_000 } });
  const picking = provider.pick();
  instances$.next([]);
  instances$.next([a]);
  expect((await picking).id).toBe('a');
  provider.noteError(a);
  const waiting = provider.pick();
  clock.advance(1_000);
  expect((await waiting).id).toBe('a');
  expect(clock.timerCount).toBe(0);
});

test.each<[readonly FoundInstance<number>[] | undefined, string]>([
  [undefined, 'its instances are not known'],
  [[], 'of 0 instances, 0 disabled, 0 down, 0 not accepted'],
  [[instance('off', { isEnabled: false }), a, b], 'of 3 instances, 1 disabled, 1 down, 1 not accepted'],
])('in vain it says why: %j', async (instances, problem) => {
  const { clock, instances$, provider } = stage({ accept: ({ id }) => id !== 'b', down: { errors: 1, forMs: 60_000 } });
  const picking = provider.pick({ timeoutMs: 500 });
  provider.noteError(a);
  if (instances !== undefined) instances$.next(instances);
  clock.advance(500);
  await expect(picking).rejects.toThrow(NoInstanceError);
  await expect(picking).rejects.toThrow(`no instance of /services/s could be called within 500 ms: ${problem}`);
  expect(clock.timerCount).toBe(0);
});

test('a wait ends with the signal, with the provider, and with what the view fails with', async () => {
  const { instances$, provider } = stage();
  const stop = new AbortController();
  const aborted = expect(provider.pick({ signal: stop.signal })).rejects.toThrow('stopped');
  stop.abort(new Error('stopped'));
  await aborted;
  const closed = expect(provider.pick()).rejects.toThrow(ProviderClosedError);
  provider[Symbol.dispose]();
  await closed;

  const other = stage();
  const failed = expect(other.provider.pick()).rejects.toThrow('no more');
  other.instances$.error(new Error('no more'));
  await failed;
  expect(() => other.provider.candidates).toThrow('no more');
  expect(instances$.observed).toBe(false);
});

test('a view that has failed already is told at the first use', () => {
  const { instances$, provider } = stage();
  instances$.error(new Error('no more'));
  expect(() => provider.tryPick()).toThrow('no more');
});

test('a run notes what its work throws, unless it was told to stop', async () => {
  const { provider } = told([a], { down: { errors: 1 } });
  const stop = new AbortController();
  const stopped = provider.run(
    () => {
      stop.abort();
      throw new Error('stopped');
    },
    { signal: stop.signal },
  );
  await expect(stopped).rejects.toThrow('stopped');
  expect(candidateIds(provider)).toEqual(['a']);
  expect(await provider.run(({ id }) => id)).toBe('a');
  await expect(provider.run(() => Promise.reject(new Error('refused')))).rejects.toThrow('refused');
  expect(candidateIds(provider)).toEqual([]);
});

test('a strategy is asked about the candidates only, and may take none', async () => {
  const asked: (readonly string[])[] = [];
  const { instances$, provider } = told([a, instance('off', { isEnabled: false })], {
    strategy: (instances, random) => {
      expect(random).toBe(0.5);
      asked.push(instances.map(({ id }) => id));
      return instances.find(({ id }) => id === 'b');
    },
  });
  expect(provider.tryPick()).toBeNull();
  const picking = provider.pick();
  instances$.next([a, b]);
  expect((await picking).id).toBe('b');
  expect(asked).toEqual([['a'], ['a'], ['a', 'b']]);
});
