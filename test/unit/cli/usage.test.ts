import { expect, test } from 'vitest';
import { docent } from './fake-terminal.ts';

const wrong: readonly (readonly [args: string, says: string])[] = [
  ['', 'Usage: docent'],
  ['fly /a', "unknown command 'fly'"],
  ['get', "missing required argument 'path'"],
  ['get a', "must start with '/'"],
  ['get /a/', "must not end with '/'"],
  ['get /a /b', 'too many arguments'],
  ['get --fast /a', "unknown option '--fast'"],
  ['set /a', "missing required argument 'data'"],
  ['set --version x /a 1', 'must be an integer'],
  ['set --version 2147483648 /a 1', 'must be an integer'],
  ['create -e -c /a', 'exclude each other'],
  ['create -e --ttl 1s /a', 'exclude each other'],
  ['create -s -c /a', 'cannot be sequential'],
  ['create --ttl 5 /a', 'must be a duration'],
  ['deleteall /', 'the root cannot be deleted'],
  ['lock /a', "missing required argument 'command'"],
  ['lock --timeout soon /a -- true', 'must be a duration'],
  ['lock --shared --exclusive /a -- true', "option '--shared' cannot be used with option '--exclusive'"],
  ['deadlocks a', "must start with '/'"],
  ['deadlocks /a /b', 'too many arguments'],
  ['serve --port 65536', 'must be an integer'],
  ['serve extra', 'too many arguments'],
  ['--session-timeout 10 ls /', 'must be a duration'],
  ['ls / --connect-timeout 10', 'must be a duration'],
  ['--auth digest ls /', 'must be SCHEME:CREDENTIAL'],
  ['--hosts h:port ls /', 'docent: --hosts: must have a port'],
  ['--session-timeout 0ms ls /', 'docent: --session-timeout: must be greater than 0'],
  ['--connect-timeout 0ms ls /', 'docent: --connect-timeout: must be greater than 0'],
  ['create -p /a/', "docent: path: must not end with '/'"],
  ['create --ttl 0s /a', 'docent: --ttl: must be'],
  ['-v -q ls /', "cannot be used with option '-v, --verbose'"],
];

test.each(wrong)('wrong arguments end with 2 and usage on standard error: docent %s', async (args, says) => {
  const { status, out, err } = await docent(args === '' ? [] : args.split(' '));
  expect(err).toContain(says);
  expect(err).toContain('Usage: docent');
  expect(out).toBe('');
  expect(status).toBe(2);
});

test.each(['--help', 'help', 'lock --help', 'help lock'])('help that is asked for is a result: docent %s', async (args) => {
  const { status, out, err } = await docent(args.split(' '));
  expect(out).toContain('Usage: docent');
  expect(err).toBe('');
  expect(status).toBe(0);
});

test('the version is the package’s', async () => {
  const { default: manifest } = await import('../../../package.json', { with: { type: 'json' } });
  expect((await docent(['--version'])).out).toBe(`${manifest.version}\n`);
});
