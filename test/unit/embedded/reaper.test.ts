import { expect, test } from 'vitest';
import { openAcl } from '../../../src/znode.ts';
import type { RawClient } from '../../support/raw-client.ts';
import { create, EmbeddedRig } from './embedded-rig.ts';

test('a container goes when its last child has gone and the reaper comes; one that never had a child stays', async () => {
  await using rig = await EmbeddedRig.start({ reaperIntervalMs: 60_000 });
  const session = await rig.session();
  for (const path of ['/fresh', '/full', '/empty']) await create(session, path, 4);
  await create(session, '/full/child');
  await create(session, '/empty/child');
  await session.ask('delete', { path: '/empty/child', version: -1 });
  await passed(rig, session, 59_999);
  expect(rig.server.paths()).toEqual(['/empty', '/fresh', '/full', '/full/child']);
  await passed(rig, session, 1);
  expect(rig.server.paths()).toEqual(['/fresh', '/full', '/full/child']);
});

test('a znode with a time to live goes when it has not been changed for that long, and has no children', async () => {
  await using rig = await EmbeddedRig.start({ reaperIntervalMs: 1_000 });
  const session = await rig.session();
  for (const path of ['/idle', '/changed', '/parent']) {
    await session.ask('createTtl', { path, data: null, acl: openAcl, flags: 5, ttl: 5_000n });
  }
  await create(session, '/parent/child');
  await passed(rig, session, 4_000);
  await session.ask('setData', { path: '/changed', data: null, version: -1 });
  await passed(rig, session, 1_000);
  expect(rig.server.paths()).toEqual(['/changed', '/idle', '/parent', '/parent/child']);
  await passed(rig, session, 1_000);
  expect(rig.server.paths()).toEqual(['/changed', '/parent', '/parent/child']);
  await passed(rig, session, 4_000);
  expect(rig.server.paths()).toEqual(['/parent', '/parent/child']);
  await session.ask('delete', { path: '/parent/child', version: -1 });
  await passed(rig, session, 1_000);
  expect(rig.server.paths()).toEqual([]);
});

test('watchers are told of what the reaper deletes, and a stopped server reaps nothing', async () => {
  await using rig = await EmbeddedRig.start({ reaperIntervalMs: 1_000 });
  const session = await rig.session();
  await session.ask('createTtl', { path: '/t', data: null, acl: openAcl, flags: 5, ttl: 1n });
  await session.ask('exists', { path: '/t', watch: true });
  rig.server.faults.pause();
  rig.clock.advance(10_000);
  expect(rig.server.paths()).toEqual(['/t']);
  rig.server.faults.resume();
  rig.clock.advance(1_000);
  expect(await session.eventCount(1)).toEqual([{ type: 'deleted', path: '/t' }]);
});

/** In steps, with a ping in each, so that no session expires. */
async function passed(rig: EmbeddedRig, session: RawClient, ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 3_000) {
    rig.clock.advance(Math.min(left, 3_000));
    await session.ping();
  }
}
