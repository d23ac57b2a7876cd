import {
  type Acl,
  type Codec,
  type CreateMode,
  decodeZnode,
  InvalidArgumentError,
  isSequential,
  MalformedDataError,
  type NoAuthError,
  type NodeData,
  type Stat,
} from '../../src/index.ts';
import type { PathParameters } from './path-template.ts';

/** A znode of a model, with its value or with why there is none. */
export type ModelNode<Template extends string, T> = ReadableModelNode<Template, T> | UnreadableModelNode<Template>;

export interface ReadableModelNode<Template extends string, T> {
  readonly path: string;
  /** What stands in the places of the template's parameters. */
  readonly parameters: PathParameters<Template>;
  readonly stat: Stat;
  readonly value: T;
  readonly error: undefined;
}

export interface UnreadableModelNode<Template extends string> {
  readonly path: string;
  readonly parameters: PathParameters<Template>;
  readonly stat: Stat;
  readonly value: undefined;
  /** Its data is no value of the model; or, in a view, we may not read it. */
  readonly error: MalformedDataError | NoAuthError;
}

/** How a znode of a model is made. */
export interface ModelCreateOptions {
  /** Default: `persistent`. Not a sequential one, since the parameters are the name. */
  readonly mode?: Exclude<CreateMode, `${string}sequential${string}`> | undefined;
  /** For `persistent-with-ttl`: how long the znode stays without a change or children, in milliseconds. */
  readonly ttlMs?: number | undefined;
  /** Default: the client's. */
  readonly acl?: readonly Acl[] | undefined;
}

/** @throws {InvalidArgumentError} */
export function checkMode(mode: CreateMode | undefined): void {
  if (mode !== undefined && isSequential(mode)) {
    throw new InvalidArgumentError('model.create.mode', mode, 'must not be sequential: the parameters are the name');
  }
}

/** Where a znode is. */
export interface Place<Template extends string> {
  readonly path: string;
  readonly parameters: PathParameters<Template>;
}

/**
 * The znode with its value; undefined if it is there only for what is below it: parents are made without data, which is no value of most models (CURATOR-609).
 */
export function modelNode<Template extends string, T>(
  { path, parameters }: Place<Template>,
  codec: Codec<T>,
  { data, stat }: NodeData,
): ModelNode<Template, T> | undefined {
  try {
    return { path, parameters, stat, value: decodeZnode(path, codec, data), error: undefined };
  } catch (error) {
    if (!(error instanceof MalformedDataError)) throw error;
    return isMereParent(error) ? undefined : { path, parameters, stat, value: undefined, error };
  }
}

export function isMereParent(error: MalformedDataError | NoAuthError): boolean {
  return error instanceof MalformedDataError && error.sizeBytes === 0;
}
