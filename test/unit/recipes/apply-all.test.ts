import fc from 'fast-check';
import { expect, test } from 'vitest';
import { applyAll, type Change, unchanged } from '../../../recipes/counters/ledger/apply-all.ts';

const refusal = new RangeError('no');

interface Step {
  readonly change: Change<number>;
}

const step = fc.oneof(
  fc.integer({ min: -5, max: 5 }).map((amount): Step => ({ change: (before = 0) => before + amount })),
  fc
    .tuple(fc.integer({ min: -3, max: 3 }), fc.integer({ min: -3, max: 3 }))
    .map(([expected, value]): Step => ({ change: (before) => (before === expected ? value : unchanged) })),
  fc.constant(undefined).map(
    (): Step => ({
      change: () => {
        throw refusal;
      },
    }),
  ),
);

test('several changes as one end where they would have ended one after the other, and tell each the same', () => {
  fc.assert(
    fc.property(fc.option(fc.integer({ min: -3, max: 3 }), { nil: undefined }), fc.array(step), (present, steps) => {
      let value = present;
      let isChanged = false;
      const alone = steps.map((each) => {
        const { next, outcomes } = applyAll(value, [each]);
        if (next !== undefined) {
          isChanged = true;
          value = next.value;
        }
        return outcomes.get(each);
      });
      const together = applyAll(present, steps);
      expect([...together.outcomes.values()]).toEqual(alone);
      expect([...together.outcomes.keys()]).toEqual(steps);
      expect(together.next).toEqual(isChanged ? { value } : undefined);
    }),
  );
});

test('what one throws concerns it alone', () => {
  const steps: readonly Step[] = [
    { change: (before = 0) => before + 1 },
    {
      change: () => {
        throw refusal;
      },
    },
    { change: (before = 0) => before + 1 },
  ];
  const { next, outcomes } = applyAll<number, Step>(undefined, steps);
  expect(next).toEqual({ value: 2 });
  expect([...outcomes.values()]).toEqual([
    { kind: 'changed', before: undefined, after: 1 },
    { kind: 'refused', error: refusal },
    { kind: 'changed', before: 1, after: 2 },
  ]);
});

test('where nothing is changed there is nothing to store', () => {
  expect(applyAll(3, [{ change: () => unchanged }]).next).toBeUndefined();
});
