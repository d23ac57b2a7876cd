import {
  NotSentError,
  OperationError,
  OutcomeUnknownError,
  ReplyTooLargeError,
  RequestTooLargeError,
  TooManyRequestsError,
  UnsupportedError,
} from '../errors/operation.ts';
import { RefusedError, refusedBy, TransactionFailedError } from '../errors/refusal.ts';
import { isSequential } from '../znode.ts';
import type { MultiOperation, MultiResult, OperationName, Perform, ReplyOf, RequestOf } from './driver.ts';

/** The same operations below `prefix`, which is put before the paths of requests and taken off those of replies and errors. */
export function withPrefix(prefix: string, perform: Perform): Perform {
  if (prefix === '') return perform;
  return (name, request, until) => {
    const { toInner, fromInner } = mappings[name];
    return perform(name, toInner(prefix, request), until).then(
      (reply) => fromInner(prefix, reply),
      (error: unknown) => {
        throw restated(error, prefix, request);
      },
    );
  };
}

/** `/` and `/a` are `/app` and `/app/a` below `/app`. */
export function prefixed(prefix: string, path: string): string {
  return path === '/' ? prefix || '/' : prefix + path;
}

/** The other way round; undefined for a path that does not lie there. */
export function unprefixed(prefix: string, path: string): string | undefined {
  if (prefix === '') return path;
  if (path === prefix) return '/';
  return path.startsWith(`${prefix}/`) ? path.slice(prefix.length) : undefined;
}

interface Mapping<N extends OperationName> {
  toInner(prefix: string, request: RequestOf<N>): RequestOf<N>;
  fromInner(prefix: string, reply: ReplyOf<N>): ReplyOf<N>;
}

const mappings: { readonly [N in OperationName]: Mapping<N> } = {
  create: {
    toInner: prefixedCreate,
    fromInner: (prefix, reply) => ({
      ...reply,
      path: within(prefix, reply.path),
    }),
  },
  delete: pathOnly(),
  exists: pathOnly(),
  getData: pathOnly(),
  setData: pathOnly(),
  getAcl: pathOnly(),
  setAcl: pathOnly(),
  getChildren: pathOnly(),
  getChildren2: pathOnly(),
  sync: pathOnly(),
  multi: {
    toInner: (prefix, { operations }) => ({
      operations: operations.map((operation) => prefixedPart(prefix, operation)),
    }),
    fromInner: (prefix, { results }) => ({
      results: results.map((result) => unprefixedResult(prefix, result)),
    }),
  },
  multiRead: {
    toInner: (prefix, { reads }) => ({
      reads: reads.map(({ op, path }) => ({
        op,
        path: prefixed(prefix, path),
      })),
    }),
    fromInner: (_prefix, reply) => reply,
  },
  addWatch: pathOnly(),
  removeWatches: pathOnly(),
  getEphemerals: {
    toInner: (prefix, { path }) => ({ path: prefixed(prefix, path) }),
    fromInner: (prefix, { paths }) => ({
      paths: paths.map((path) => within(prefix, path)),
    }),
  },
  setWatches: {
    toInner: (prefix, request) => ({
      ...request,
      data: request.data.map((path) => prefixed(prefix, path)),
      children: request.children.map((path) => prefixed(prefix, path)),
    }),
    fromInner: (_prefix, reply) => reply,
  },
  getAllChildrenNumber: pathOnly(),
  whoAmI: untouched(),
  getConfig: untouched(),
  reconfig: untouched(),
  addAuth: untouched(),
};

function pathOnly<Request extends { readonly path: string }, Reply>() {
  return {
    toInner: (prefix: string, request: Request): Request => ({
      ...request,
      path: prefixed(prefix, request.path),
    }),
    fromInner: (_prefix: string, reply: Reply): Reply => reply,
  };
}

function untouched<Request, Reply>() {
  return {
    toInner: (_prefix: string, request: Request): Request => request,
    fromInner: (_prefix: string, reply: Reply): Reply => reply,
  };
}

/** A sequential create in the root itself is one of `/`, whose name the server completes. */
function prefixedCreate(prefix: string, request: RequestOf<'create'>): RequestOf<'create'> {
  const path = isSequential(request.mode) ? prefix + request.path : prefixed(prefix, request.path);
  return { ...request, path };
}

function prefixedPart(prefix: string, operation: MultiOperation): MultiOperation {
  if (operation.op === 'create') return { ...operation, ...prefixedCreate(prefix, operation) };
  return { ...operation, path: prefixed(prefix, operation.path) };
}

function unprefixedResult(prefix: string, result: MultiResult): MultiResult {
  return result.op === 'create' ? { ...result, path: within(prefix, result.path) } : result;
}

function within(prefix: string, path: string): string {
  return unprefixed(prefix, path) ?? path;
}

/** The same error as the caller knows it: with the path and the request that went in. */
function restated(error: unknown, prefix: string, request: unknown): unknown {
  if (!(error instanceof OperationError)) return error;
  const { operation } = error;
  const path = within(prefix, error.path);
  if (error instanceof RefusedError) return refusedBy(error.code, operation, path);
  if (error instanceof TransactionFailedError)
    return new TransactionFailedError(error.index, refusedBy(error.cause.code, error.cause.operation, path));
  if (error instanceof OutcomeUnknownError) return new OutcomeUnknownError(operation, path, request, error.cause);
  if (error instanceof NotSentError) return new NotSentError(operation, path, error.cause);
  if (error instanceof ReplyTooLargeError) return new ReplyTooLargeError(operation, path, error.sizeBytes, error.limitBytes);
  if (error instanceof RequestTooLargeError) return new RequestTooLargeError(operation, path, error.sizeBytes, error.limitBytes);
  if (error instanceof TooManyRequestsError) return new TooManyRequestsError(operation, path, error.limit);
  if (error instanceof UnsupportedError) return new UnsupportedError(operation, path, error.driver, error.feature);
  return error;
}
