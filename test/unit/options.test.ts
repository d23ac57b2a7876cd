import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { undisclosed } from '../../src/errors/docent-error.ts';
import { abortSignal, parseOptions, positiveMs } from '../../src/options.ts';

const schema = z.strictObject({
  timeoutMs: positiveMs.optional(),
  retries: z.number().default(3),
  signal: abortSignal.optional(),
  tls: z.strictObject({ ca: z.string('must be PEM text') }).optional(),
  auth: z.array(z.strictObject({ scheme: z.string('must be a string') })).default([]),
});

test('valid options come back with their defaults filled in', () => {
  const { signal } = new AbortController();
  expect(parseOptions(schema, { timeoutMs: 5, signal }, 'connect')).toEqual({ timeoutMs: 5, signal, retries: 3, auth: [] });
});

describe('the error names the field, its value and the rule', () => {
  test.each([
    ['a number out of range', { timeoutMs: 0 }, 'connect.timeoutMs', 0, 'must be greater than 0 ms'],
    ['a negative number', { timeoutMs: -1 }, 'connect.timeoutMs', -1, 'must be greater than 0 ms'],
    ['a wrong type', { timeoutMs: '5s' }, 'connect.timeoutMs', '5s', 'must be a number of milliseconds'],
    ['an unknown option', { timeOutMs: 5 }, 'connect.timeOutMs', undisclosed, 'there is no such option'],
    ['a nested field', { tls: { ca: 7 } }, 'connect.tls.ca', 7, 'must be PEM text'],
    ['a nested field that is missing', { tls: {} }, 'connect.tls.ca', undefined, 'must be PEM text'],
    ['an unknown nested option', { tls: { ca: 'pem', cert: 1 } }, 'connect.tls.cert', undisclosed, 'there is no such option'],
    ['an element of a list', { auth: [{ scheme: 'digest' }, { scheme: null }] }, 'connect.auth.1.scheme', null, 'must be a string'],
    [
      'an unknown option of an element',
      { auth: [{ scheme: 'digest', user: 'x' }] },
      'connect.auth.0.user',
      undisclosed,
      'there is no such option',
    ],
    ['what looks like a signal', { signal: { aborted: false } }, 'connect.signal', undisclosed, 'must be an AbortSignal'],
  ])('%s', (_, value, field, culprit, rule) => {
    expect(() => parseOptions(schema, value, 'connect')).toThrow(
      expect.objectContaining({ name: 'InvalidArgumentError', field, value: culprit, rule }),
    );
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, 5n])('%s is no number of milliseconds', (timeoutMs) => {
    expect(() => parseOptions(schema, { timeoutMs }, 'connect')).toThrow(expect.objectContaining({ field: 'connect.timeoutMs' }));
  });

  test.each([null, 'options', 5])('%j in the place of the options is refused by their owner’s name', (value) => {
    expect(() => parseOptions(schema, value, 'connect')).toThrow(expect.objectContaining({ field: 'connect', value }));
  });

  test.each([
    ['a list', ['user:password']],
    ['a function', () => 'user:password'],
  ])('%s there, too, but is not shown', (_, value) => {
    expect(() => parseOptions(schema, value, 'connect')).toThrow(expect.objectContaining({ field: 'connect', value: undisclosed }));
  });

  test.each([
    ['of an option', { auth: 'user:password' }, 'connect.auth'],
    ['of a part of it', { auth: [{ scheme: 'digest', pass: 'user:password' }] }, 'connect.auth.0.pass'],
    ['in the place of all options', 'user:password', 'connect'],
    ['of an option whose name is misspelt', { Auth: 'user:password' }, 'connect.Auth'],
  ])('but never a secret value %s', (_, value, field) => {
    const parse = () => parseOptions(schema, value, 'connect', ['auth']);
    expect(parse).toThrow(expect.objectContaining({ name: 'InvalidArgumentError', field, value: undisclosed }));
    expect(parse).toThrow('got a value that is not shown, since it may be secret');
  });

  test('a value that is no secret shows though others are', () => {
    expect(() => parseOptions(schema, { retries: 'x' }, 'connect', ['auth'])).toThrow('got "x"');
  });

  test('the message is one sentence', () => {
    expect(() => parseOptions(schema, { timeoutMs: -1 }, 'connect')).toThrow('connect.timeoutMs: must be greater than 0 ms; got -1');
  });
});
