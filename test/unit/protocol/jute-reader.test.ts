import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { connectRequest, connectResponse } from '../../../src/protocol/handshake.ts';
import { JuteReader } from '../../../src/protocol/jute.ts';
import { operations } from '../../../src/protocol/operations.ts';
import { bool, decode, long, nullableString, record, ustring, vector } from '../../../src/protocol/record.ts';
import { encode } from '../../support/encode.ts';

function reader(hex: string): JuteReader {
  return new JuteReader(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
}

const loneSurrogate = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

describe('lengths and counts', () => {
  test.each([
    ['7fffffff', 'the largest'],
    ['00000005', 'one beyond what follows'],
  ])('length %s (%s) is refused without looking at what lies beyond', (length) => {
    for (const read of [(input: JuteReader) => input.string(), (input: JuteReader) => input.bytes()]) {
      expect(() => read(reader(`${length} 61626364`))).toThrow('4 left');
    }
  });

  test.each(['80000000', 'fffffffe'])('length %s, negative and not null, is refused', (length) => {
    for (const read of [
      (input: JuteReader) => input.string(),
      (input: JuteReader) => input.bytes(),
      (input: JuteReader) => input.count(),
    ]) {
      expect(() => read(reader(`${length} 61626364`))).toThrow('a length of -');
    }
  });

  test('a count beyond what is left is refused before anything is built', () => {
    expect(() => reader('7fffffff 00000000').count()).toThrow('a vector of 2147483647 elements in 4 bytes');
    expect(() => reader('00000005 00000000').count()).toThrow('a vector of 5 elements in 4 bytes');
    expect(reader('00000004 00000000').count()).toBe(4);
  });

  test('an element of a vector takes a byte at least, so that every vector written passes the check of its count', () => {
    const smallest = { path: '', acl: [{ perms: 0, scheme: '', id: '' }], version: 0 };
    const widths = [encode(vector(ustring), ['']), encode(operations.setAcl.request, smallest).subarray(4, -4)].map(
      ({ length }) => length - 4,
    );
    expect(widths).toEqual([4, 12]);
    fc.assert(
      fc.property(fc.nat({ max: 2_000 }), (count) => {
        const children = Array.from({ length: count }, () => '');
        expect(decode(operations.getChildren.reply, encode(operations.getChildren.reply, { children }))).toEqual({ children });
      }),
      { numRuns: 10 },
    );
  });

  test('a null vector, which Java sends for a null list, has no elements', () => {
    expect(decode(operations.getChildren.reply, Buffer.from('ffffffff', 'hex'))).toEqual({ children: [] });
  });
});

describe('booleans', () => {
  test('every byte but 0 is true, as for DataInput.readBoolean', () => {
    const values = Array.from({ length: 256 }, (_, byte) => decode(bool, Buffer.from([byte])));
    expect(values.indexOf(true)).toBe(1);
    expect(values.lastIndexOf(false)).toBe(0);
  });
});

describe('strings', () => {
  test('null is kept where a field may be null, and is empty elsewhere', () => {
    expect(decode(nullableString, Buffer.from('ffffffff', 'hex'))).toBeNull();
    expect(decode(ustring, Buffer.from('ffffffff', 'hex'))).toBe('');
    expect(encode(nullableString, null).toString('hex')).toBe('ffffffff');
  });

  test.each([
    ['a byte that begins nothing', '61 ff 62', 'a\ufffdb'],
    ['a character cut short', 'e2 82', '\ufffd'],
    ['an overlong slash', 'c0 af', '\ufffd\ufffd'],
    ['surrogates one by one, as Java writes an emoji', 'eda0bd edb880', '\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd'],
  ])('%s reads as U+FFFD, and what follows is read rightly', (_, bytes, expected) => {
    const body = bytes.replaceAll(' ', '');
    const input = reader(`${(body.length / 2).toString(16).padStart(8, '0')} ${body} 00000007`);
    expect(input.string()).toBe(expected);
    expect(input.int()).toBe(7);
  });

  test.each([
    ['a first half alone', 'a\ud83d'],
    ['a second half alone', '\ude00a'],
    ['halves in the wrong order', '\ude00\ud83d'],
  ])('a surrogate without its other half (%s) is written as U+FFFD', (_, text) => {
    expect(decode(ustring, encode(ustring, text))).toBe(text.replace(/[\ud800-\udfff]/g, '\ufffd'));
  });

  test('any string of UTF-16 units is written in three bytes a unit at most, with its true length', () => {
    const unit = fc.nat({ max: 0xffff }).map((code) => String.fromCharCode(code));
    fc.assert(
      fc.property(fc.array(unit, { maxLength: 30 }), (units) => {
        const written = encode(ustring, units.join(''));
        expect(written.readInt32BE(0)).toBe(written.length - 4);
        expect(written.length - 4).toBeLessThanOrEqual(3 * units.length);
        expect(written.subarray(4).toString()).toBe(units.join('').replace(loneSurrogate, '\ufffd'));
      }),
    );
  });
});

test('bytes are a view on the frame, not a copy', () => {
  const frame = Buffer.from('00000002 6162'.replace(' ', ''), 'hex');
  const bytes = new JuteReader(frame).bytes();
  frame[4] = 0x7a;
  expect(bytes?.toString()).toBe('zb');
});

test('64-bit numbers keep every bit', () => {
  for (const value of [0n, -1n, 2n ** 53n + 1n, 2n ** 63n - 1n, -(2n ** 63n)]) expect(decode(long, encode(long, value))).toBe(value);
});

describe('where it went wrong', () => {
  const whole = encode(operations.getAcl.reply, {
    acl: [
      { perms: 31, scheme: 'world', id: 'anyone' },
      { perms: 31, scheme: 'auth', id: '' },
    ],
    stat: {
      czxid: 1n,
      mzxid: 1n,
      ctime: 1n,
      mtime: 1n,
      version: 1,
      cversion: 1,
      aversion: 1,
      ephemeralOwner: 1n,
      dataLength: 1,
      numChildren: 1,
      pzxid: 1n,
    },
  });

  test.each([
    [3, 'acl'],
    [7, 'acl.0.perms'],
    [16, 'acl.0.scheme'],
    [27, 'acl.1.perms'],
    [43, 'stat.czxid'],
    [whole.length - 1, 'stat.pzxid'],
  ])('cut after %i bytes: GetACLResponse.%s', (length, field) => {
    const read = () => decode(operations.getAcl.reply, whole.subarray(0, length));
    expect(read).toThrow(expect.objectContaining({ name: 'ProtocolError', record: 'GetACLResponse', field }));
  });

  test('the message says how much was wanted, where, and how much there was', () => {
    expect(() => decode(operations.sync.request, Buffer.from('00000009 2f61'.replace(' ', ''), 'hex'))).toThrow(
      'SyncRequest.path: 9 bytes wanted at byte 4, 2 left',
    );
  });

  test('a part of a multi that is no operation is named by its place', () => {
    const { request } = operations.multi;
    const one = encode(request, [{ op: 'check', request: { path: '/a', version: 1 } }]);
    const unknown = Buffer.concat([one.subarray(0, -9), Buffer.from('0000000b00ffffffff', 'hex')]);
    expect(() => decode(request, unknown)).toThrow('MultiRequest.1.type: 11 is no operation of a multi');
    expect(() => decode(request, one.subarray(0, 12))).toThrow(expect.objectContaining({ record: 'MultiRequest', field: '0.path' }));
  });

  test('an error is no part of a request', () => {
    const error = encode(operations.multi.reply, [{ op: 'error', err: -101 }]);
    expect(() => decode(operations.multi.request, error)).toThrow('MultiRequest.0.type: -1 is no operation of a multi');
  });

  test('what is not a ProtocolError passes as it is', () => {
    const broken = new TypeError('a bug');
    const codec = record('R', {
      a: {
        write() {},
        read() {
          throw broken;
        },
      },
    });
    expect(() => codec.read(reader(''))).toThrow(broken);
  });
});

test.each(['ConnectRequest', 'ConnectResponse'] as const)('a %s without the last field is not read-only', (name) => {
  const fields = { protocolVersion: 0, timeOut: 4000, sessionId: 5n, passwd: Buffer.from('p'), readOnly: true };
  if (name === 'ConnectRequest') {
    const old = encode(connectRequest, { ...fields, lastZxidSeen: 9n }).subarray(0, -1);
    expect(decode(connectRequest, old)).toEqual({ ...fields, lastZxidSeen: 9n, readOnly: false });
  } else {
    expect(decode(connectResponse, encode(connectResponse, fields).subarray(0, -1))).toEqual({ ...fields, readOnly: false });
  }
});
