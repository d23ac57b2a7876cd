import { expect, test } from 'vitest';
import { parseConnectionString } from '../../../src/client/connection-string.ts';
import { InvalidArgumentError } from '../../../src/index.ts';

const at = (host: string, port = 2181) => ({ host, port });

test.each([
  ['localhost', [at('localhost')], ''],
  ['localhost:2182', [at('localhost', 2182)], ''],
  ['a:1,b,c:65535', [at('a', 1), at('b'), at('c', 65_535)], ''],
  [' a , b ', [at('a'), at('b')], ''],
  ['a/', [at('a')], ''],
  ['a,b/team/app', [at('a'), at('b')], '/team/app'],
  ['[::1]:2181/x', [at('::1')], '/x'],
  ['[fe80::1]', [at('fe80::1')], ''],
])('%s', (text, hosts, chroot) => {
  expect(parseConnectionString(text)).toEqual({ hosts, chroot });
});

test.each([
  ['', 'hosts', 'must name at least one server, as in `localhost:2181`'],
  ['/x', 'hosts', 'must name at least one server, as in `localhost:2181`'],
  ['a,,b', 'hosts', 'has an empty entry between commas'],
  ['a:0', 'hosts', 'must have a port from 1 to 65535'],
  ['a:65536', 'hosts', 'must have a port from 1 to 65535'],
  ['a:x', 'hosts', 'must have a port from 1 to 65535'],
  ['a:', 'hosts', 'must have a port from 1 to 65535'],
  [':2181', 'hosts', 'must have a host before the port'],
  ['a b', 'hosts', 'must have a host before the port'],
  ['::1', 'hosts', 'must be host:port; an IPv6 address goes in brackets, as in `[::1]:2181`'],
  ['[localhost]:1', 'hosts', 'must have an IPv6 address between brackets'],
  ['a/x/', 'hosts (the chroot)', "must not end with '/'"],
  ['a//x', 'hosts (the chroot)', "must not have an empty element ('//')"],
])('%j is refused, saying why', (text, field, rule) => {
  expect(() => parseConnectionString(text)).toThrow(InvalidArgumentError);
  expect(() => parseConnectionString(text)).toThrow(expect.objectContaining({ field, rule }));
});
