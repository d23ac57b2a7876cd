import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseDynamicConfig } from '../../../src/client/ensemble/dynamic-config.ts';

function plainOf(...lines: string[]): readonly string[] {
  return parseDynamicConfig(lines.join('\n')).plain.map(({ host, port }) => `${host} ${port}`);
}

test('members, whatever their role, are found where they serve clients, and the version with them', () => {
  const text = [
    'server.1=zk1:2888:3888:participant;10.0.0.1:2181',
    'server.2=zk2:2888:3888:observer;client.zk2:2182',
    'server.30=zk3:2888:3888;zk3:2183',
    'version=10000000a',
  ].join('\n');
  expect(parseDynamicConfig(text)).toEqual({
    version: 0x10000000an,
    plain: [
      { host: '10.0.0.1', port: 2181 },
      { host: 'client.zk2', port: 2182 },
      { host: 'zk3', port: 2183 },
    ],
    secure: [],
  });
});

test.each([';2181', ';0.0.0.0:2181', ';[::]:2181', ';[0:0:0:0:0:0:0:0]:2181', ' ; 2181 '])(
  'a member that serves clients on all of its addresses (%s) is found at that which its peers know',
  (client) => {
    expect(plainOf(`server.1=zk1:2888:3888:participant${client}`)).toEqual(['zk1 2181']);
    expect(plainOf(`server.1=[fd00::1]:2888:3888:participant${client}`)).toEqual(['fd00::1 2181']);
    expect(plainOf(`server.1=zk1a:2888:3888|zk1b:2888:3888:participant${client}`)).toEqual(['zk1a 2181', 'zk1b 2181']);
  },
);

test('an IPv6 address loses its brackets', () => {
  expect(plainOf('server.1=zk1:2888:3888;[fd00::2]:2181')).toEqual(['fd00::2 2181']);
});

test('addresses for TLS are kept apart, with or without plain ones', () => {
  expect(parseDynamicConfig('server.1=zk1:1:2;2181;2281\nserver.2=zk2:1:2;;0.0.0.0:2282')).toEqual({
    version: undefined,
    plain: [{ host: 'zk1', port: 2181 }],
    secure: [
      { host: 'zk1', port: 2281 },
      { host: 'zk2', port: 2282 },
    ],
  });
});

test.each([
  'server.1=zk1:2888:3888:participant',
  'server.1=zk1:2888:3888;',
  'server.1=zk1:2888:3888;zk1',
  'server.1=zk1:2888:3888;zk1:0',
  'server.1=zk1:2888:3888;zk1:65536',
  'server.1=zk1:2888:3888;zk1:21x',
  'server.1=zk1:2888:3888;zk1:2181:2182',
  'server.1=;2181',
  'server.x=zk1:2888:3888;zk1:2181',
  'group.1=zk1:2888:3888;zk1:2181',
  '# server.1=zk1:2888:3888;zk1:2181',
  '',
])('a line that says not where (%s) is passed over, and the others are read', (line) => {
  expect(plainOf(line, 'server.2=zk2:2888:3888;2181')).toEqual(['zk2 2181']);
});

test('no text is too strange, and whatever is found can be connected to', () => {
  const odd = fc.stringMatching(/^[\w.:;|[\]= \n-]*$/);
  fc.assert(
    fc.property(odd, odd, odd, (before, server, client) => {
      const { plain, secure } = parseDynamicConfig(`${before}\nserver.1=${server};${client}`);
      for (const { host, port } of [...plain, ...secure]) {
        expect(host).toMatch(/^[^\s[\]]+$/);
        expect(port).toBeGreaterThan(0);
        expect(port).toBeLessThan(65_536);
      }
    }),
  );
});
