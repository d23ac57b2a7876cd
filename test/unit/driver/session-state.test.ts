import { expect, test } from 'vitest';
import { nextState, type SessionEvent, type SessionState } from '../../../src/driver/wire/session-state.ts';
import { InternalError } from '../../../src/errors/docent-error.ts';

const states = [
  'waiting',
  'dialing',
  'handshaking',
  'authenticating',
  'attached',
  'leaving',
  'over',
] as const satisfies readonly SessionState[];
const events = ['dial', 'opened', 'challenged', 'accepted', 'left', 'broken', 'ended'] as const satisfies readonly SessionEvent[];

const allowed: readonly string[] = [
  'waiting -dial-> dialing',
  'waiting -ended-> over',
  'dialing -opened-> handshaking',
  'dialing -broken-> waiting',
  'dialing -ended-> over',
  'handshaking -challenged-> authenticating',
  'handshaking -accepted-> attached',
  'handshaking -broken-> waiting',
  'handshaking -ended-> over',
  'authenticating -accepted-> attached',
  'authenticating -broken-> waiting',
  'authenticating -ended-> over',
  'attached -left-> leaving',
  'attached -broken-> waiting',
  'attached -ended-> over',
  'leaving -broken-> waiting',
  'leaving -ended-> over',
];

test('these transitions exist and every other is an internal error', () => {
  const found = states.flatMap((state) => events.flatMap((event) => transition(state, event) ?? []));
  expect(found.sort()).toEqual([...allowed].sort());
});

function transition(state: SessionState, event: SessionEvent): string | undefined {
  try {
    return `${state} -${event}-> ${nextState(state, event)}`;
  } catch (error) {
    expect(error).toBeInstanceOf(InternalError);
    return undefined;
  }
}
