import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type ConnectionEvent, type ConnectionState, nextState } from '../../../src/client/session/connection-state.ts';
import { InternalError } from '../../../src/index.ts';

const events: readonly ConnectionEvent[] = ['established', 'disconnected', 'over', 'reopening', 'closed'];

/** The states gone through, what cannot happen left out. */
function walk(chosen: readonly ConnectionEvent[]): readonly ConnectionState[] {
  const states: ConnectionState[] = ['connecting'];
  for (const event of chosen) {
    try {
      states.push(nextState(states.at(-1) ?? 'connecting', event));
    } catch (error) {
      expect(error).toBeInstanceOf(InternalError);
    }
  }
  return states;
}

test('whatever happens, a session that was had is told lost before another is sought, and closed is the end', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...events), { maxLength: 40 }), (chosen) => {
      const states = walk(chosen);
      states.forEach((state, index) => {
        const next = states[index + 1];
        if (next === undefined || next === state) return;
        const allowed = {
          connecting: ['connected', 'closed'],
          connected: ['suspended', 'lost', 'closed'],
          suspended: ['connected', 'lost', 'closed'],
          lost: ['connecting', 'closed'],
          closed: [],
        }[state];
        expect(allowed).toContain(next);
      });
    }),
  );
});

test('every state but closed is left, and every one is reached', () => {
  expect(walk(['established', 'disconnected', 'established', 'over', 'reopening', 'closed'])).toEqual([
    'connecting',
    'connected',
    'suspended',
    'connected',
    'lost',
    'connecting',
    'closed',
  ]);
});
