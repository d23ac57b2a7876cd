import { describe, expect, test } from 'vitest';
import { DigestMd5 } from '../../../src/driver/wire/digest-md5.ts';
import { ProtocolError } from '../../../src/errors/connection.ts';
import { goldenSasl } from './golden-sasl.ts';

const { challenge, response, proof, clientNonce } = goldenSasl;

function digestOf(credential: string): DigestMd5 {
  return new DigestMd5(Buffer.from(credential), clientNonce);
}

/** `name=value` pairs, sorted: their order has no meaning. */
function parts(token: Buffer): readonly string[] {
  return token.toString('utf8').split(',').toSorted();
}

test("the answer to a server's challenge is that of the Java client", () => {
  expect(parts(digestOf('anna:secret').respond(challenge))).toEqual(parts(response));
});

test("the server's proof is taken, and no other", () => {
  const digest = digestOf('anna:secret');
  digest.respond(challenge);
  expect(digest.isProof(proof)).toBe(true);
  for (const other of ['', 'rspauth=', 'rspauth=d349f2e0c7cbeeb87088b650e9e6b9bf', 'x=d349f2e0c7cbeeb87088b650e9e6b9be']) {
    expect(digest.isProof(Buffer.from(other))).toBe(false);
  }
});

test('nothing is a proof before the challenge has been answered', () => {
  expect(digestOf('anna:secret').isProof(Buffer.from('rspauth=undefined'))).toBe(false);
});

test('a password may contain colons, and the user ends at the first', () => {
  const token = digestOf('anna:a:b').respond(challenge).toString();
  expect(token).toContain('username="anna"');
  expect(token).not.toContain('a:b');
});

test('quotes and backslashes in names survive the way', () => {
  const token = digestOf('a"n\\a:secret').respond(Buffer.from('nonce="x\\"y", realm="r" ,algorithm=md5-sess')).toString();
  expect(token).toContain('username="a\\"n\\\\a"');
  expect(token).toContain('nonce="x\\"y"');
  expect(token).toContain('realm="r"');
});

describe('a challenge that cannot be answered is refused', () => {
  test.each([
    ['without a nonce', 'realm="r",algorithm=md5-sess', 'nonce'],
    ['of another algorithm', 'nonce="n",algorithm=md5', 'algorithm'],
    ['that demands more protection than there is', 'nonce="n",algorithm=md5-sess,qop="auth-int,auth-conf"', 'qop'],
    ['that is no list of directives', '\u0000\u0001', 'nonce'],
  ])('%s', (_, text, field) => {
    const digest = digestOf('anna:secret');
    expect(() => digest.respond(Buffer.from(text))).toThrow(expect.objectContaining({ name: ProtocolError.name, field }));
  });

  test('but not one that offers more than is wanted', () => {
    expect(digestOf('anna:secret').respond(Buffer.from('nonce="n",algorithm=md5-sess,qop="auth-int, auth"')).toString()).toContain(
      'qop=auth',
    );
  });
});
