import { describe, expect, test } from 'vitest';
import { errorCodes } from '../../../src/protocol/error-codes.ts';
import { goldenSasl } from './golden-sasl.ts';
import { headerFrame, MachineRig } from './machine-rig.ts';

const auth = [{ scheme: 'sasl', credential: Buffer.from('anna:secret') }];
const read = { path: '/a', watch: false } as const;
const nothing = Buffer.alloc(0);

const { challenge, proof, clientNonce } = goldenSasl;

/** A machine that a server has taken, and asks for SASL. */
function challenged(): MachineRig {
  const rig = new MachineRig({ auth, nonce: () => clientNonce });
  rig.open();
  rig.greet();
  return rig;
}

function negotiate(rig: MachineRig): void {
  rig.sent();
  rig.answer(1, 'sasl', { token: challenge });
  rig.sent();
  rig.answer(2, 'sasl', { token: proof });
}

test('SASL comes before all else, and connected is told after it', () => {
  const rig = new MachineRig({ auth: [...auth, { scheme: 'digest', credential: Buffer.from('a:b') }], nonce: () => clientNonce });
  rig.perform('getData', read);
  rig.open();
  rig.greet();
  expect(rig.sent()).toEqual([{ xid: 1, operation: 'sasl', request: { token: nothing } }]);
  rig.answer(1, 'sasl', { token: challenge });
  expect(rig.sent().map(({ xid, operation }) => [xid, operation])).toEqual([[2, 'sasl']]);
  expect(rig.kinds).toEqual([]);
  rig.answer(2, 'sasl', { token: proof });
  expect(rig.notices).toEqual([{ kind: 'connected', server: 'server-1:2181', resumed: false, readOnly: false }]);
  expect(rig.sent().map(({ xid, operation }) => [xid, operation])).toEqual([
    [-4, 'auth'],
    [1, 'getData'],
  ]);
});

test('every connection is authenticated anew, before what waits goes out', () => {
  const rig = challenged();
  negotiate(rig);
  rig.redial();
  rig.perform('getData', read);
  rig.attach();
  expect(rig.sent().map(({ operation }) => operation)).toEqual(['sasl']);
  rig.answer(1, 'sasl', { token: challenge });
  rig.sent();
  rig.answer(2, 'sasl', { token: proof });
  expect(rig.sent().map(({ operation }) => operation)).toEqual(['getData']);
  expect(rig.notices.at(-1)).toMatchObject({ kind: 'connected', resumed: true });
});

describe('without proof there is no session', () => {
  test.each([
    ['the server refuses ours', (rig: MachineRig) => rig.receive(headerFrame(1, errorCodes.AUTHFAILED))],
    ['the server serves none but authenticated sessions', (rig: MachineRig) => rig.refuse(1, 'SESSIONCLOSEDREQUIRESASLAUTH')],
    ['the server knows no SASL', (rig: MachineRig) => rig.answer(1, 'sasl', { token: null })],
    [
      'the server gives none of its own',
      (rig: MachineRig) => {
        rig.answer(1, 'sasl', { token: challenge });
        rig.answer(2, 'sasl', { token: nothing });
      },
    ],
    [
      "the server's is wrong",
      (rig: MachineRig) => {
        rig.answer(1, 'sasl', { token: challenge });
        rig.answer(2, 'sasl', { token: Buffer.from('rspauth=0123456789abcdef0123456789abcdef') });
      },
    ],
  ])('%s', (_, happens) => {
    const rig = challenged();
    rig.perform('getData', read);
    happens(rig);
    expect(rig.notices).toEqual([expect.objectContaining({ kind: 'over', reason: 'auth-failed' })]);
    expect(rig.notices[0]).toMatchObject({ cause: { name: 'AuthFailedError', scheme: 'sasl' } });
    expect(rig.sent().filter(({ operation }) => operation === 'getData')).toEqual([]);
  });
});

test('a server that refuses what another has taken is left for the next, and the session goes on', () => {
  const rig = challenged();
  negotiate(rig);
  rig.redial();
  rig.attach();
  rig.refuse(1, 'AUTHFAILED');
  expect(rig.notices.at(-1)).toMatchObject({ kind: 'unreachable', cause: { name: 'AuthFailedError' } });
  rig.pass(1_000);
  rig.attach();
  negotiate(rig);
  expect(rig.notices.at(-1)).toMatchObject({ kind: 'connected', resumed: true });
});

test('a server that falls silent meanwhile is left for the next, with the same session and no word to the client', () => {
  const rig = challenged();
  rig.pass(6_000);
  expect(rig.kinds).toEqual(['unreachable']);
  rig.pass(1_000);
  expect(rig.open().sessionId).toBe(77n);
  rig.greet();
  negotiate(rig);
  expect(rig.notices.at(-1)).toMatchObject({ kind: 'connected', resumed: false });
});

test.each([
  ['another xid', (rig: MachineRig) => rig.answer(7, 'sasl', { token: challenge })],
  ['a malformed challenge', (rig: MachineRig) => rig.answer(1, 'sasl', { token: Buffer.from('nonsense') })],
  ['an error of another kind', (rig: MachineRig) => rig.refuse(1, 'SYSTEMERROR')],
])('%s ends the connection, not the session', (_, happens) => {
  const rig = challenged();
  happens(rig);
  expect(rig.kinds).toEqual(['unreachable']);
  expect(rig.machine.state).toBe('waiting');
});

test('closing meanwhile ends the session on the server once it knows who asks', () => {
  const rig = challenged();
  rig.sent();
  rig.machine.close(5_000, rig.nowMs);
  rig.answer(1, 'sasl', { token: challenge });
  rig.sent();
  rig.answer(2, 'sasl', { token: proof });
  expect(rig.sent().map(({ operation }) => operation)).toEqual(['closeSession']);
  rig.receive(headerFrame(1));
  expect(rig.kinds).toEqual(['over']);
});

test('a server that refuses to close the session is not asked again', () => {
  const rig = MachineRig.attached();
  rig.machine.close(5_000, rig.nowMs);
  rig.sent();
  rig.refuse(1, 'SESSIONCLOSEDREQUIRESASLAUTH');
  expect(rig.notices.at(-1)).toEqual({ kind: 'over', reason: 'closed' });
});
