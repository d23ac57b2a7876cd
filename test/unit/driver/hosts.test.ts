import { expect, test } from 'vitest';
import { Hosts, type Lookup, serverName } from '../../../src/driver/wire/hosts.ts';

const three = [
  { host: 'a', port: 1 },
  { host: 'b', port: 2 },
  { host: 'c', port: 3 },
];

/** A random source that leaves the order as it is. */
const inOrder = () => 0;

const numbered: Lookup = async (host) => [`${host}-1`];

async function take(hosts: Hosts, count: number): Promise<readonly string[]> {
  const taken: string[] = [];
  for (let index = 0; index < count; index += 1) taken.push(await hosts.next().address);
  return taken;
}

test('servers come in turn, lap after lap', async () => {
  expect(await take(new Hosts(three, inOrder, numbered), 7)).toEqual(['a-1', 'b-1', 'c-1', 'a-1', 'b-1', 'c-1', 'a-1']);
});

test('the order is shuffled, and each server is in it once', async () => {
  const backwards = () => 0.999;
  expect(await take(new Hosts(three, backwards, numbered), 3)).toEqual(['c-1', 'b-1', 'a-1']);
});

test('every address of a name is tried in its turn', async () => {
  const hosts = new Hosts(three, inOrder, async (host) => (host === 'b' ? ['b-1', 'b-2', 'b-3'] : [`${host}-1`]));
  expect(await take(hosts, 6)).toEqual(['a-1', 'b-1', 'b-2', 'b-3', 'c-1', 'a-1']);
});

test('the count of servers is that of the addresses, as far as they are known', async () => {
  const hosts = new Hosts(three, inOrder, async (host) => [`${host}-1`, `${host}-2`]);
  expect(hosts.count).toBe(3);
  await take(hosts, 6);
  expect(hosts.count).toBe(6);
});

test('a name is looked up anew in each turn, so that a change is followed', async () => {
  let address = 0;
  const hosts = new Hosts([{ host: 'a', port: 1 }], inOrder, async () => {
    address += 1;
    return [`a-${address}`];
  });
  expect(await take(hosts, 3)).toEqual(['a-1', 'a-2', 'a-3']);
});

test('a name that cannot be looked up fails its own turn only', async () => {
  const failure = new Error('no such name');
  const hosts = new Hosts(three, inOrder, async (host) => {
    if (host === 'b') throw failure;
    return [`${host}-1`];
  });
  expect(await hosts.next().address).toBe('a-1');
  await expect(hosts.next().address).rejects.toBe(failure);
  expect(await hosts.next().address).toBe('c-1');
});

test('a look-up that hangs is not begun twice, and its late answer does not disturb the turn of another', async () => {
  let begun = 0;
  let answer: (addresses: readonly string[]) => void = () => {};
  const hanging = new Promise<readonly string[]>((resolve) => {
    answer = resolve;
  });
  const hosts = new Hosts(three.slice(0, 2), inOrder, (host) => {
    if (host === 'b') return Promise.resolve(['b-1', 'b-2']);
    begun += 1;
    return hanging;
  });
  const first = hosts.next().address;
  expect(await take(hosts, 2)).toEqual(['b-1', 'b-2']);
  const second = hosts.next().address;
  expect(begun).toBe(1);
  answer(['a-1', 'a-2']);
  expect([await first, await second]).toEqual(['a-1', 'a-1']);
  expect(await take(hosts, 2)).toEqual(['a-2', 'b-1']);
});

test('a server that is preferred comes next, once, and the others as they would have', async () => {
  const hosts = new Hosts(three, inOrder, async (host) => (host === 'a' ? ['a-1', 'a-2'] : [`${host}-1`]));
  expect(await take(hosts, 1)).toEqual(['a-1']);
  hosts.prefer({ host: 'c', port: 3 }, 'c-9');
  expect(await take(hosts, 4)).toEqual(['c-9', 'a-2', 'b-1', 'c-1']);
});

test('other servers are tried from the next turn on, and nothing of those before, looked up already or being looked up', async () => {
  let answer: (addresses: readonly string[]) => void = () => {};
  const late = new Promise<readonly string[]>((resolve) => {
    answer = resolve;
  });
  const hosts = new Hosts(three, inOrder, async (host) => (host === 'b' ? late : [`${host}-1`, `${host}-2`]));
  expect(await take(hosts, 1)).toEqual(['a-1']);
  hosts.replace([three[1] ?? three[0] ?? { host: '', port: 0 }]);
  const underWay = hosts.next().address;
  hosts.replace([
    { host: 'd', port: 4 },
    { host: 'e', port: 5 },
  ]);
  answer(['b-1', 'b-2']);
  expect(await underWay).toBe('b-1');
  const tried = [hosts.next(), hosts.next(), hosts.next(), hosts.next()];
  expect(new Set(tried.map(({ server }) => server.port))).toEqual(new Set([4, 5]));
  expect(hosts.count).toBeLessThanOrEqual(4);
});

test('a server is named as it was configured, an IPv6 address in brackets', () => {
  expect(serverName({ host: 'zoo', port: 2181 })).toBe('zoo:2181');
  expect(serverName({ host: '::1', port: 2181 })).toBe('[::1]:2181');
});
