import { expect, test } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { createWireDriver } from '../../src/driver/wire/wire-driver.ts';
import { Ensemble } from '../support/ensemble.ts';
import { driverDefaults, hostList, OpenSession } from '../support/open-session.ts';
import { localServers, needed } from '../support/real-server.ts';

// Whatever order it makes of a list, it makes the same of every list: those below begin with a server each.
const clock = { ...systemClock, random: () => 0 };

test('when the leader is killed every session goes on, elsewhere if need be, and keeps its znodes', {
  timeout: 60_000,
}, async (context) => {
  needed(context, localServers() ?? {});
  const ensemble = await Ensemble.start();
  // Not `await using`: a test that is out of time never gets to its end.
  context.onTestFinished(() => ensemble[Symbol.asyncDispose]());
  const leader = await ensemble.leader();
  const hosts = hostList(ensemble.hosts);
  const sessions = hosts.map((_, at) => openOn([...hosts.slice(at), ...hosts.slice(0, at)]));
  context.onTestFinished(async () => void (await Promise.all(sessions.map(({ driver }) => driver.close()))));
  const servers = await Promise.all(sessions.map(async (session) => (await session.seen('connected')).server));
  expect([...servers].sort()).toEqual(ensemble.members.map((member) => member.hosts).sort());
  const ids = sessions.map(({ driver }) => driver.sessionId);
  await Promise.all(sessions.map((session, at) => session.create(`/e${at}`, { mode: 'ephemeral' })));
  await sessions[0]?.create('/p', { data: Buffer.from('before') });

  await leader.kill();

  const resumed = await Promise.all(sessions.map((session) => session.seen('connected', 2)));
  expect(resumed.map(({ resumed, server }) => [resumed, server === leader.hosts])).toEqual(ids.map(() => [true, false]));
  expect(sessions.map(({ driver }) => driver.sessionId)).toEqual(ids);
  const owners = await Promise.all(ids.map(async (_, at) => (await sessions[0]?.exists(`/e${at}`))?.stat?.ephemeralOwner));
  expect(owners).toEqual(ids);
  expect((await sessions[1]?.getData('/p'))?.data?.toString()).toBe('before');
  await Promise.all(sessions.map((session, at) => session.setData(`/e${at}`, 'after')));
  expect(sessions.flatMap(({ notices }) => notices.filter(({ kind }) => kind === 'over'))).toEqual([]);
});

function openOn(hosts: ReturnType<typeof hostList>): OpenSession {
  return new OpenSession(createWireDriver({ ...driverDefaults, hosts, clock, sessionTimeoutMs: 20_000 }));
}
