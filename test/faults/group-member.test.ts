import { filter, firstValueFrom, type Observable } from 'rxjs';
import { expect, test } from 'vitest';
import { Group, GroupMember, type Members } from '../../recipes/index.ts';
import { type Client, systemClock, text } from '../../src/index.ts';
import { sweepFaults } from '../support/sweep.ts';
import { World } from '../support/world.ts';

const path = '/groups/g';
const mayStay = ['/groups', path];

/** Resolves when these are the members, with these data, as `a=1 b=2`. */
async function are(members$: Observable<Members<string>>, expected: string): Promise<void> {
  const told = (members: Members<string>) => [...members.values()].map(({ id, data }) => `${id}=${data}`).join(' ');
  await firstValueFrom(members$.pipe(filter((members) => told(members) === expected)));
}

/** How many requests it takes varies: these follow, so that a fault meets one of them where it would have met none. */
async function quiet(...clients: readonly Client[]): Promise<void> {
  for (let times = 0; times < 2; times += 1) await Promise.all(clients.map((client) => client.sync('/')));
}

sweepFaults('members come, change and go, and in the end all see the same', {
  mayStay,
  play: async (world) => {
    const [one, other] = [await world.client(), await world.client()];
    const member = (client: Client, id: string) => new GroupMember(client, path, id, { codec: text, data: '1' });
    const [a, b, group] = [member(one, 'a'), member(other, 'b'), new Group(one, path, { codec: text })];
    await Promise.all([a.join({ signal: world.signal }), b.join({ signal: world.signal })]);
    await b.setData('2', { signal: world.signal });
    for (const seen of [a, b, group]) await are(seen.members$, 'a=1 b=2');
    await a.leave();
    for (const seen of [a, b, group]) await are(seen.members$, 'b=2');
    await b.leave();
    await are(group.members$, '');
    await quiet(one, other);
  },
});

test('one that loses its session is seen to go, sees itself all the time, and comes back', async () => {
  await using world = await World.start(mayStay);
  const [client, observer] = [await world.client(), await world.client()];
  await using member = new GroupMember(client, path, 'a', { codec: text, data: '1' });
  await member.join();
  const pictures: number[] = [];
  const watching = member.members$.subscribe((members) => pictures.push(members.size));
  const group = new Group(observer, path, { codec: text });
  await are(group.members$, 'a=1');
  const [gone, lost] = [are(group.members$, ''), client.session];
  world.server.expireSession(client.session?.id ?? 0n);
  await gone;
  await are(group.members$, 'a=1');
  expect(client.session?.id).not.toBe(lost?.id);
  expect(new Set(pictures)).toEqual(new Set([1]));
  watching.unsubscribe();
});

test('while its znode cannot be made it is among the members for itself, by id and with its data', async () => {
  await using world = await World.start(mayStay);
  // It tries again after 50, 100, 200 ms …, not at once.
  const client = await world.client({ clock: { ...systemClock, random: () => 0.99 } });
  await client.ensurePath(path);
  for (let times = 0; times < 5; times += 1) world.server.faults.inject({ kind: 'refuse', code: 'THROTTLEDOP' }, { operation: 'create2' });
  await using member = new GroupMember(client, path, 'a', { codec: text, data: '1' });
  const joining = member.join();
  const seen = await Promise.all([firstValueFrom(member.ids$), firstValueFrom(member.members$), member.members()]);
  expect(seen).toEqual([['a'], new Map([['a', { id: 'a', data: '1', error: undefined }]]), seen[1]]);
  await joining;
});
