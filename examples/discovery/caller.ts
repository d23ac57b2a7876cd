import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from 'docent';
import { type FoundInstance, uriOf } from 'docent/recipes';
import { catalogOf, serviceName } from './orders.ts';

// Calls the service again and again, wherever it is: `node caller.js HOSTS`.

const [hosts = '127.0.0.1:2181'] = process.argv.slice(2);

const client = await connect(hosts);
const catalog = catalogOf(client);

// To call, a provider is enough; this is to see what it sees.
const watching = catalog.instances$(serviceName).subscribe((instances) => {
  process.stdout.write(`knows ${instances.map(({ id }) => id).join(', ') || 'nobody'}\n`);
});

// One after the other. Whoever fails twice is left out for half a minute, long before its session is over.
using orders = catalog.provider(serviceName);

async function call(instance: FoundInstance<unknown>): Promise<string> {
  const response = await fetch(uriOf(instance), { signal: AbortSignal.timeout(5_000) });
  return await response.text();
}

let isStopped = false;
process.once('SIGTERM', () => {
  isStopped = true;
});
while (!isStopped) {
  try {
    process.stdout.write(`${await orders.run(call, { timeoutMs: 30_000 })} answers\n`);
  } catch (error) {
    process.stdout.write(`a call fails: ${String(error)}\n`);
  }
  await sleep(20);
}

watching.unsubscribe();
await client.close();
