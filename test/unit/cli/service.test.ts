import { filter, firstValueFrom } from 'rxjs';
import { expect, test } from 'vitest';
import { type ServiceDefinition, ServiceRegistry } from '../../../recipes/index.ts';
import { cliWorld } from './cli-world.ts';
import { docent, type Ended, type Running, start } from './fake-terminal.ts';

const world = cliWorld();

function service(...args: readonly string[]): Promise<Ended> {
  return docent(['--hosts', world.server.hosts, 'service', ...args]);
}

function waiting(...args: readonly string[]): Running {
  return start(['--hosts', world.server.hosts, 'service', ...args]);
}

const orders: ServiceDefinition = { name: 'orders', id: 'a', address: '10.0.0.5', port: 8080 };

async function ids(): Promise<readonly string[]> {
  return (await world.client.exists('/services/orders')) === null ? [] : await world.client.children('/services/orders');
}

const registerOrders = ['register', '--address', '127.0.0.1', '--port', '8080'] as const;

test('register offers a service while the command runs, and gives its status', async () => {
  const script = world.folder.script('echo "$DOCENT_PATH $DOCENT_FENCING_TOKEN" > told; exit 42');
  expect(await service(...registerOrders, '--id', 'a', 'orders', '--', ...script)).toMatchObject({ status: 42, out: '', err: '' });
  expect(await world.folder.contentOf('told')).toMatch(/^\/services\/orders\/a \d+\n$/);
  expect(await ids()).toEqual([]);
});

test('it is registered anew in the next session, and the command runs on', async () => {
  const running = waiting(...registerOrders, '--base', '/other', 'orders', '--', ...world.folder.endless('trap "exit 7" TERM'));
  await world.folder.ready();
  const [first = ''] = await world.client.children('/other/orders');
  const path = `/other/orders/${first}`;
  const { stat } = await world.client.get(path);
  world.server.expireSession(stat.ephemeralOwner);
  await firstValueFrom(world.client.data$(path).pipe(filter((node) => node !== null && node.stat.czxid > stat.czxid)));
  running.terminal.signals$.next('SIGTERM');
  expect(await running.status).toBe(7);
});

test('told to end, it gets no new callers while the command still works', async () => {
  const running = waiting(...registerOrders, 'orders', '--', ...world.folder.endless('trap "" TERM'));
  await world.folder.ready();
  expect(await ids()).toHaveLength(1);
  running.terminal.signals$.next('SIGTERM');
  await firstValueFrom(world.client.children$('/services/orders').pipe(filter((names) => names?.length === 0)));
  running.terminal.signals$.next('SIGINT');
  expect(await running.status).toBe(130);
});

test('an id that is taken is waited for, until the time is up', async () => {
  await using _registration = await new ServiceRegistry(world.client, '/services').register(orders);
  const { status, err } = await service(...registerOrders, '--id', 'a', '--timeout', '100ms', 'orders', '--', 'true');
  expect(status).toBe(124);
  expect(err).toContain('/services/orders/a');
});

test('ls names all services, and who offers one of them', async () => {
  const registry = new ServiceRegistry(world.client, '/services');
  await registry.register({ ...orders, name: 'invoices' });
  await registry.register({ ...orders, payload: { zone: 'eu\u001b[2J' }, uriSpec: 'tcp://{address}' });
  const b = await registry.register({ ...orders, id: 'b', isEnabled: false });
  expect(await service('ls')).toMatchObject({ status: 0, out: 'invoices\norders\n' });
  const { status, out } = await service('ls', 'orders');
  const since = new Date(b.instance.registeredMs).toISOString().replace(/\.\d+/, '');
  expect(status).toBe(0);
  expect(out.replaceAll(/\d{4}-[^ ]+Z/g, since)).toBe(`ID  STATE     SINCE                 ADDRESS               PAYLOAD
a   enabled   ${since}  tcp://10.0.0.5        {"zone":"eu\\u001b[2J"}
b   disabled  ${since}  http://10.0.0.5:8080  -
`);
  const { objects } = await service('ls', '--json', 'orders');
  expect(objects).toMatchObject([
    { path: '/services/orders/a', id: 'a', uri: 'tcp://10.0.0.5', payload: { zone: 'eu\u001b[2J' }, enabled: true, type: 'dynamic' },
    { id: 'b', port: 8080, sslPort: null, payload: null, enabled: false, registeredMs: b.instance.registeredMs },
  ]);
  expect((await service('ls', '--json')).objects).toEqual([{ name: 'invoices' }, { name: 'orders' }]);
});

test('ls -w lists again whenever somebody comes, changes or goes', async () => {
  const registry = new ServiceRegistry(world.client, '/services');
  const { terminal, status } = waiting('ls', '-w', 'orders');
  await terminal.until(() => terminal.err.includes('orders: nobody offers it'));
  const a = await registry.register(orders);
  await terminal.until(() => terminal.out.includes('a   enabled'));
  await a.disable();
  await terminal.until(() => terminal.out.includes('a   disabled'));
  const names = waiting('ls', '-w');
  await names.terminal.until(() => names.terminal.out === 'orders\n\n');
  await registry.register({ ...orders, name: 'invoices' });
  await names.terminal.until(() => names.terminal.out === 'orders\n\ninvoices\norders\n\n');
  for (const each of [terminal, names.terminal]) each.signals$.next('SIGINT');
  expect(await Promise.all([status, names.status])).toEqual([0, 0]);
});

test('what cannot be read is told beside the others', async () => {
  await new ServiceRegistry(world.client, '/services').register(orders);
  await world.client.create('/services/orders/bad', 'what\u001b[2J');
  const { status, out, err } = await service('ls', 'orders');
  expect({ status, out }).toMatchObject({ status: 0, out: expect.stringMatching(/^a /m) });
  expect(err).toContain('/services/orders/bad has data of 8 bytes that docent cannot use');
  const { objects } = await service('ls', '--json', 'orders');
  expect(objects[1]).toMatchObject({ path: '/services/orders/bad', error: expect.stringContaining('/services/orders/bad') });
});

test('an instance of whose template nobody could make a URI hides no other, from ls, ls -w and pick', async () => {
  await new ServiceRegistry(world.client, '/services').register(orders);
  const odd = { name: 'orders', id: 'odd', uriSpec: { parts: [{ value: 'a}b', variable: true }] } };
  await world.client.create('/services/orders/odd', JSON.stringify(odd));
  const { status, out, err } = await service('ls', 'orders');
  expect({ status, out }).toMatchObject({ status: 0, out: expect.stringMatching(/^a /m) });
  expect(err).toContain('/services/orders/odd');
  expect(await service('pick', 'orders')).toMatchObject({ status: 0, out: 'http://10.0.0.5:8080\n' });
  const watching = waiting('ls', '-w', 'orders');
  await watching.terminal.until(
    () => watching.terminal.out.includes('a   enabled') && watching.terminal.err.includes('/services/orders/odd'),
  );
  watching.terminal.signals$.next('SIGINT');
  expect(await watching.status).toBe(0);
});

test.each(['random', 'round-robin', 'sticky'])('pick --strategy %s prints where to reach one who wants to be called', async (strategy) => {
  const registry = new ServiceRegistry(world.client, '/services');
  await registry.register({ ...orders, isEnabled: false });
  await registry.register({ ...orders, id: 'b', address: '::1' });
  expect(await service('pick', '--strategy', strategy, 'orders')).toMatchObject({ status: 0, out: 'http://[::1]:8080\n', err: '' });
  expect((await service('pick', '--strategy', strategy, '--json', 'orders')).objects).toMatchObject([
    { id: 'b', uri: 'http://[::1]:8080' },
  ]);
});

test('nobody to pick gives 1, nobody to list 0', async () => {
  const disabled = await new ServiceRegistry(world.client, '/services').register({ ...orders, name: 'closed', isEnabled: false });
  expect(await service('pick', 'closed')).toMatchObject({ status: 1, out: '' });
  await disabled.unregister();
  await world.client.deleteAll('/services');
  expect(await service('pick', 'orders')).toMatchObject({
    status: 1,
    out: '',
    err: "docent: orders: nobody offers it\nhint: 'docent service ls orders' shows who is disabled\n",
  });
  expect(await service('ls', 'orders')).toMatchObject({ status: 0, out: '', err: 'docent: orders: nobody offers it\n' });
  expect(await service('ls')).toMatchObject({ status: 0, out: '', err: 'docent: /services: no service has ever been registered there\n' });
});

test.each([
  [['fly', 'orders'], "unknown command 'fly'"],
  [['register', '--port', '1', 'orders', '--', 'true'], "required option '--address <host>' not specified"],
  [['register', '--address', 'a', 'orders', '--', 'true'], "required option '--port <port>' not specified"],
  [['register', '--address', 'a', '--port', '65536', 'orders', '--', 'true'], 'must be an integer from 0 to 65535'],
  [['register', '--address', 'a', '--port', '0', 'orders', '--', 'true'], 'docent: --port: must be 1 or more'],
  [['register', '--address', '', '--port', '1', 'orders', '--', 'true'], 'docent: --address: must not be empty'],
  [
    ['register', '--address', 'a', '--port', '1', '--id', 'a/b', 'orders', '--', 'true'],
    'docent: --id: must not be empty, nor contain a slash',
  ],
  [['register', '--address', 'a', '--port', '1', '--base', 'x', 'orders', '--', 'true'], 'docent: --base: '],
  [['register', '--address', 'a', '--port', '1', 'a//b', '--', 'true'], 'docent: name: '],
  [['ls', '--base', 'x'], 'docent: --base: '],
  [['ls', 'a//b'], 'docent: name: '],
  [['pick', '--strategy', 'best', 'orders'], "'best' is invalid"],
])('wrong arguments end with 2: docent service %j', async (args, says) => {
  const { status, err } = await service(...args);
  expect(err).toContain(says);
  expect(err).toContain('Usage: docent service');
  expect(status).toBe(2);
});
