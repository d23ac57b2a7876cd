import { expect, test } from 'vitest';
import { connect } from '../../../src/index.ts';
import { docent, start } from './fake-terminal.ts';

test.each(['SIGINT', 'SIGTERM'] as const)('serve prints its address, serves, and ends with 0 on %s', async (signal) => {
  const { terminal, status } = start(['serve', '--port', '0']);
  await terminal.until(() => terminal.out.endsWith('\n'));
  expect(terminal.err).toMatch(/^docent: .*keeps nothing.*\n$/);
  const client = await connect(terminal.out.trim());
  expect((await client.create('/a')).path).toBe('/a');
  await client.close();
  terminal.signals$.next(signal);
  expect(await status).toBe(0);
});

test('a port in use gives 1 and says so', async () => {
  const first = start(['serve', '--port', '0', '--json']);
  await first.terminal.until(() => first.terminal.out.endsWith('\n'));
  const [{ port } = { port: 0 }] = first.terminal.objects as readonly { port: number }[];
  const { status, out, err } = await docent(['serve', '--port', String(port)]);
  expect(err).toMatch(new RegExp(`docent: .*address already in use .*${port}\nhint: --port`));
  expect(out).toBe('');
  expect(status).toBe(1);
  first.terminal.signals$.next('SIGINT');
  expect(await first.status).toBe(0);
});

test('an address that is not ours gives 1 and says which option is meant', async () => {
  // For documentation only (RFC 5737), so nobody has it.
  const { status, err } = await docent(['serve', '--host', '192.0.2.1', '--port', '0']);
  expect(err).toMatch(/^docent: .*192\.0\.2\.1.*\nhint: --host /);
  expect(status).toBe(1);
});
