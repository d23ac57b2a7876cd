import { ServiceRegistry } from '../../recipes/index.ts';
import { connect } from '../../src/index.ts';

// The program of test/recipes/service-registry.test.ts: `registrant.ts HOSTS [handles]`.

const [hosts = '', mode] = process.argv.slice(2);
const client = await connect(hosts, { sessionTimeoutMs: 20_000 });
const registry = new ServiceRegistry(client, '/services');
for (const id of ['a', 'b']) await registry.register({ name: 'orders', id, address: '127.0.0.1' }, { withdrawOn: ['SIGTERM'] });

if (mode === 'handles') {
  process.on('SIGTERM', () => process.stdout.write('handled\n'));
  process.once('message', () => {
    // It never rejects.
    void client.close().then(() => process.exit());
  });
} else {
  await client.create('/witness', null, { mode: 'ephemeral' });
}
process.stdout.write('registered\n');
// Whoever has started us is gone.
process.once('disconnect', () => process.exit());
