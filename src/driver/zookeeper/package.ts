import { DriverUnavailableError } from '../../errors/connection.ts';
import { describeCause } from '../../errors/docent-error.ts';

/** Called back once with ZooKeeper's code, 0 for success; what follows is null unless it is 0. */
type Answer<T extends readonly unknown[]> = (code: number, message: string, ...reply: T) => void;

export interface PackageStat {
  readonly czxid: number;
  readonly mzxid: number;
  readonly pzxid: number;
  readonly ctime: Date;
  readonly mtime: Date;
  readonly version: number;
  readonly cversion: number;
  readonly aversion: number;
  /** In hexadecimal digits. */
  readonly ephemeralOwner: string;
  readonly dataLength: number;
  readonly numChildren: number;
}

export interface PackageAcl {
  readonly perms: number;
  readonly scheme: string;
  /** What everybody else calls the id. */
  readonly auth: string;
}

export interface PackageConfig {
  /** Addresses, comma-separated. Names would be looked up synchronously. */
  readonly connect: string;
  readonly timeout: number;
  /** Of the whole process. 0: write nothing to standard error. */
  readonly debug_level: number;
  /** How many reads in a row may end within a reply before the package closes the session, as if it had expired. */
  readonly response_counter_limit: number;
  /** Of a session to go on with. */
  readonly client_id?: string;
  readonly client_password?: string;
}

type WatchEventName = 'created' | 'deleted' | 'changed' | 'child';

/**
 * What docent uses of a `ZooKeeper` of the package, whose own declarations say `any` for most of it. The methods return 0 if the request was taken; if it was
 * not, they return a code and never call back.
 */
export interface PackageClient {
  on(event: 'connect' | 'connecting', listener: () => void): unknown;
  on(event: 'close', listener: (client: unknown, code: number) => void): unknown;
  on(event: WatchEventName, listener: (client: unknown, path: string) => void): unknown;

  /** Hexadecimal digits. */
  readonly client_id: string;
  /** As well. */
  readonly client_password: string;
  /** One of the C client's `ZOO_*_STATE`. */
  readonly state: number;
  /** The session timeout, negotiated or asked for; -1 if `init` has failed, which says nothing of it. */
  readonly timeout: number;

  init(config: PackageConfig): unknown;
  set_servers(servers: string): number;
  close(): unknown;

  add_auth(scheme: string, auth: string, done: Answer<[]>): number;
  a_create(path: string, data: Buffer, flags: number, done: Answer<[path: string]>): number;
  a_createTtl(path: string, data: Buffer, flags: number, ttlMs: number, done: Answer<[path: string]>): number;
  a_delete_(path: string, version: number, done: Answer<[]>): number;
  a_exists(path: string, watch: boolean, done: Answer<[stat: PackageStat]>): number;
  a_get(path: string, watch: boolean, done: Answer<[stat: PackageStat, data: Buffer | null]>): number;
  a_set(path: string, data: Buffer, version: number, done: Answer<[stat: PackageStat]>): number;
  a_get_children(path: string, watch: boolean, done: Answer<[children: readonly string[]]>): number;
  a_get_children2(path: string, watch: boolean, done: Answer<[children: readonly string[], stat: PackageStat]>): number;
  a_set_acl(path: string, version: number, acl: readonly PackageAcl[], done: Answer<[]>): number;
  a_sync(path: string, done: Answer<[path: string]>): number;
  a_getconfig(watch: boolean, done: Answer<[stat: PackageStat, data: Buffer | null]>): number;
  a_reconfig(
    joining: string | null,
    leaving: string | null,
    members: string | null,
    version: number,
    done: Answer<[stat: PackageStat, data: Buffer | null]>,
  ): number;
}

/** What the constructor is given would win over what `init` is given. */
export type PackageClass = new (config: object) => PackageClient;

/** Not written in the import itself: the compiler would then want the declarations of a package that need not be there. */
const packageName = 'zookeeper';

/**
 * Loads the package and its native binary.
 *
 * @throws {DriverUnavailableError}
 */
export async function loadPackage(): Promise<PackageClass> {
  try {
    const { default: loaded } = (await import(packageName)) as { readonly default: PackageClass };
    return loaded;
  } catch (error) {
    throw unavailable(error);
  }
}

function unavailable(error: unknown): DriverUnavailableError {
  return new DriverUnavailableError('zookeeper', whyNot(error), { cause: error });
}

function whyNot(error: unknown): string {
  if (error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND') {
    return `the npm package 'zookeeper' is not installed. Run \`npm install zookeeper\`, or use docent's own driver, which needs nothing`;
  }
  return (
    `the native binary of the npm package 'zookeeper' does not load (${describeCause(error)}). Allow its install script (npm 12 and later: ` +
    '`npm approve-scripts zookeeper`) and run `npm rebuild zookeeper --ignore-scripts=false`, which on Linux needs python3, make and a C++ compiler; ' +
    "or use docent's own driver, which needs nothing"
  );
}
