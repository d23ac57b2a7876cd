import {
  AcquireTimeoutError,
  BadVersionError,
  ConnectTimeoutError,
  InvalidAclError,
  NoAuthError,
  NodeExistsError,
  NoNodeError,
  NotEmptyError,
  OutcomeUnknownError,
  parentOf,
  RefusedError,
  RequestTooLargeError,
  WrongRecipeError,
} from '../src/index.ts';
import { isAuthFailure } from './exit-status.ts';

/** What to do about `error`, where the command line has an answer. */
export function hintFor(error: unknown): string | undefined {
  if (error instanceof ConnectTimeoutError) return "--hosts or $ZK_HOSTS names the servers; 'docent serve' runs one for development";
  if (isAuthFailure(error)) return '--auth SCHEME:CREDENTIAL says who you are';
  if (error instanceof AcquireTimeoutError) return `'docent holders ${error.path}' shows who holds it`;
  if (error instanceof WrongRecipeError)
    return `'docent holders ${error.path}' shows who is there; 'lock' is one kind, with --shared or --exclusive another`;
  if (error instanceof OutcomeUnknownError) return `'docent stat ${error.path}' shows what became of it`;
  if (error instanceof RequestTooLargeError) return 'store the data elsewhere, and in the znode where it is';
  if (error instanceof RefusedError) return hintForRefused(error);
  return error instanceof Error && 'code' in error ? systemHints[String(error.code)] : undefined;
}

function hintForRefused(error: RefusedError): string | undefined {
  const { path } = error;
  if (error instanceof NoNodeError) return hintForMissing(error);
  if (error instanceof NodeExistsError) return `'docent set ${path} DATA' changes it`;
  if (error instanceof NotEmptyError) return `'docent deleteall ${path}' deletes it with all below it`;
  if (error instanceof BadVersionError) return `'docent stat ${path}' shows its version`;
  if (error instanceof NoAuthError || error instanceof InvalidAclError) return '--auth SCHEME:CREDENTIAL says who you are';
  if (error.code === 'BADARGUMENTS' && path.startsWith('/zookeeper')) return "/zookeeper is the servers' own, and cannot be deleted";
  return undefined;
}

/** The root is always there, unless it is that of a chroot. */
function hintForMissing({ operation, path }: NoNodeError): string {
  const missing = operation === 'create' ? parentOf(path) : path;
  if (missing === '/') return "the chroot of --hosts or $ZK_HOSTS does not exist; to make it, leave it out there and 'create -p' it";
  return operation === 'create'
    ? `${missing} is missing, or a znode above it; 'create -p' makes them`
    : `'docent ls ${parentOf(path)}' shows what there is`;
}

/** By the codes of Node's errors; only `serve` meets them. */
const systemHints: Readonly<Record<string, string>> = {
  EADDRINUSE: '--port names another port; 0 is any free one',
  EACCES: '--port names another port; those below 1024 need privileges',
  EADDRNOTAVAIL: '--host names an address of this machine',
};
