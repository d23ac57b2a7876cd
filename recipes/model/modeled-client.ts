import { map, type Observable } from 'rxjs';
import {
  type CallOptions,
  type Client,
  type Codec,
  Deadline,
  decodeZnode,
  encodeValue,
  joinPath,
  OperationTimeoutError,
  parseOptions,
  type Stat,
  type WriteOptions,
} from '../../src/index.ts';
import { childrenOf, unlessGone } from '../common/unless-gone.ts';
import { type WaitOptions, waitOptions } from '../common/wait-options.ts';
import { rewrite } from '../documents/rewrite.ts';
import { checkMode, type ModelCreateOptions, type ModelNode, modelNode, type ReadableModelNode } from './model-node.ts';
import { ModelView, type ModelViewOptions } from './model-view.ts';
import type { ParentParameters, PathParameters, PathTemplate } from './path-template.ts';

/** The parameters of a parent, which need not be given if there are none, and what bounds the call. */
export type ParentArguments<Template extends string> = [keyof ParentParameters<Template>] extends [never]
  ? [parent?: ParentParameters<Template>, options?: CallOptions]
  : [parent: ParentParameters<Template>, options?: CallOptions];

/**
 * The znodes of a model, typed, through a client. Everything rejects as the client's calls of the same names do, and with `InvalidArgumentError` for
 * parameters that make no path and values that do not fit, before anything is sent.
 *
 * @see Curator `ModeledFramework`
 */
export class ModeledClient<Template extends string, T> {
  readonly #client: Client;
  readonly #template: PathTemplate<Template>;
  readonly #codec: Codec<T>;

  /** @internal Made by `model(…).on(client)`. */
  constructor(client: Client, template: PathTemplate<Template>, codec: Codec<T>) {
    this.#client = client;
    this.#template = template;
    this.#codec = codec;
  }

  /**
   * The value, with its stat.
   *
   * @throws {NoNodeError}
   * @throws {MalformedDataError} what is there is no value of the model
   */
  async get(parameters: PathParameters<Template>, options: CallOptions = {}): Promise<ReadableModelNode<Template, T>> {
    const path = this.#template.path(parameters);
    const { data, stat } = await this.#client.get(path, options);
    return { path, parameters: { ...parameters }, stat, value: decodeZnode(path, this.#codec, data), error: undefined };
  }

  /** The stat, or null if there is no such znode. */
  async exists(parameters: PathParameters<Template>, options: CallOptions = {}): Promise<Stat | null> {
    return await this.#client.exists(this.#template.path(parameters), options);
  }

  /**
   * Makes it, and missing parents.
   *
   * @throws {NodeExistsError} it is there, if only as the parent of others: then `set` it
   */
  async create(parameters: PathParameters<Template>, value: T, options: ModelCreateOptions & CallOptions = {}): Promise<Stat> {
    checkMode(options.mode);
    const { stat } = await this.#client.create(this.#template.path(parameters), this.#encode(value), { ...options, parents: true });
    return stat;
  }

  /**
   * Stores a value in a znode that is there.
   *
   * @param options `version`: only if the znode has that one. Default: any
   * @throws {NoNodeError | BadVersionError}
   */
  async set(parameters: PathParameters<Template>, value: T, options: WriteOptions = {}): Promise<Stat> {
    return await this.#client.set(this.#template.path(parameters), this.#encode(value), options);
  }

  /**
   * Changes what is there, by compare-and-set.
   *
   * @param change must do nothing else, as it is called anew if somebody has come between. What returns its argument changes nothing
   * @returns the new value
   * @throws {NoNodeError}
   * @throws {MalformedDataError} what is there is no value of the model
   * @throws {OutcomeUnknownError} the reply was lost, and `change` would change once more what is there now: it may have been called on its own result
   */
  async update(parameters: PathParameters<Template>, change: (value: T) => T, options: WaitOptions = {}): Promise<T> {
    const path = this.#template.path(parameters);
    const { timeoutMs, signal } = parseOptions(waitOptions, options, 'model.update');
    const late = () => new OperationTimeoutError('update', path, timeoutMs ?? 0, 'unknown');
    using deadline = new Deadline(this.#client.clock, { timeoutMs, signal }, late);
    deadline.signal.throwIfAborted();
    // One document, so one value, of its codec.
    const [changed] = await rewrite(
      this.#client,
      [{ path, codec: this.#codec }],
      ([before]) => [change(before?.value as T)],
      deadline.signal,
    );
    return changed as T;
  }

  /** Deletes it. @throws {NoNodeError | NotEmptyError | BadVersionError} */
  async delete(parameters: PathParameters<Template>, options: WriteOptions = {}): Promise<void> {
    await this.#client.delete(this.#template.path(parameters), options);
  }

  /**
   * What there is for the parameter that the template ends in, sorted: `await users.children()`, or `await users.children({ tenant: 'a' })`. None if there is
   * no such parent.
   */
  async children(...[parent, options = {}]: ParentArguments<Template>): Promise<readonly string[]> {
    return await this.#names(this.#parentPath(parent), options);
  }

  /**
   * All that there are at a parent, with their values, sorted by name. One that cannot be read is among them, with the error. Not at one instant: each is as of
   * its own reading.
   */
  async list(...[parent, options = {}]: ParentArguments<Template>): Promise<readonly ModelNode<Template, T>[]> {
    const directory = this.#parentPath(parent);
    const names = await this.#names(directory, options);
    const nodes = await Promise.all(names.map((name) => this.#look(joinPath(directory, name), options)));
    return nodes.filter((node) => node !== undefined);
  }

  /**
   * The value, then each newer one, never an older one; null while there is none. What is no value of the model comes as a znode with an `error`, and the stream
   * goes on. Silent while there is no contact; errors with what cannot heal, as `Client.data$` does.
   */
  data$(parameters: PathParameters<Template>): Observable<ModelNode<Template, T> | null> {
    const path = this.#template.path(parameters);
    const place = { path, parameters: { ...parameters } };
    return this.#client.data$(path).pipe(map((node) => (node === null ? null : (modelNode(place, this.#codec, node) ?? null))));
  }

  /**
   * A live local picture of all znodes of the model, whatever their parameters. Does no I/O before its `start`.
   *
   * @throws {InvalidArgumentError}
   */
  cached(options: ModelViewOptions = {}): ModelView<Template, T> {
    return new ModelView(this.#client, this.#template, this.#codec, options);
  }

  #parentPath(parent: ParentParameters<Template> | undefined): string {
    // Left out only if there are none, by the type of `children`.
    return this.#template.parentPath(parent ?? ({} as ParentParameters<Template>));
  }

  async #names(directory: string, options: CallOptions): Promise<readonly string[]> {
    return [...(await childrenOf(this.#client, directory, options))].sort();
  }

  async #look(path: string, options: CallOptions): Promise<ModelNode<Template, T> | undefined> {
    const node = await unlessGone(this.#client.get(path, options));
    const parameters = this.#template.match(path);
    return node && parameters && modelNode({ path, parameters }, this.#codec, node);
  }

  #encode(value: T): Uint8Array {
    return encodeValue('model.value', this.#codec, value);
  }
}
