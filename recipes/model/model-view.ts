import { filter, map, type Observable } from 'rxjs';
import type { Client, Codec } from '../../src/index.ts';
import type { CachedNode, CacheEvent, CacheState, NodeEvent } from '../caches/cached-node.ts';
import { TreeCache } from '../caches/tree-cache.ts';
import type { WaitOptions } from '../common/wait-options.ts';
import { isMereParent, type ModelNode } from './model-node.ts';
import type { PathParameters, PathTemplate } from './path-template.ts';

export interface ModelViewOptions {
  /** How many znodes it may hold, those between the parameters included, before it fails with `CacheLimitError`. Default: 1,000,000. */
  readonly maxNodes?: number | undefined;
  /** How many bytes of data and paths it may hold before it fails with `CacheLimitError`. Default: 256 MiB. */
  readonly maxBytes?: number | undefined;
}

/** What became of a znode of the model; `resync`: the picture is whole, for the first time or again after a gap. */
export type ModelEvent<Template extends string, T> =
  | { readonly type: 'added'; readonly before: undefined; readonly after: ModelNode<Template, T> }
  | { readonly type: 'changed'; readonly before: ModelNode<Template, T>; readonly after: ModelNode<Template, T> }
  | { readonly type: 'removed'; readonly before: ModelNode<Template, T>; readonly after: undefined }
  | { readonly type: 'resync' };

/**
 * A live local picture of all znodes of a model: a `TreeCache` that knows only the template's paths. What that promises holds here.
 *
 * @example
 * await using view = users.on(client).cached();
 * await view.start({ timeoutMs: 10_000 });
 * view.get({ id: 'ann' })?.value?.name;
 *
 * @see Curator `CachedModeledFramework`
 */
export class ModelView<Template extends string, T> implements AsyncDisposable {
  readonly #template: PathTemplate<Template>;
  readonly #cache: TreeCache<T>;

  /** @internal Made by `model(…).on(client).cached()`. */
  constructor(client: Client, template: PathTemplate<Template>, codec: Codec<T>, options: ModelViewOptions) {
    const { root, depth, accept } = template.reach;
    this.#template = template;
    this.#cache = new TreeCache(client, root, { ...options, codec, maxDepth: depth, accept });
  }

  /** Resolves when the first picture is whole. Idempotent. @throws as `TreeCache.start` */
  async start(options: WaitOptions = {}): Promise<void> {
    await this.#cache.start(options);
  }

  /** Resolves when the picture has all that anybody has written before the call. @throws as `TreeCache.synced` */
  async synced(options: WaitOptions = {}): Promise<void> {
    await this.#cache.synced(options);
  }

  /** The znode with these parameters, if there is one. @throws {InvalidArgumentError} */
  get(parameters: PathParameters<Template>): ModelNode<Template, T> | undefined {
    return this.#modelNode(this.#cache.get(this.#template.path(parameters)));
  }

  /** All znodes of the model, in no order. */
  *entries(): Iterable<ModelNode<Template, T>> {
    for (const cached of this.#cache.entries()) {
      const node = this.#modelNode(cached);
      if (node !== undefined) yield node;
    }
  }

  /** All znodes of the model, once there is a whole picture, and anew after each burst of changes. */
  get nodes$(): Observable<readonly ModelNode<Template, T>[]> {
    return this.#cache.nodes$.pipe(map(() => [...this.entries()]));
  }

  /** What becomes of znodes, as it is told; nothing of before the subscription. Subscribe before `start` to be told of the first picture as well. */
  get events$(): Observable<ModelEvent<Template, T>> {
    return this.#cache.events$.pipe(
      map((event) => this.#modelEvent(event)),
      filter((event) => event !== undefined),
    );
  }

  /** What it is going through, now and later. */
  get state$(): Observable<CacheState> {
    return this.#cache.state$;
  }

  /** Takes the watches off the server, completes the streams, and forgets the picture. Idempotent, never rejects. */
  async close(): Promise<void> {
    await this.#cache.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #modelEvent(event: CacheEvent<T>): ModelEvent<Template, T> | undefined {
    if (event.type === 'resync') return { type: 'resync' };
    const { before, after } = this.#sides(event);
    if (before === undefined) return after && { type: 'added', before, after };
    return after === undefined ? { type: 'removed', before, after } : { type: 'changed', before, after };
  }

  #sides({ before, after }: NodeEvent<T>) {
    return { before: this.#modelNode(before), after: this.#modelNode(after) };
  }

  /** Undefined for what lies on the way to the template's paths, and what is there only for what is below it. */
  #modelNode(node: CachedNode<T> | undefined): ModelNode<Template, T> | undefined {
    if (node === undefined || (node.error !== undefined && isMereParent(node.error))) return undefined;
    const parameters = this.#template.match(node.path);
    return parameters && { ...node, parameters };
  }
}
