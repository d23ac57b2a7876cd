import { filter, firstValueFrom } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { DelayQueue, PriorityQueue, Queue } from '../../../recipes/index.ts';
import { bytes, text } from '../../../src/index.ts';
import { cliWorld } from './cli-world.ts';
import { docent, type Ended, start, type TerminalOptions } from './fake-terminal.ts';

const world = cliWorld();
const path = '/jobs';

function queue(args: readonly string[], options?: TerminalOptions): Promise<Ended> {
  return docent(['--hosts', world.server.hosts, 'queue', ...args], options);
}

describe('docent queue put', () => {
  test('puts one item for each argument, in their order, and prints their paths', async () => {
    const { status, out } = await queue(['put', path, 'a', 'b c']);
    expect({ status, out }).toEqual({ status: 0, out: `${path}/queue-0000000000\n${path}/queue-0000000001\n` });
    const jobs = new Queue(world.client, path, { codec: text });
    expect([await jobs.take(), await jobs.take()]).toEqual(['a', 'b c']);
  });

  test('reads one item a line of standard input, whatever its bytes', async () => {
    const stdin = Buffer.concat([Buffer.from([0xff, 0x0a]), Buffer.from('two\n\nlast')]);
    expect((await queue(['put', path, 'first', '-'], { stdin })).status).toBe(0);
    const jobs = new Queue(world.client, path, { codec: bytes });
    const items: string[] = [];
    for (let left = 5; left > 0; left -= 1) items.push(Buffer.from(await jobs.take()).toString('latin1'));
    expect(items).toEqual(['first', '\xff', 'two', '', 'last']);
  });

  test('puts by priority, or not to be taken for a while', async () => {
    await queue(['put', '--priority', '5', path, 'late']);
    await queue(['put', '--priority', '-1', path, 'soon']);
    const byPriority = new PriorityQueue(world.client, path, { codec: text });
    expect([await byPriority.take(), await byPriority.take()]).toEqual(['soon', 'late']);

    await queue(['put', '--delay', '1h', '/due', 'much later']);
    await queue(['put', '--delay', '1ms', '/due', 'at once']);
    const due = new DelayQueue(world.client, '/due', { codec: text });
    expect(await due.take()).toBe('at once');
    expect(await due.items()).toHaveLength(1);
  });

  test('--json tells an object for each item', async () => {
    expect((await queue(['--json', 'put', path, 'a', 'b'])).objects).toEqual([
      { path: `${path}/queue-0000000000` },
      { path: `${path}/queue-0000000001` },
    ]);
  });
});

describe('docent queue put -', () => {
  test('told to end, it waits for no further line, and what it has put stays', async () => {
    const running = start(['--hosts', world.server.hosts, 'queue', 'put', path, '-'], { stdin: 'first\nhalf a li', isOpen: true });
    await running.terminal.until(() => running.terminal.out.includes('queue-0000000000'));
    running.terminal.signals$.next('SIGTERM');
    expect(await running.status).toBe(143);
    expect(await world.client.children(path)).toEqual(['queue-0000000000']);
  });
});

describe('docent queue take', () => {
  test('prints as many items as asked for, one a line, and leaves the others', async () => {
    await queue(['put', path, 'a', 'b', 'c']);
    expect(await queue(['take', '-n', '2', path])).toMatchObject({ status: 0, out: 'a\nb\n', err: '' });
    expect((await queue(['take', path])).out).toBe('c\n');
    expect(await world.client.children(path)).toEqual([]);
  });

  test('takes one after the other of several items that Curator has put into one znode', async () => {
    const item = (letter: string) => Buffer.from([1, 0, 0, 0, 1, letter.charCodeAt(0)]);
    const data = Buffer.concat([Buffer.from([0, 1, 0, 1]), ...['a', 'b', 'c', 'd'].map(item), Buffer.from([2])]);
    await world.client.create(path);
    await world.client.create(`${path}/queue-`, data, { mode: 'persistent-sequential', protect: false });
    await queue(['put', path, 'last']);
    const outs: string[] = [];
    for (let left = 3; left > 0; left -= 1) outs.push((await queue(['take', path])).out);
    outs.push((await queue(['take', '-n', '2', path])).out);
    expect(outs).toEqual(['a\n', 'b\n', 'c\n', 'd\nlast\n']);
    expect(await world.client.children(path)).toEqual([]);
  });

  test('waits for an item', async () => {
    const running = queue(['take', path]);
    await queue(['put', path, 'late']);
    expect(await running).toMatchObject({ status: 0, out: 'late\n' });
  });

  test('when there is none within --timeout, it gives 124, and what was printed is gone', async () => {
    await queue(['put', path, 'a']);
    const { status, out, err } = await queue(['take', '-n', '2', '--timeout', '2s', path]);
    expect({ status, out }).toEqual({ status: 124, out: 'a\n' });
    expect(err).toContain(`${path} had no item for us within 2000 ms`);
    expect(await world.client.children(path)).toEqual([]);
  });

  test('removes an item only after it has printed it: nobody reads, and it stays', async () => {
    await queue(['put', path, 'a']);
    const running = start(['--hosts', world.server.hosts, 'queue', 'take', path]);
    running.terminal.stdout.destroy();
    expect(await running.status).toBe(0);
    expect(await new Queue(world.client, path, { codec: text }).take({ timeoutMs: 10_000 })).toBe('a');
  });

  test('interrupted, it gives 130', async () => {
    const running = start(['--hosts', world.server.hosts, 'queue', 'take', path]);
    await firstValueFrom(world.server.requests$.pipe(filter((request) => request.path === path)));
    running.terminal.signals$.next('SIGINT');
    expect(await running.status).toBe(130);
  });

  test('--timeout 0s does not wait: 124 from an empty queue, or the item that is there', async () => {
    expect(await queue(['take', '--timeout', '0s', path])).toMatchObject({ status: 124, out: '' });
    await queue(['put', path, 'a']);
    expect(await queue(['take', '--timeout', '0s', path])).toMatchObject({ status: 0, out: 'a\n', err: '' });
  });

  test('--delayed takes what is due, and not before', async () => {
    await queue(['put', '--delay', '1h', path, 'later']);
    await queue(['put', '--delay', '1ms', path, 'now']);
    expect((await queue(['take', '--delayed', path])).out).toBe('now\n');
    expect((await queue(['take', '--delayed', '--timeout', '100ms', path])).status).toBe(124);
  });

  test('--json tells the item, where it stood and at which attempt, text or not', async () => {
    await queue(['put', path, 'a', '-'], { stdin: Buffer.from([0xff]) });
    const { objects } = await queue(['--json', 'take', '-n', '2', path]);
    expect(objects).toEqual([
      { path: `${path}/queue-0000000000`, attempt: 1, data: 'a', encoding: 'utf8' },
      { path: `${path}/queue-0000000001`, attempt: 1, data: '/w==', encoding: 'base64' },
    ]);
  });
});

describe('docent queue ls', () => {
  test('lists the items in the order in which they will be taken', async () => {
    await queue(['put', '--priority', '2', path, 'second']);
    await queue(['put', '--priority', '1', path, 'first']);
    const { status, out } = await queue(['ls', path]);
    expect(status).toBe(0);
    expect(out).toMatch(
      /^PUT +BYTES +DELIVERIES +NAME\n\S+Z +\d+ +0 +queue-1000000010000000001\n\S+Z +\d+ +0 +queue-1000000020000000000\n$/,
    );
    expect((await queue(['--json', 'ls', path])).objects).toMatchObject([
      { name: 'queue-1000000010000000001', putAt: expect.any(Number), deliveries: 0 },
      { name: 'queue-1000000020000000000' },
    ]);
  });

  test('of an empty or missing queue it prints nothing', async () => {
    expect(await queue(['ls', '/none'])).toMatchObject({ status: 0, out: '', err: '' });
  });

  test('--delayed lists what is due first, first', async () => {
    await queue(['put', '--delay', '2h', path, 'later']);
    await queue(['put', '--delay', '1h', path, 'sooner']);
    const { objects } = await queue(['--json', 'ls', '--delayed', path]);
    expect(objects).toMatchObject([{ name: expect.stringMatching(/1$/) }, { name: expect.stringMatching(/0$/) }]);
  });
});

test.each([
  [['put', path], "missing required argument 'data'"],
  [['put', '--priority', 'x', path, 'a'], 'It must be an integer from -2147483648 to 2147483647.'],
  [['put', '--priority', '1', '--delay', '1s', path, 'a'], "option '--priority <n>' cannot be used with option '--delay <d>'"],
  [['put', 'jobs', 'a'], "It must start with '/'."],
  [['take', '-n', '0', path], 'must be an integer'],
])('wrong arguments end with 2: docent queue %j', async (args, says) => {
  const { status, out, err } = await queue(args);
  expect({ status, out }).toEqual({ status: 2, out: '' });
  expect(err).toContain(says);
});
