import { TlsError } from '../../errors/connection.ts';

const untrusted =
  "no authority that we trust has signed the server's certificate. Give its authority's certificate as `tls.ca`, if this is the right server";
const unwanted =
  'the server refused our certificate, or demands one. Give `tls.cert` and `tls.key`, valid and signed by an authority in its trust store';
const noTls = 'the server does not speak TLS there. Use its secureClientPort; docent never falls back to plain text';
const noCommonGround = 'the two sides have no version of TLS, or no cipher, in common. Bring the older one up to date';

/** What to do about it, by the codes of Node's and OpenSSL's errors. */
const advice: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: "the server's certificate, or its authority's, has expired. Renew it",
  CERT_NOT_YET_VALID: "the server's certificate is not valid yet. Check the clocks",
  CERT_REVOKED: "the server's certificate has been revoked",
  DEPTH_ZERO_SELF_SIGNED_CERT: untrusted,
  SELF_SIGNED_CERT_IN_CHAIN: untrusted,
  UNABLE_TO_GET_ISSUER_CERT: untrusted,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: untrusted,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: untrusted,
  CERT_SIGNATURE_FAILURE: untrusted,
  CERT_UNTRUSTED: untrusted,
  INVALID_CA: untrusted,
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: unwanted,
  ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE: unwanted,
  ERR_SSL_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE: unwanted,
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_REVOKED: unwanted,
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED: unwanted,
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN: unwanted,
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: unwanted,
  ERR_SSL_TLSV1_ALERT_ACCESS_DENIED: unwanted,
  ERR_SSL_WRONG_VERSION_NUMBER: noTls,
  ERR_SSL_PACKET_LENGTH_TOO_LONG: noTls,
  ERR_SSL_UNSUPPORTED_PROTOCOL: noCommonGround,
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: noCommonGround,
  ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE: `${noCommonGround}; or ${unwanted}`,
};

/** How far a connection had come. */
export type Progress = 'opening' | 'open' | 'spoken-on';

/**
 * What the end of a connection, or of a try to open one, says of TLS; undefined if that is not the matter.
 *
 * @param error Node's; undefined if the server closed the connection
 */
export function tlsTrouble(server: string, progress: Progress, error: NodeJS.ErrnoException | undefined): TlsError | undefined {
  const because = (problem: string) => new TlsError(server, problem, error === undefined ? {} : { cause: error });
  if (error?.code === 'ERR_TLS_CERT_ALTNAME_INVALID') return because(wrongName(error));
  const known = error?.code === undefined ? undefined : advice[error.code];
  if (known !== undefined) return because(known);
  // TCP did not come about.
  if (error?.syscall === 'connect' || progress === 'spoken-on') return undefined;
  if (error?.code?.startsWith('ERR_') === true) return because(`TLS failed: ${error.message}`);
  return because(
    progress === 'opening'
      ? 'the server closed it instead of beginning TLS. Either it speaks plain text there (use its secureClientPort), or it has no version and cipher of TLS in common with us; docent never falls back to plain text'
      : `the server closed it as soon as TLS was agreed on. Perhaps ${unwanted}`,
  );
}

/** A TLS record that tells of an error: what a TLS server says to who does not speak TLS. No frame of a ZooKeeper begins so: it would be too long. */
export function isTlsAlert(chunk: Buffer): boolean {
  return chunk[0] === 0x15 && chunk[1] === 0x03;
}

function wrongName(error: Error): string {
  const reason = 'reason' in error ? String(error.reason) : error.message;
  return `the server's certificate is for another name (${reason}). Connect by a name that it bears, or give that as \`tls.servername\``;
}
