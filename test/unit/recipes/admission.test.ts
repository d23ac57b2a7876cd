import fc from 'fast-check';
import { expect, test } from 'vitest';
import { admissionOf } from '../../../recipes/locks/admission.ts';

const uuid = '2f8b6a0e-8d5b-4f0a-9a3e-0c1d2e3f4a5b';
const nameOf = (sequence: number) => `_c_${uuid}-lease-${String(sequence).padStart(10, '0')}`;
const [first, second, third] = [nameOf(0), nameOf(1), nameOf(2)];

test.each([
  ['the first of two is granted one of one', [second, first], [first], 1, 'granted'],
  ['the second waits', [second, first], [second], 1, 'wait'],
  ['two at once are granted if both fit', [third, second, first], [first, second], 2, 'granted'],
  ['two at once wait if only one fits', [third, second, first], [second, third], 2, 'wait'],
  ['with no leases nobody enters', [first], [first], 0, 'wait'],
  ['one that is not listed is gone', [second], [first], 5, 'gone'],
  ['one of two that is not listed is gone', [second], [first, second], 5, 'gone'],
  ['strangers do not count', ['config', 'lease-1', second], [second], 1, 'granted'],
  ['where the numbers have run out, all count', [first, 'lease-2147483646', 'lease-2147483647'], [first], 2, 'wait'],
  ['and all may enter if all fit', ['lease-2147483647', first], ['lease-2147483647'], 2, 'granted'],
])('%s', (_, listed, own, limit, expected) => {
  expect(admissionOf(listed, own, limit)).toBe(expected);
});

/** Docent's contenders go by `admissionOf`, Curator's by the length of the list. Neither waits for its turn to make a lease or to list them. */
const contenders = fc.array(fc.record({ permits: fc.integer({ min: 1, max: 3 }), isCurators: fc.boolean() }), {
  minLength: 2,
  maxLength: 6,
});
/** Who takes the next step, and whether it would rather give its leases back. */
const schedule = fc.array(fc.record({ who: fc.nat({ max: 5 }), leaves: fc.nat({ max: 5 }) }), { maxLength: 80 });

test('whatever the order of their steps, no more is held than there is', () => {
  fc.assert(
    fc.property(contenders, schedule, fc.integer({ min: 1, max: 4 }), fc.nat(), (all, steps, limit, start) => {
      let next = start;
      let leases: string[] = [];
      const states = all.map((contender) => ({ ...contender, own: [] as string[], holds: false }));
      for (const { who, leaves } of steps) {
        const state = states[who % states.length];
        if (state === undefined) continue;
        if (leaves === 0 || (state.holds && leaves < 3)) {
          leases = leases.filter((name) => !state.own.includes(name));
          Object.assign(state, { own: [], holds: false });
        } else if (state.own.length < state.permits) {
          state.own.push(nameOf(next));
          leases.push(nameOf(next));
          next += 1;
        } else if (!state.holds) {
          state.holds = state.isCurators ? leases.length <= limit : admissionOf(leases, state.own, limit) === 'granted';
        }
        const held = states.filter(({ holds }) => holds).reduce((sum, { permits }) => sum + permits, 0);
        expect(held).toBeLessThanOrEqual(limit);
      }
    }),
    { numRuns: 3_000 },
  );
});

test('of contenders alone in making leases, the first is granted as soon as it fits', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 }), fc.nat({ max: 5 }), (limit, permits, later) => {
      const own = Array.from({ length: permits }, (_, index) => nameOf(index));
      const others = Array.from({ length: later }, (_, index) => nameOf(permits + index));
      expect(admissionOf([...others, ...own], own, limit)).toBe(permits <= limit ? 'granted' : 'wait');
    }),
  );
});
