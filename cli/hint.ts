import {
  AcquireTimeoutError,
  BadVersionError,
  ConnectTimeoutError,
  NoAuthError,
  NodeExistsError,
  NoNodeError,
  NotEmptyError,
} from '../src/index.ts';

/** What to do about `error`, where the command line has an answer. */
export function hintFor(error: unknown): string | undefined {
  if (error instanceof ConnectTimeoutError) return "--hosts or $ZK_HOSTS names the servers; 'docent serve' runs one for development";
  if (error instanceof NoNodeError) return error.operation === 'create' ? "a parent is missing; 'create -p' makes it" : undefined;
  if (error instanceof NodeExistsError) return `'docent set ${error.path} DATA' changes it`;
  if (error instanceof NotEmptyError) return `'docent deleteall ${error.path}' deletes it with all below it`;
  if (error instanceof BadVersionError) return `'docent stat ${error.path}' shows its version`;
  if (error instanceof NoAuthError) return '--auth SCHEME:CREDENTIAL says who you are';
  if (error instanceof AcquireTimeoutError) return `'docent holders ${error.path}' shows who holds it`;
  if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') return '--port names another port; 0 is any free one';
  return undefined;
}
