import { connect } from 'docent';
import { ordersOf } from './orders.ts';

// Puts orders into the queue: `node producer.js HOSTS NAME COUNT`. Each is there for certain once it has been told of.

const [hosts = '127.0.0.1:2181', name = `producer-${process.pid}`, count = '10'] = process.argv.slice(2);

const client = await connect(hosts);
const orders = ordersOf(client);
for (let number = 1; number <= Number(count); number += 1) {
  const id = `${name}-${number}`;
  await orders.put({ id, pieces: number });
  process.stdout.write(`ordered ${id}\n`);
}
await client.close();
