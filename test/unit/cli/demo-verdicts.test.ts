import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Context } from '../../../cli/context.ts';
import type { Act } from '../../../cli/demo/act.ts';
import { runDemo } from '../../../cli/demo/run-demo.ts';
import { Messages } from '../../../cli/messages.ts';
import { Printer } from '../../../cli/print.ts';
import { Mutex } from '../../../recipes/index.ts';
import { type EmbeddedServer, startEmbeddedServer } from '../../../src/embedded/index.ts';
import { type Client, connect } from '../../../src/index.ts';
import { FakeTerminal } from './fake-terminal.ts';

// What the demo makes of its acts; the acts themselves are played in `built.test.ts`.

let server: EmbeddedServer;
let client: Client;

beforeAll(async () => {
  server = await startEmbeddedServer();
  client = await connect(server.hosts);
});

afterAll(async () => {
  await client.close();
  await server.close();
});

async function demoOf(...plays: readonly Act['play'][]) {
  const terminal = new FakeTerminal();
  const options = {
    hosts: server.hosts,
    sessionTimeoutMs: 1,
    connectTimeoutMs: 5_000,
    auth: [],
    json: false,
    verbosity: 'normal',
  } as const;
  const printer = new Printer(terminal.stdout, false);
  const context: Context = { terminal, options, printer, messages: new Messages(terminal.stderr, 'normal') };
  const acts = plays.map((play, index) => ({ title: `act ${index + 1}`, shows: 'something', play }));
  return { status: await runDemo(context, acts), out: terminal.out };
}

const right: Act['play'] = async () => [{ claim: 'two and two are four', holds: true }];
const wrong: Act['play'] = async () => [{ claim: 'two and two are five', holds: false }];

test('claims that are true give 0', async () => {
  const { status, out } = await demoOf(right, right);
  expect(out).toContain('ok     two and two are four');
  expect(out).toMatch(/\nAll 4 claims came true, in [\d.]+ s\.\n$/);
  expect(status).toBe(0);
});

test('one false claim gives 1, and the acts behind it are played all the same', async () => {
  const { status, out } = await demoOf(wrong, right);
  expect(out).toContain('FAILED two and two are five');
  expect(out).toContain('ok     two and two are four');
  expect(out).toMatch(/\n1 of 4 claims did NOT come true\.\n$/);
  expect(status).toBe(1);
});

test('an act that cannot be played to its end is a claim that is false', async () => {
  const { status, out } = await demoOf(async () => {
    throw new Error('the stage is on fire');
  });
  expect(out).toContain('FAILED the act was played to its end: the stage is on fire');
  expect(status).toBe(1);
});

test('a znode left in line is a claim that is false, and is removed', async () => {
  const { status, out } = await demoOf(async (stage) => {
    await new Mutex(client, stage.lockPath).acquire();
    return [];
  });
  expect(out).toContain('FAILED nobody is left in line');
  expect(status).toBe(1);
  expect(server.paths()).toEqual([]);
});
