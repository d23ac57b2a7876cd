import { expect, test } from 'vitest';
import { isTlsAlert, type Progress, tlsTrouble } from '../../../src/driver/wire/tls-trouble.ts';

function errorOf(code: string, more: object = {}): Error {
  return Object.assign(new Error(`what Node says of ${code}`), { code, ...more });
}

test.each<[string, Progress, Error | undefined, string]>([
  ['an expired certificate', 'opening', errorOf('CERT_HAS_EXPIRED'), 'Renew it'],
  ['a certificate of tomorrow', 'opening', errorOf('CERT_NOT_YET_VALID'), 'clocks'],
  ['a certificate that signs itself', 'opening', errorOf('DEPTH_ZERO_SELF_SIGNED_CERT'), 'tls.ca'],
  ['another name', 'opening', errorOf('ERR_TLS_CERT_ALTNAME_INVALID', { reason: 'not a' }), '(not a)'],
  ['a certificate refused after TLS 1.3 was agreed on', 'open', errorOf('ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED'), 'tls.cert'],
  ['a certificate refused by TLS 1.2', 'opening', errorOf('ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE'), 'tls.cert'],
  ['plain text', 'opening', errorOf('ERR_SSL_WRONG_VERSION_NUMBER'), 'secureClientPort'],
  ['an old version', 'opening', errorOf('ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION'), 'version'],
  ['an error that nobody has thought of', 'opening', errorOf('ERR_SSL_NEW'), 'what Node says'],
  ['a server that closes instead of TLS', 'opening', undefined, 'secureClientPort'],
  ['a server that cuts instead of TLS', 'opening', errorOf('ECONNRESET'), 'secureClientPort'],
  ['a server that closes right after', 'open', undefined, 'tls.cert'],
  ['a server that cuts right after', 'open', errorOf('EPIPE', { syscall: 'write' }), 'tls.cert'],
])('%s: the error says what to do', (_, progress, error, says) => {
  const trouble = tlsTrouble('h:1', progress, error);
  expect(trouble).toMatchObject({ name: 'TlsError', server: 'h:1', message: expect.stringContaining(says) });
  expect(trouble?.cause).toBe(error);
});

test.each<[string, Progress, Error | undefined]>([
  ['a server that is not there', 'opening', errorOf('ECONNREFUSED', { syscall: 'connect' })],
  ['a server that was there and has gone', 'spoken-on', undefined],
  ['a connection that breaks later', 'spoken-on', errorOf('ECONNRESET', { syscall: 'read' })],
])('%s: TLS is not the matter', (_, progress, error) => {
  expect(tlsTrouble('h:1', progress, error)).toBeUndefined();
});

test('an alert of TLS is known by its beginning, and no frame is taken for one', () => {
  expect(isTlsAlert(Buffer.from('15030300020246', 'hex'))).toBe(true);
  for (const other of ['', '15', '00000025', '1603', '1500']) expect(isTlsAlert(Buffer.from(other, 'hex'))).toBe(false);
});
