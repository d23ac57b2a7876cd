import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { errorCodeName, errorCodes } from '../../src/protocol/error-codes.ts';
import { sessionOpcodes } from '../../src/protocol/headers.ts';
import { addWatchModes, watcherTypes } from '../../src/protocol/operations/watches.ts';
import { operationOf, operations } from '../../src/protocol/operations.ts';
import { eventTypes, keeperStates } from '../../src/protocol/watcher-event.ts';
import { createModes, permissions } from '../../src/znode.ts';

const lines = readFileSync(new URL('constants.txt', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .filter((line) => !line.startsWith('#'))
  .map((line) => line.split(' '));

/** Name and number of each constant of one of ZooKeeper's classes. */
function constantsOf(className: string): Readonly<Record<string, number>> {
  return Object.fromEntries(lines.filter(([of]) => of === className).map(([, name, number]) => [name, Number(number)]));
}

test('error codes are those of KeeperException.Code', () => {
  // API errors begin there; no server sends it.
  const { APIERROR, ...sent } = constantsOf('Code');
  expect(APIERROR).toBe(-100);
  expect(errorCodes).toEqual(sent);
  for (const [name, code] of Object.entries(sent)) expect(errorCodeName(code)).toBe(name);
  expect(errorCodeName(-999)).toBe('UNKNOWN');
});

test('opcodes are those of ZooDefs.OpCode, and all that a client may send are known', () => {
  const { ping, createSession, closeSession, notification, error, deleteContainer, ...clients } = constantsOf('OpCode');
  const ours = Object.entries(operations).map(([name, { opcode }]) => [name.replace(/(Acl|Ttl)$/, (end) => end.toUpperCase()), opcode]);
  expect(Object.fromEntries(ours)).toEqual(clients);
  expect(sessionOpcodes).toEqual({ ping, createSession, closeSession });
  for (const [name, { opcode }] of Object.entries(operations)) expect(operationOf(opcode)).toBe(name);
  for (const opcode of [ping, createSession, closeSession, notification, error, deleteContainer, 999])
    expect(operationOf(opcode ?? 0)).toBeUndefined();
});

test('events and states of watchers are those of Watcher.Event', () => {
  expect(Object.values(eventTypes)).toEqual(Object.values(constantsOf('EventType')));
  const { Unknown, NoSyncConnected, ...states } = constantsOf('KeeperState');
  expect([Unknown, NoSyncConnected]).toEqual([-1, 1]); // deprecated, and never sent
  expect(Object.entries(keeperStates)).toEqual(
    Object.entries(states).map(([name, number]) => [`${name[0]?.toLowerCase()}${name.slice(1)}`, number]),
  );
});

test('modes, types and permissions are those of ZooKeeper', () => {
  const lowered = (className: string) =>
    Object.fromEntries(Object.entries(constantsOf(className)).map(([name, number]) => [name.toLowerCase().replaceAll('_', '-'), number]));
  expect(addWatchModes).toEqual(lowered('AddWatchMode'));
  expect(watcherTypes).toEqual(lowered('WatcherType'));
  expect(createModes).toEqual(lowered('CreateMode'));
  expect(permissions).toEqual(lowered('Perms'));
});
