import type { Observable } from 'rxjs';
import { type Codec, encodeValue } from '../../src/index.ts';
import type { WaitOptions } from '../common/wait-options.ts';
import type { PersistentNodeState } from '../nodes/node-state.ts';
import type { PersistentNode } from '../nodes/persistent-node.ts';
import { changed, type ServiceChange } from './service-definition.ts';
import type { ServiceInstance } from './service-instance.ts';

/**
 * An instance that is registered until this is told otherwise: in whatever session there is, and again when somebody has deleted its znode.
 *
 * While the session is suspended, callers still see it. When the session is lost, so is the znode, and it is registered anew in the next session, as it was told to be
 * last.
 */
export class Registration<P = unknown> implements AsyncDisposable {
  readonly #node: PersistentNode;
  readonly #codec: Codec<ServiceInstance<P>>;
  #instance: ServiceInstance<P>;

  constructor(node: PersistentNode, codec: Codec<ServiceInstance<P>>, instance: ServiceInstance<P>) {
    this.#node = node;
    this.#codec = codec;
    this.#instance = instance;
  }

  /** What callers are told, or will be as soon as they can. */
  get instance(): ServiceInstance<P> {
    return this.#instance;
  }

  /** Of its znode; undefined while it is not known to be there. */
  get path(): string | undefined {
    return this.#node.path;
  }

  /** The present state of its znode, and each later one. */
  get state$(): Observable<PersistentNodeState> {
    return this.#node.state$;
  }

  /**
   * Tells callers something else. Of several calls the last one wins, whatever happens to connections and sessions. Resolves when the server has stored it, or
   * something later of ours.
   *
   * @param options bound the waiting, not the wish
   * @throws {InvalidArgumentError}
   * @throws {NodeTimeoutError} not stored within `timeoutMs`
   * @throws {NodeClosedError} it has been unregistered
   * @throws what it fails with, and the signal's reason, when aborted
   */
  async update(change: ServiceChange<P>, options: WaitOptions = {}): Promise<void> {
    const instance = changed(this.#instance, change, 'Registration.update');
    const data = encodeValue('Registration.update', this.#codec, instance);
    const stored = this.#node.setData(data, options);
    this.#instance = instance;
    await stored;
  }

  /** Wants to be called. As `update`. */
  enable(options: WaitOptions = {}): Promise<void> {
    return this.update({ isEnabled: true }, options);
  }

  /** Wants to be called no more, and stays in the catalog. As `update`. */
  disable(options: WaitOptions = {}): Promise<void> {
    return this.update({ isEnabled: false }, options);
  }

  /** For good. Idempotent, never rejects; resolves when the znode is gone, or its session over. */
  unregister(): Promise<void> {
    return this.#node.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.unregister();
  }
}
