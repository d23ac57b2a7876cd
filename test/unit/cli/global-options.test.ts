import { Command } from 'commander';
import { expect, test } from 'vitest';
import { type GlobalOptions, globalOptionsOf, hostsFrom } from '../../../cli/global-options.ts';
import { buildProgram } from '../../../cli/program.ts';
import { FakeTerminal } from './fake-terminal.ts';

function parse(args: string): GlobalOptions | undefined {
  let options: GlobalOptions | undefined;
  const program = buildProgram(new FakeTerminal(), () => async (...received) => {
    const command = received.at(-1);
    if (command instanceof Command) options = globalOptionsOf(command);
  });
  program.parse(args.split(' '), { from: 'user' });
  return options;
}

test('without global options there are the defaults', () => {
  const defaults = { hosts: undefined, sessionTimeoutMs: 10_000, connectTimeoutMs: 10_000, auth: [], json: false, verbosity: 'normal' };
  expect(parse('ls /')).toEqual(defaults);
});

test('global options stand before the command, behind it, or both; the later wins', () => {
  const given = { hosts: 'h', sessionTimeoutMs: 250, connectTimeoutMs: 120_000, json: true, verbosity: 'verbose' };
  expect(parse('--hosts h --session-timeout 250ms --connect-timeout 2m --json -v ls /')).toMatchObject(given);
  expect(parse('ls --hosts h --session-timeout 250ms --connect-timeout 2m --json -v /')).toMatchObject(given);
  expect(parse('--hosts g --json ls --session-timeout 250ms --connect-timeout 2m / --hosts h -v')).toMatchObject(given);
  expect(parse('ls -q /')).toMatchObject({ verbosity: 'quiet' });
});

test('credentials add up, and may contain colons', () => {
  const auth = [
    { scheme: 'digest', credential: 'me:secret' },
    { scheme: 'x', credential: '' },
  ];
  expect(parse('--auth digest:me:secret ls --auth x: /')).toMatchObject({ auth });
});

test('options of the command behind -- are the command’s', () => {
  expect(parse('lock /a -- cmd --json -v --hosts h')).toMatchObject({ json: false, verbosity: 'normal', hosts: undefined });
});

test('the hosts are those given, else those of the environment, else this machine', () => {
  expect(hostsFrom('given:1', { ZK_HOSTS: 'environment:1' })).toBe('given:1');
  expect(hostsFrom(undefined, { ZK_HOSTS: 'environment:1' })).toBe('environment:1');
  expect(hostsFrom(undefined, { ZK_HOSTS: '' })).toBe('127.0.0.1:2181');
  expect(hostsFrom(undefined, {})).toBe('127.0.0.1:2181');
});
