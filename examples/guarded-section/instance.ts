import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { AcquireTimeoutError, connect, LeaseLostError, SessionLostError } from 'docent';
import { Mutex } from 'docent/recipes';
import { Account, StaleTokenError } from './account.ts';

// One instance of a service, of which there are several: `node instance.js HOSTS NAME FOLDER [PORT]`.
// POST /withdraw?amount=5 takes from the account in the folder; GET /balance tells what is left.

const [hosts = '127.0.0.1:2181', name = `instance-${process.pid}`, folder = 'account', port = '0'] = process.argv.slice(2);

const client = await connect(hosts, { sessionTimeoutMs: 4_000 });
const account = new Account(folder);
const mutex = new Mutex(client, '/examples/guarded-section', { id: name });

/** Reads, decides and writes: between the first and the last nobody else may do the same. */
async function withdraw(amount: number, approvalMs: number): Promise<number> {
  return await mutex.run(
    (lease) =>
      account.withdraw(amount, lease.token, async () => {
        process.stdout.write(`${name} asks for approval, token ${lease.token}\n`);
        // Whatever takes long. If the process is stopped here, somebody else may hold the lock when it goes on; no look at `lease.isValid()`
        // could be late enough, so the account is told the token, and looks itself.
        await sleep(approvalMs);
      }),
    { timeoutMs: 10_000 },
  );
}

async function answer(method: string, url: URL): Promise<object> {
  if (method === 'GET' && url.pathname === '/balance') return { balance: await account.balance() };
  if (method === 'POST' && url.pathname === '/withdraw') {
    const amount = Number(url.searchParams.get('amount'));
    if (!Number.isInteger(amount) || amount <= 0) throw new RangeError('the amount has to be a whole number above 0');
    return { balance: await withdraw(amount, Number(url.searchParams.get('approvalMs'))) };
  }
  throw new RangeError(`there is no ${method} ${url.pathname}`);
}

/** What a caller can do about it: mend the request, or ask again. */
function statusOf(error: unknown): number {
  if (error instanceof RangeError) return 400;
  if (error instanceof StaleTokenError || error instanceof LeaseLostError || error instanceof SessionLostError) return 409;
  return error instanceof AcquireTimeoutError ? 503 : 500;
}

function reply(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

const server = createServer(({ method = 'GET', url = '/' }, response) => {
  answer(method, new URL(url, 'http://localhost')).then(
    (body) => reply(response, 200, body),
    (error: unknown) => reply(response, statusOf(error), { error: String(error) }),
  );
});
server.listen(Number(port), '127.0.0.1');
await once(server, 'listening');
const address = server.address();
process.stdout.write(`${name} listens on port ${typeof address === 'object' ? address?.port : address}\n`);

await once(process, 'SIGTERM');
server.close();
// Gives back whatever is still held, so that the others need not wait for the session to end.
await client.close();
