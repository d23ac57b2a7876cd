import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DialQueue } from '../../../src/driver/wire/dial-queue.ts';

test('so many at once to one server, the others in the order they came, and other servers are not concerned', () => {
  const queue = new DialQueue(2);
  const begun: string[] = [];
  const enter = (name: string, server = 'a:1') => queue.enter(server, () => begun.push(name));
  const [first, second, third, fourth] = [enter('1'), enter('2'), enter('3'), enter('4')];
  enter('other', 'b:1');
  expect(begun).toEqual(['1', '2', 'other']);
  third();
  second();
  second();
  expect(begun).toEqual(['1', '2', 'other', '4']);
  first();
  fourth();
  enter('5');
  enter('6');
  enter('7');
  expect(begun).toEqual(['1', '2', 'other', '4', '5', '6']);
});

test('whatever the order of coming and going, never more than allowed, and nobody is forgotten', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(30), { maxLength: 100 }), (steps) => {
      const queue = new DialQueue(3);
      const turns: { end: () => void; state: 'waiting' | 'active' | 'over' }[] = [];
      const count = (wanted: string) => turns.filter(({ state }) => state === wanted).length;
      for (const step of steps) {
        const turn = turns[step];
        if (turn !== undefined && turn.state !== 'over') {
          turn.state = 'over';
          turn.end();
        } else {
          const entered = { end: () => {}, state: 'waiting' as 'waiting' | 'active' | 'over' };
          turns.push(entered);
          entered.end = queue.enter('a:1', () => {
            entered.state = 'active';
          });
        }
        expect(count('active')).toBe(Math.min(3, count('active') + count('waiting')));
      }
    }),
  );
});
