import { once } from 'node:events';
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from 'docent';
import { registryOf, serviceName } from './orders.ts';

// One instance of an HTTP service: `node service.js HOSTS ID`. Its port is any that is free; callers find it.

const [hosts = '127.0.0.1:2181', id = `instance-${process.pid}`] = process.argv.slice(2);

const server = createServer((_, response) => response.end(id));
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const address = server.address();
const port = typeof address === 'object' ? address?.port : undefined;

// Short, so that callers are soon told of one that is killed.
const client = await connect(hosts, { sessionTimeoutMs: 4_000 });
const registration = await registryOf(client).register({ name: serviceName, id, address: '127.0.0.1', port, payload: { version: '1.0' } });
process.stdout.write(`${id} is registered\n`);

await once(process, 'SIGTERM');
// A graceful end: first nobody new, then those who had picked us a moment ago, then the rest.
await registration.unregister();
await sleep(2_000);
server.close();
await once(server, 'close');
await client.close();
