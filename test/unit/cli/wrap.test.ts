import { writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Context } from '../../../cli/context.ts';
import { Messages } from '../../../cli/messages.ts';
import { Printer } from '../../../cli/print.ts';
import { type HeldLease, wrap } from '../../../cli/wrap.ts';
import { LeaseLostError } from '../../../src/index.ts';
import { FakeTerminal } from './fake-terminal.ts';
import { ScriptFolder } from './script-folder.ts';

let folder: ScriptFolder;

beforeEach(async () => {
  folder = await ScriptFolder.make();
});

afterEach(async () => {
  await folder[Symbol.asyncDispose]();
});

/** A lease that a test can take away. */
class FakeLease implements HeldLease {
  readonly path = '/lock/_c_1-lock-0000000007';
  readonly token = 0x7fff_ffff_ffff_ffffn;
  readonly #lost = new AbortController();

  get signal(): AbortSignal {
    return this.#lost.signal;
  }

  isValid(): boolean {
    return !this.signal.aborted;
  }

  assertValid(): void {
    this.signal.throwIfAborted();
  }

  lose(): void {
    this.#lost.abort(new LeaseLostError(this.path, new Error('by the test')));
  }
}

function world({ interactive = false } = {}) {
  const terminal = new FakeTerminal({ interactive });
  const options = { hosts: undefined, sessionTimeoutMs: 1, connectTimeoutMs: 1, auth: [], json: false, verbosity: 'normal' } as const;
  const printer = new Printer(terminal.stdout, false);
  const context: Context = { terminal, options, printer, messages: new Messages(terminal.stderr, 'normal') };
  const lease = new FakeLease();
  const asked = new AbortController();
  const run = (graceMs: number, ...[file, ...args]: [string, ...string[]]) => wrap(context, lease, [file, ...args], graceMs, asked.signal);
  return { terminal, lease, asked, run };
}

test.each([0, 1, 3, 124, 255])('the status is the command’s own: %i', async (status) => {
  expect(await world().run(1_000, ...folder.script(`exit ${status}`))).toBe(status);
});

test.each([
  ['KILL', 137],
  ['TERM', 143],
  ['HUP', 129],
])('a command that SIG%s ended gives %i', async (signal, status) => {
  expect(await world().run(1_000, ...folder.script(`kill -${signal} $$`))).toBe(status);
});

test('the command knows its lease', async () => {
  await world().run(1_000, ...folder.script('echo "$DOCENT_PATH $DOCENT_FENCING_TOKEN" > told'));
  expect(await folder.contentOf('told')).toBe('/lock/_c_1-lock-0000000007 9223372036854775807\n');
});

test('no shell reads the arguments', async () => {
  await world().run(1_000, '/bin/sh', '-c', 'printf "%s|" "$@" > "$0"', folder.file('told'), '$HOME', 'a b', '*');
  expect(await folder.contentOf('told')).toBe('$HOME|a b|*|');
});

test('a command that is not found gives 127', async () => {
  const { terminal, run } = world();
  expect(await run(1_000, 'no-such-command-anywhere')).toBe(127);
  expect(terminal.err).toBe('docent: cannot run no-such-command-anywhere: no such command\n');
});

test('a command that cannot be executed gives 126', async () => {
  const file = folder.file('plain');
  await writeFile(file, 'text', { mode: 0o644 });
  const { terminal, run } = world();
  expect(await run(1_000, file)).toBe(126);
  expect(terminal.err).toContain(file);
});

test('nothing is run when the lease is lost already', async () => {
  const { lease, run } = world();
  lease.lose();
  await expect(run(1_000, ...folder.script('echo > ran'))).rejects.toThrow(LeaseLostError);
  await expect(folder.contentOf('ran')).rejects.toThrow('ENOENT');
});

test('when the lease is lost the command gets SIGTERM, and the status is 125 whatever it ends with', async () => {
  const { terminal, lease, run } = world();
  const status = run(60_000, ...folder.endless('trap "echo ended > told; exit 0" TERM'));
  await folder.ready();
  lease.lose();
  expect(await status).toBe(125);
  expect(await folder.contentOf('told')).toBe('ended\n');
  expect(terminal.err).toBe('docent: the lease /lock/_c_1-lock-0000000007 is lost: by the test; ending /bin/sh with SIGTERM\n');
});

test('a command that ignores SIGTERM gets SIGKILL when the grace is over', async () => {
  const { lease, run } = world();
  const status = run(50, ...folder.endless('trap "" TERM'));
  await folder.ready();
  lease.lose();
  expect(await status).toBe(125);
});

test('nothing is run when this process has been asked to end', async () => {
  const { asked, run } = world();
  asked.abort(new Error('asked to end'));
  await expect(run(1_000, ...folder.script('echo > ran'))).rejects.toThrow('asked to end');
  await expect(folder.contentOf('ran')).rejects.toThrow('ENOENT');
});

test.each(['SIGQUIT', 'SIGUSR2', 'SIGALRM'] as const)(
  '%s, which would end us and not the command, is passed to the command',
  async (signal) => {
    const { terminal, run } = world({ interactive: signal !== 'SIGQUIT' });
    const status = run(1_000, ...folder.endless(`trap "exit 42" ${signal.slice(3)}`));
    await folder.ready();
    terminal.otherSignals$.next(signal);
    expect(await status).toBe(42);
    expect(terminal.otherSignals$.observed).toBe(false);
  },
);

test.each(['SIGINT', 'SIGTERM', 'SIGQUIT'] as const)('%s is passed to the command, whose status counts', async (signal) => {
  const { terminal, run } = world();
  const status = run(1_000, ...folder.endless(`trap "exit 42" ${signal.slice(3)}`));
  await folder.ready();
  terminal.signals$.next(signal);
  expect(await status).toBe(42);
});

test('a keyboard sends its Ctrl-C to the command itself, so it is not sent a second time', async () => {
  const { terminal, run } = world({ interactive: true });
  const status = run(1_000, ...folder.endless('trap "exit 42" INT; trap "exit 43" TERM'));
  await folder.ready();
  terminal.signals$.next('SIGINT');
  terminal.signals$.next('SIGTERM');
  expect(await status).toBe(43);
});

test('afterwards nobody listens any more', async () => {
  const { terminal, run } = world();
  await run(1_000, ...folder.script('exit 0'));
  expect(terminal.signals$.observed).toBe(false);
});
