import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { instanceCodec, type PayloadOptions } from '../../../recipes/discovery/instance-codec.ts';
import type { ServiceInstance } from '../../../recipes/discovery/service-instance.ts';
import { decodeZnode, encodeValue, MalformedDataError } from '../../../src/index.ts';
import { readGoldenServices } from '../../golden/golden-services.ts';

const golden = readGoldenServices();

function goldenOf(name: string): string {
  const found = golden[name];
  if (found === undefined) throw new Error(`nothing golden is called ${name}`);
  return found;
}

function read<P>(written: string, options: PayloadOptions<P> = {}): ServiceInstance<P> {
  return decodeZnode('/services/orders/i-1', instanceCodec(options), Buffer.from(written));
}

function written<P>(instance: ServiceInstance<P>, options: PayloadOptions<P> = {}): string {
  return Buffer.from(encodeValue('instance', instanceCodec(options), instance)).toString();
}

const plain: ServiceInstance<unknown> = {
  name: 'orders',
  id: 'i-1',
  address: '10.0.0.5',
  port: 8080,
  sslPort: null,
  payload: null,
  registeredMs: 1_700_000_000_000,
  type: 'dynamic',
  uriSpec: null,
  isEnabled: true,
  unknown: {},
};

const details = { zone: 'eu', weight: 3, tags: ['a', 'b'], next: null };

interface Kind {
  readonly differences: Partial<ServiceInstance<unknown>>;
  /** To be named to write the same. */
  readonly javaClass?: string;
}

/** What the lines of the golden file are to us. */
const kinds: Readonly<Record<string, Kind>> = {
  'no payload': { differences: {} },
  'no port': { differences: { port: null } },
  string: { differences: { payload: 'hello' } },
  integer: { differences: { payload: 7 } },
  double: { differences: { payload: 1.5 } },
  boolean: { differences: { payload: true } },
  long: { differences: { payload: 7 }, javaClass: 'java.lang.Long' },
  object: { differences: { payload: details }, javaClass: 'Discovery$Details' },
  list: { differences: { payload: ['a', 1, 2.5, true] } },
  'fixed list': { differences: { payload: ['a', 'b'] }, javaClass: 'java.util.Arrays$ArrayList' },
  array: { differences: { payload: ['a', 'b'] }, javaClass: '[Ljava.lang.String;' },
  'array of numbers': { differences: { payload: [1, 2] }, javaClass: '[I' },
  map: { differences: { payload: { zone: 'eu' } }, javaClass: 'java.util.HashMap' },
  'uri spec': { differences: { sslPort: 8443, uriSpec: '{scheme}://{address}:{ssl-port}/{[}{zone}{]}' } },
  disabled: { differences: { isEnabled: false } },
  DYNAMIC: { differences: { type: 'dynamic' } },
  DYNAMIC_SEQUENTIAL: { differences: { type: 'dynamic-sequential' } },
  STATIC: { differences: { type: 'static' } },
  PERMANENT: { differences: { type: 'permanent' } },
};

test.each(Object.entries(kinds))(
  '%s: read from what Curator writes, and written as Curator does, byte for byte',
  (name, { differences, javaClass }) => {
    const instance = { ...plain, ...differences };
    expect(read(goldenOf(name))).toEqual(instance);
    expect(written(instance, { javaClass })).toBe(goldenOf(name));
  },
);

test('every line of the golden file is among these', () => {
  expect(new Set([...Object.keys(kinds), 'said to be enabled'])).toEqual(new Set(Object.keys(golden)));
});

test('that it is enabled may be said, and is not written', () => {
  const instance = read(goldenOf('said to be enabled'));
  expect(instance).toEqual(plain);
  expect(written(instance)).toBe(goldenOf('no payload'));
});

describe('a payload with a schema', () => {
  const schema = z.looseObject({
    zone: z.string(),
    since: z.codec(z.iso.date(), z.date(), { decode: (day) => new Date(day), encode: (date) => date.toISOString().slice(0, 10) }),
  });
  const options = { payload: schema, javaClass: 'com.example.Details' };
  const json = '{"name":"n","id":"i","payload":{"@class":"com.example.Details","zone":"eu","since":"2026-06-01","more":[1]}}';

  test('is typed in both directions, and keeps the fields that its schema does not know', () => {
    const { payload, ...rest } = read(json, options);
    const since: Date = payload.since;
    expect(payload).toEqual({ zone: 'eu', since: new Date('2026-06-01'), more: [1] });
    expect(JSON.parse(written({ ...rest, payload: { ...payload, since: new Date(since.getTime() + 86_400_000) } }, options))).toMatchObject(
      {
        payload: { '@class': 'com.example.Details', zone: 'eu', since: '2026-06-02', more: [1] },
      },
    );
  });

  test.each([
    ['{"name":"n","id":"i","payload":{"zone":7,"since":"2026-06-01"}}', 'payload.zone'],
    ['{"name":"n","id":"i","payload":null}', 'payload'],
    ['{"name":"n","id":"i"}', 'payload'],
  ])('that does not fit is refused by name: %s', (text, field) => {
    expect(() => read(text, options)).toThrow(MalformedDataError);
    expect(() => read(text, options)).toThrow(`it is not a service instance in JSON (${field}: `);
  });

  test('that cannot be written is refused by name', () => {
    const { payload } = read(json, options);
    expect(() => written({ ...plain, payload: { ...payload, zone: 7 as unknown as string } }, options)).toThrow(
      'instance: cannot be written as a service instance in JSON (payload.zone: ',
    );
  });
});

test('fields that nobody knows are kept', () => {
  const instance = read('{"name":"n","id":"i","version":"7","enabled":false}');
  expect(instance).toMatchObject({ unknown: { version: '7' }, isEnabled: false });
  expect(JSON.parse(written(instance))).toMatchObject({ version: '7', enabled: false });
});

test('what is missing is what Jackson makes of it', () => {
  expect(read('{"name":"n","id":"i"}')).toEqual({ ...plain, name: 'n', id: 'i', address: null, port: null, registeredMs: 0 });
  expect(read('{"name":"n","id":"i","enabled":null,"serviceType":null,"registrationTimeUTC":null}')).toMatchObject({
    isEnabled: false,
    type: 'dynamic',
    registeredMs: 0,
  });
});

test.each([
  ['a pair that names no class', '["eu","us"]', ['eu', 'us']],
  ['three strings', '["a.b","c","d"]', ['a.b', 'c', 'd']],
  ['an object without a class', '{"zone":"eu"}', { zone: 'eu' }],
  ['an empty list', '[]', []],
])('%s, which other software may write, is taken as it is', (_, json, payload) => {
  expect(read(`{"name":"n","id":"i","payload":${json}}`).payload).toEqual(payload);
});

test.each([
  ['nothing', ''],
  ['an address', '10.0.0.5'],
  ['not UTF-8', Buffer.from([0xff, 0xfe])],
  ['another JSON', '{"host":"10.0.0.5","port":80}'],
  ['a list', '[]'],
  ['no id', '{"name":"n"}'],
  ['a port out of range', '{"name":"n","id":"i","port":65536}'],
  ['a type of another age', '{"name":"n","id":"i","serviceType":"FLEETING"}'],
  ['a template of other pieces', '{"name":"n","id":"i","uriSpec":"http://{address}"}'],
  ['a template whose variable has a brace in its name', '{"name":"n","id":"i","uriSpec":{"parts":[{"value":"a}b","variable":true}]}}'],
])('%s is refused by name', (_, data) => {
  expect(() => decodeZnode('/services/orders/i-1', instanceCodec({}), Buffer.from(data))).toThrow(MalformedDataError);
});
