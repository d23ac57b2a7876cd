import { z } from 'zod';
import { type Clock, systemClock } from '../clock.ts';
import type { Credentials, DriverFactory, HostPort, TlsOptions } from '../driver/driver.ts';
import { type Logger, silentLogger, withoutFailures } from '../log.ts';
import { parseOptions, positiveMs } from '../options.ts';
import { joinPath, validatePath } from '../path.ts';
import { type Acl, openAcl, permissions } from '../znode.ts';
import { exponential, type RetryPolicy } from './calls/retry.ts';
import { parseConnectionString } from './connection-string.ts';

export interface ClientOptions {
  /** `h1:2181,h2:2181,[::1]:2181/chroot`. The port is 2181 where it is left out. */
  readonly hosts: string;
  /** `app` or `/app/x`: put before every path. Its root is made, as a container, when the first znode in it is. Default: none. */
  readonly namespace?: string | undefined;
  /** What to ask the server for; it may grant more or less (`Session.timeoutMs`). Default: 15 000 ms. */
  readonly sessionTimeoutMs?: number | undefined;
  /** Bounds `connect()` and `connected()`. Default: 15 000 ms. */
  readonly connectTimeoutMs?: number | undefined;
  /** Deadline of every call that is not given its own `timeoutMs`; connecting and retries included. Default: 30 000 ms. */
  readonly operationTimeoutMs?: number | undefined;
  /** When to try again what can be tried again. Default: `exponential({ baseMs: 50, capMs: 5_000 })`, for as long as the call's deadline allows. */
  readonly retry?: RetryPolicy | undefined;
  /** By what part of the session timeout `Session.validUntilMs` comes earlier than what is certain: 0 to 0.5. Default: 0.1. */
  readonly validityMargin?: number | undefined;
  /**
   * What every session authenticates with, on every connection anew. Never logged. Default: nothing.
   *
   * `digest`: `user:password`. `sasl`: `user:password` too, by SASL DIGEST-MD5, which proves the password without sending it; nothing is asked of a
   * server before it has taken the proof and given its own. Other schemes, of servers with plug-ins: whatever these understand.
   */
  readonly auth?: readonly { readonly scheme: string; readonly credential: string | Uint8Array }[] | undefined;
  /** ACL of every znode made, parents included, or how to find it from the whole path, namespace included and chroot not. Default: `openAcl`. */
  readonly acl?: readonly Acl[] | ((path: string) => readonly Acl[]) | undefined;
  /** Given, even empty: TLS, and nothing but TLS. Default: plain TCP. */
  readonly tls?: TlsOptions | undefined;
  /** Accept a server that has lost its quorum and answers reads only. Default: false. */
  readonly readOnly?: boolean | undefined;
  /**
   * Watch the ensemble's configuration (`/zookeeper/config`), and connect to its present members too, besides `hosts`, which are never forgotten. For ensembles
   * that are changed by `reconfig`; the configuration has to say where each member serves clients. Where it cannot be read, `errors$` tells. Default: false.
   */
  readonly followConfig?: boolean | undefined;
  /** How many requests may wait before `TooManyRequestsError`. Default: 100 000. */
  readonly maxPendingRequests?: number | undefined;
  /** The server's `jute.maxbuffer`. Larger requests are refused before sending. Default: 1 048 575 bytes, ZooKeeper's own. */
  readonly maxRequestBytes?: number | undefined;
  /** Largest reply that is taken. Default: 64 MiB. */
  readonly maxReplyBytes?: number | undefined;
  /** Bounds `close()`. Default: 5 000 ms. */
  readonly closeTimeoutMs?: number | undefined;
  /** Shaped like pino's. Default: silent. */
  readonly logger?: Logger | undefined;
  /** Where time and randomness come from. Default: the system's. */
  readonly clock?: Clock | undefined;
  /** Makes the sessions. Default: docent's own driver. */
  readonly driver?: DriverFactory | undefined;
}

/** Options with every default filled in and every text taken apart. */
export interface Settings {
  readonly hosts: readonly HostPort[];
  readonly chroot: string;
  /** `/app/x`, or empty. */
  readonly namespace: string;
  readonly sessionTimeoutMs: number;
  readonly connectTimeoutMs: number;
  readonly operationTimeoutMs: number;
  readonly retry: RetryPolicy;
  readonly validityMargin: number;
  readonly auth: readonly Credentials[];
  readonly aclOf: (path: string) => readonly Acl[];
  readonly tls: TlsOptions | undefined;
  readonly readOnly: boolean;
  readonly followConfig: boolean;
  readonly maxPendingRequests: number;
  readonly maxRequestBytes: number;
  readonly maxReplyBytes: number;
  readonly closeTimeoutMs: number;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly driver: DriverFactory | undefined;
}

const bytes = z.instanceof(Uint8Array, { error: 'must be a Uint8Array' });
const text = z.string('must be a string');
const textOrBytes = z.union([text, bytes], 'must be a string or a Uint8Array');
const wholePositive = z.int('must be a whole number').positive('must be greater than 0');

const credentials = z
  .strictObject({ scheme: text.min(1, 'must not be empty'), credential: textOrBytes }, 'must be { scheme, credential }')
  .refine(({ scheme, credential }) => scheme !== 'sasl' || Buffer.from(credential).indexOf(':') > 0, {
    path: ['credential'],
    error: 'must be user:password for the scheme sasl',
  });
const auth = z
  .array(credentials, 'must be a list of { scheme, credential }')
  .refine((all) => all.filter(({ scheme }) => scheme === 'sasl').length <= 1, 'may have one entry of the scheme sasl');
const addedCredentials = credentials.refine(({ scheme }) => scheme !== 'sasl', {
  path: ['scheme'],
  error: "must not be sasl, which is negotiated when a connection opens: put it in the client's `auth`",
});
const aclEntry = z.strictObject(
  {
    perms: z.int('must be a whole number').min(1, 'must be a sum of `permissions`').max(permissions.all, 'must be a sum of `permissions`'),
    scheme: text.min(1, 'must not be empty'),
    id: text,
  },
  'must be { perms, scheme, id }',
);
export const aclList = z.array(aclEntry, 'must be a list of { perms, scheme, id }').min(1, 'must have at least one entry');

function aFunction<T>(): z.ZodType<T> {
  return z.custom<T>((value) => typeof value === 'function', 'must be a function');
}

/** An object with these methods. */
function withMethods<T>(names: readonly (keyof T & string)[]): z.ZodType<T> {
  const complies = (value: unknown) =>
    typeof value === 'object' && value !== null && names.every((name) => typeof Reflect.get(value, name) === 'function');
  return z.custom<T>(complies, `must have the methods ${names.join(', ')}`);
}

const schema = z.strictObject({
  hosts: text,
  namespace: text.optional(),
  sessionTimeoutMs: positiveMs.max(2 ** 31 - 1, 'must be at most 2147483647 ms').default(15_000),
  connectTimeoutMs: positiveMs.default(15_000),
  operationTimeoutMs: positiveMs.default(30_000),
  retry: aFunction<RetryPolicy>().optional(),
  validityMargin: z.number('must be a number').min(0, 'must be 0 to 0.5').max(0.5, 'must be 0 to 0.5').default(0.1),
  auth: auth.default([]),
  acl: z
    .union([aclList, aFunction<(path: string) => readonly Acl[]>()], 'must be a list of { perms, scheme, id } or a function')
    .optional(),
  tls: z
    .strictObject(
      {
        ca: textOrBytes.optional(),
        cert: textOrBytes.optional(),
        key: textOrBytes.optional(),
        passphrase: text.optional(),
        servername: text.optional(),
      },
      'must be an object',
    )
    .refine(({ cert, key }) => (cert === undefined) === (key === undefined), 'must have both `cert` and `key`, or neither')
    .optional(),
  readOnly: z.boolean('must be true or false').default(false),
  followConfig: z.boolean('must be true or false').default(false),
  maxPendingRequests: wholePositive.default(100_000),
  maxRequestBytes: wholePositive.default(1_048_575),
  maxReplyBytes: wholePositive.default(64 * 1024 * 1024),
  closeTimeoutMs: positiveMs.default(5_000),
  logger: withMethods<Logger>(['debug', 'info', 'warn', 'error']).default(silentLogger),
  clock: withMethods<Clock>(['now', 'wallTime', 'setTimer', 'random']).default(systemClock),
  driver: aFunction<DriverFactory>().optional(),
});

/**
 * @param what the name of the function that was given the options, for errors
 * @throws {InvalidArgumentError} naming the first option that breaks a rule
 */
export function parseClientOptions(options: ClientOptions, what: string): Settings {
  const { hosts, namespace, retry, auth, acl, tls, logger, driver, ...rest } = parseOptions(schema, options, what, ['auth', 'tls']);
  return {
    ...rest,
    ...parseConnectionString(hosts, `${what}.hosts`),
    namespace: parseNamespace(namespace, `${what}.namespace`),
    retry: retry ?? exponential({ baseMs: 50, capMs: 5_000 }),
    auth: auth.map(({ scheme, credential }) => credentialsOf(scheme, credential)),
    aclOf: typeof acl === 'function' ? (path) => parseOptions(aclList, acl(path), `${what}.acl(${path})`) : () => acl ?? openAcl,
    // zod types an absent key as `undefined`, which the port's type does not allow; the values are the same.
    tls: tls as TlsOptions | undefined,
    logger: withoutFailures(logger),
    driver,
  };
}

/** @throws {InvalidArgumentError} */
export function parseAddedCredentials(scheme: string, credential: string | Uint8Array): Credentials {
  parseOptions(addedCredentials, { scheme, credential }, 'addAuth', ['credential']);
  return credentialsOf(scheme, credential);
}

/** Text as UTF-8. */
function credentialsOf(scheme: string, credential: string | Uint8Array): Credentials {
  return { scheme, credential: Buffer.from(credential) };
}

/** `app` and `/app` give `/app`; none and `/` give the empty string. */
export function parseNamespace(namespace: string | undefined, field: string): string {
  if (namespace === undefined || namespace === '' || namespace === '/') return '';
  const root = namespace.startsWith('/') ? namespace : joinPath('/', namespace);
  validatePath(root, field);
  return root;
}
