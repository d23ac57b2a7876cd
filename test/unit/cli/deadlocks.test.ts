import { filter, firstValueFrom } from 'rxjs';
import { expect, test } from 'vitest';
import { Mutex } from '../../../recipes/index.ts';
import { startEmbeddedServer } from '../../../src/embedded/index.ts';
import { connect } from '../../../src/index.ts';
import { docent } from './fake-terminal.ts';

test('a deadlock is told with who waits for what, and status 1; none, with nothing and 0', async () => {
  await using server = await startEmbeddedServer();
  await using client = await connect(server.hosts);
  const deadlocks = (...args: readonly string[]) => docent(['--hosts', server.hosts, 'deadlocks', ...args]);
  const [a, b] = [new Mutex(client, '/locks/a', { id: 'one\u001b[2J' }), new Mutex(client, '/locks/b', { id: 'other' })];
  const queued = (path: string) => firstValueFrom(client.children$(path).pipe(filter((children) => children?.length === 2)));
  const [one, other] = [{}, {}];
  await using _first = await a.acquire({ owner: one });
  await using _second = await b.acquire({ owner: other });
  expect(await deadlocks()).toMatchObject({ status: 0, out: '', err: 'docent: /: no deadlock\n' });
  const giveUp = new AbortController();
  const waits = [b.acquire({ owner: one, signal: giveUp.signal })];
  await queued('/locks/b');
  waits.push(a.acquire({ owner: other, signal: giveUp.signal }));
  await queued('/locks/a');
  const settled = Promise.allSettled(waits);

  const { status, out } = await deadlocks('/locks');
  expect(status).toBe(1);
  expect(out.trimEnd().split('\n')).toEqual([
    expect.stringMatching(/^one\\x1b\[2J \(session 0x[0-9a-f]+\) waits for \/locks\/a, behind other: \/locks\/a\/_c_\S+-lock-0000000001$/),
    expect.stringMatching(/^other \(session 0x[0-9a-f]+\) waits for \/locks\/b, behind one\\x1b\[2J: \/locks\/b\/_c_\S+-lock-0000000001$/),
  ]);
  const { objects } = await deadlocks('--json');
  expect(objects).toMatchObject([{ members: [{ waitsFor: '/locks/a' }, { waitsFor: '/locks/b' }] }]);
  expect(await deadlocks('/locks/a')).toMatchObject({ status: 0 });
  giveUp.abort(new Error('enough'));
  await settled;
});
