import { expect, test } from 'vitest';
import { AtomicLong, SharedCount } from '../../../recipes/index.ts';
import { cliWorld } from './cli-world.ts';
import { docent, type Ended } from './fake-terminal.ts';

const world = cliWorld();

function on(commandLine: string): Promise<Ended> {
  const [command = '', ...rest] = commandLine.split(' ');
  return docent([command, '--hosts', world.server.hosts, ...rest]);
}

test('counter add prints what the counter has become, and get what it is', async () => {
  expect(await on('counter get /c')).toMatchObject({ status: 0, out: '0\n', err: '' });
  expect(await on('counter add /c')).toMatchObject({ status: 0, out: '1\n', err: '' });
  expect((await on('counter add --by 9007199254740993 /c')).out).toBe('9007199254740994\n');
  expect((await on('counter add --by -4 /c')).out).toBe('9007199254740990\n');
  expect((await on('counter get /c')).out).toBe('9007199254740990\n');
  expect(await new AtomicLong(world.client, '/c').get()).toBe(9007199254740990);
  expect((await on('counter add --json /c')).objects).toEqual([{ path: '/c', before: '9007199254740990', after: '9007199254740991' }]);
  expect((await on('counter get --json /c')).objects).toEqual([{ path: '/c', value: '9007199254740991' }]);
});

test('counter set sets it, or only on top of the version that is told', async () => {
  expect(await on('counter set /c 7')).toMatchObject({ status: 0, out: '0\n' });
  expect(await on('counter set --version 0 /c -- -9')).toMatchObject({ status: 0, out: '1\n' });
  const refused = await on('counter set --version 0 /c 1');
  expect(refused).toMatchObject({ status: 1, out: '' });
  expect(refused.err).toMatch(/^docent: setData \/c: the znode has another version\nhint: 'docent stat \/c'/);
  expect(await new AtomicLong(world.client, '/c').get()).toBe(-9);
  expect((await on('counter set --json /c 3')).objects).toEqual([{ path: '/c', value: '3', version: 2 }]);
});

test('count gets and sets a shared count', async () => {
  expect(await on('count get /n')).toMatchObject({ status: 1, out: '' });
  expect(await world.client.exists('/n')).toBeNull();
  expect(await on('count set /n 5')).toMatchObject({ status: 0, out: '0\n' });
  expect(await on('count set --version 0 /n 6')).toMatchObject({ status: 0, out: '1\n' });
  expect(await on('count set --version 0 /n 7')).toMatchObject({ status: 1 });
  expect((await on('count get /n')).out).toBe('6\n');
  expect((await on('count get --json /n')).objects).toEqual([{ path: '/n', value: 6, version: 1 }]);
  expect((await new SharedCount(world.client, '/n').get()).value).toBe(6);
});

test.each([
  ['counter add --by 1.5 /c', /--by .*It must be an integer from -9223372036854775808 to 9223372036854775807/],
  ['counter set /c 9223372036854775808', /It must be an integer/],
  ['counter set /c x', /It must be an integer/],
  ['count set /n 2147483648', /It must be an integer from -2147483648 to 2147483647/],
  ['counter add', /missing required argument 'path'/],
])('%s is a usage error', async (commandLine, says) => {
  const { status, err } = await on(commandLine);
  expect(err).toMatch(says);
  expect(status).toBe(2);
});

test('a znode that is no counter, and an overflow, are told', async () => {
  await world.client.create('/x', 'text');
  for (const command of ['counter get /x', 'counter add /x', 'count get /n']) expect((await on(command)).status).toBe(1);
  expect((await on('counter get /x')).err).toContain('/x has data of 4 bytes that docent cannot use');
  await new AtomicLong(world.client, '/c', { as: 'bigint' }).forceSet(2n ** 63n - 1n);
  expect(await on('counter add /c')).toMatchObject({ status: 1, err: expect.stringContaining('is not an integer of 64 bits') as string });
});
