import { expect, test } from 'vitest';
import { frozen } from '../../../../recipes/common/frozen.ts';

test('plain objects and lists are frozen all the way down, whatever holds them', () => {
  const value = frozen({ list: [{ n: 1 }], bare: Object.assign(Object.create(null), { deep: { n: 1 } }) });
  expect(() => value.list.push({ n: 2 })).toThrow(TypeError);
  expect(() => Object.assign(value.list[0] ?? {}, { n: 2 })).toThrow(TypeError);
  expect(Object.isFrozen(value.bare.deep)).toBe(true);
});

test('what cannot be frozen stays as it is', () => {
  const value = frozen({ bytes: Buffer.from('a'), when: new Date(0), map: new Map([['a', 1]]) });
  expect(value.map.set('b', 2).size).toBe(2);
  expect(value.bytes.fill('b').toString()).toBe('b');
});

test('what holds itself, and a getter that throws, do no harm', () => {
  const ring: { self?: unknown; readonly odd: unknown } = {
    get odd() {
      throw new Error('not to be called');
    },
  };
  ring.self = ring;
  expect(Object.isFrozen(frozen(ring))).toBe(true);
});

test('a deep value does not use up the stack', () => {
  let value: object = {};
  for (let depth = 0; depth < 100_000; depth += 1) value = [value];
  expect(Object.isFrozen(frozen(value))).toBe(true);
});
