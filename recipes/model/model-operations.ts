import { type Codec, encodeValue, type TransactionOperation } from '../../src/index.ts';
import { checkMode, type ModelCreateOptions } from './model-node.ts';
import type { PathParameters, PathTemplate } from './path-template.ts';

/**
 * Operations of a model for `client.transaction`, typed and checked. Pure.
 *
 * @example
 * await client.transaction([
 *   users.operations.create({ id: 'ann' }, ann),
 *   quotas.operations.set({ tenant: 'a' }, { users: quota.value.users - 1 }, quota.stat.version),
 *   lease.check(),
 * ]);
 */
export class ModelOperations<Template extends string, T> {
  readonly #template: PathTemplate<Template>;
  readonly #codec: Codec<T>;

  /** @internal */
  constructor(template: PathTemplate<Template>, codec: Codec<T>) {
    this.#template = template;
    this.#codec = codec;
  }

  /** Makes a znode, whose parent has to be there. @throws {InvalidArgumentError} */
  create(parameters: PathParameters<Template>, value: T, options: ModelCreateOptions = {}): TransactionOperation {
    checkMode(options.mode);
    return { ...options, op: 'create', path: this.#template.path(parameters), data: this.#encode(value) };
  }

  /** Stores a value. @param version only if the znode has that one @throws {InvalidArgumentError} */
  set(parameters: PathParameters<Template>, value: T, version?: number): TransactionOperation {
    return { op: 'set', path: this.#template.path(parameters), data: this.#encode(value), version };
  }

  /** @param version only if the znode has that one @throws {InvalidArgumentError} */
  delete(parameters: PathParameters<Template>, version?: number): TransactionOperation {
    return { op: 'delete', path: this.#template.path(parameters), version };
  }

  /** That the znode is there. @param version and has that one @throws {InvalidArgumentError} */
  check(parameters: PathParameters<Template>, version?: number): TransactionOperation {
    return { op: 'check', path: this.#template.path(parameters), version };
  }

  #encode(value: T): Uint8Array {
    return encodeValue('model.value', this.#codec, value);
  }
}
