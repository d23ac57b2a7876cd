import { expect, test } from 'vitest';
import type { ServiceInstance } from '../../../recipes/discovery/service-instance.ts';
import { formatUriSpec, parseUriSpec, uriOf } from '../../../recipes/discovery/uri-spec.ts';

const instance: ServiceInstance<null> = {
  name: 'orders',
  id: 'i-1',
  address: '10.0.0.5',
  port: 8080,
  sslPort: null,
  payload: null,
  registeredMs: 1_700_000_000_000,
  type: 'dynamic-sequential',
  uriSpec: null,
  isEnabled: true,
  unknown: {},
};

// What Curator 5.4 makes of the same.
test.each([
  ['{scheme}://{address}:{port}', {}, 'http://10.0.0.5:8080'],
  ['{scheme}://{address}:{port}', { sslPort: 8443 }, 'https://10.0.0.5:8080'],
  ['{scheme}://{address}:{ssl-port}', { sslPort: 8443 }, 'https://10.0.0.5:8443'],
  ['{scheme}://{address}:{port}', { port: null }, 'http://10.0.0.5:'],
  ['/{name}/{id}?{registration-time-utc}&{service-type}', {}, '/orders/i-1?1700000000000&dynamic_sequential'],
  ['{[}{ name }{]}{nobody-knows}{}', {}, '{orders}'],
  ['', {}, ''],
  ['{toString}{constructor}{__proto__}{hasOwnProperty}', {}, ''],
])('%s is filled in as by Curator', (uriSpec, differences, uri) => {
  expect(uriOf({ ...instance, ...differences, uriSpec })).toBe(uri);
});

test('variables of the caller come first', () => {
  expect(uriOf({ ...instance, uriSpec: '{address}:{port}/{zone}' }, { port: '9', zone: 'eu' })).toBe('10.0.0.5:9/eu');
});

test.each([
  [{}, 'http://10.0.0.5:8080'],
  [{ sslPort: 8443 }, 'https://10.0.0.5:8443'],
  [{ port: null }, 'http://10.0.0.5'],
  [{ address: '::1' }, 'http://[::1]:8080'],
])('without a template: %j', (differences, uri) => {
  expect(uriOf({ ...instance, ...differences })).toBe(uri);
});

test.each(['a{', 'a}b', 'a{{b}}', '{a}}'])('%s is refused by name', (template) => {
  expect(() => parseUriSpec(template, 'register.uriSpec')).toThrow('register.uriSpec: must have its variables in braces');
});

test('braces in a text come back as the variables that make them', () => {
  expect(
    formatUriSpec([
      { value: 'a{b}c', variable: false },
      { value: 'id', variable: true },
    ]),
  ).toBe('a{[}b{]}c{id}');
});
