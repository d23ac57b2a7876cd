import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect } from 'docent';
import { greetingConfig } from './greeting-config.ts';

// One instance of a service, of which there are several: `node service.js HOSTS NAME [PORT]`.
// GET /?name=Ann greets, as the configuration says at the time.

const [hosts = '127.0.0.1:2181', name = `service-${process.pid}`, port = '0'] = process.argv.slice(2);

const client = await connect(hosts);
const config = greetingConfig(client);
// What the service could not do without waits here; what is invalid never gets any further.
await config.start({ timeoutMs: 10_000 });
config.value$.subscribe(({ text, maxNameLength }) => say(`greets with "${text}", and takes names of ${maxNameLength} characters`));
config.rejected$.subscribe(({ error }) => say(`goes on as before: ${error.message}`));

const server = createServer((request, response) => {
  const guest = new URL(request.url ?? '/', 'http://localhost').searchParams.get('name') ?? 'nobody';
  // Asked for each request: a plain property, always valid.
  const { text, maxNameLength } = config.current;
  if (guest.length > maxNameLength) response.writeHead(400).end(`names may have ${maxNameLength} characters\n`);
  else response.end(`${text.replaceAll('{name}', () => guest)}\n`);
});
server.listen(Number(port), '127.0.0.1');
await once(server, 'listening');
const address = server.address();
say(`listens on port ${typeof address === 'object' ? address?.port : address}`);

await once(process, 'SIGTERM');
server.close();
await config.close();
await client.close();

function say(text: string): void {
  process.stdout.write(`${name} ${text}\n`);
}
