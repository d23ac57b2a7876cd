import { distinctUntilChanged, map, Observable, tap } from 'rxjs';
import { z } from 'zod';
import {
  type Client,
  type Codec,
  decodeZnode,
  InvalidArgumentError,
  joinPath,
  MalformedDataError,
  NoAuthError,
  NoNodeError,
  parseOptions,
  validatePath,
} from '../../src/index.ts';
import type { CachedNode } from '../caches/cached-node.ts';
import { TreeCache } from '../caches/tree-cache.ts';
import { childrenOf } from '../common/unless-gone.ts';
import type { WaitOptions } from '../common/wait-options.ts';
import { instanceCodec, type PayloadOptions, payloadOptions } from './instance-codec.ts';
import type { FoundInstance, ServiceInstance } from './service-instance.ts';
import { ServiceProvider, type ServiceProviderOptions } from './service-provider.ts';

/** A service, as its znodes tell. */
export interface ServiceView<P = unknown> {
  /** In the order of their paths. Those that do not want to be called, too. */
  readonly instances: readonly FoundInstance<P>[];
  /** Why others cannot be read: foreign JSON, a payload that does not fit the schema, no permission. */
  readonly unreadable: readonly (MalformedDataError | NoAuthError)[];
}

/** A znode that tells of an instance, or should. */
type Found<P> = Pick<CachedNode<ServiceInstance<P>>, 'path' | 'value' | 'error'>;

const catalogOptions = z.strictObject(payloadOptions);

/**
 * Who offers which service. Live views go on whatever happens to connections, sessions and znodes; while there is no contact they keep what was there last. An
 * instance that cannot be read does not keep the others from being found.
 *
 * @example
 * const catalog = new ServiceCatalog(client, '/services', { payload: z.object({ zone: z.string() }) });
 * using orders = catalog.provider('orders', { strategy: strategies.sticky() });
 * const answer = await orders.run((instance) => fetch(uriOf(instance)));
 *
 * @see Curator `ServiceDiscovery`, `ServiceCache`: same znodes
 */
export class ServiceCatalog<P = unknown> {
  readonly path: string;
  readonly #client: Client;
  readonly #codec: Codec<ServiceInstance<P>>;

  /**
   * Does no I/O.
   *
   * @param path where all services stand; Curator's base path
   * @throws {InvalidArgumentError}
   */
  constructor(client: Client, path: string, options: PayloadOptions<P> = {}) {
    validatePath(path, 'ServiceCatalog.path');
    parseOptions(catalogOptions, options, 'ServiceCatalog.options');
    this.path = path;
    this.#client = client;
    this.#codec = instanceCodec(options);
  }

  /** Names of all services, sorted; those too that have no instance left, until the server clears them away, within about a minute. */
  async names(options: WaitOptions = {}): Promise<readonly string[]> {
    return (await childrenOf(this.#client, this.path, options)).toSorted();
  }

  /** Names of all services, sorted, now and whenever that changes. Errors with what cannot heal, as `Client.watch` does. */
  get names$(): Observable<readonly string[]> {
    return this.#client.children$(this.path).pipe(map((names) => (names ?? []).toSorted()));
  }

  /** Its instances; none if nobody has ever registered one. What cannot be read goes to `client.errors$`. */
  async instances(name: string, options: WaitOptions = {}): Promise<readonly FoundInstance<P>[]> {
    const { instances, unreadable } = await this.view(name, options);
    for (const error of unreadable) this.#client.reportError(error);
    return instances;
  }

  /**
   * Its instances, now and whenever anything about them changes. What cannot be read goes to `client.errors$`, once for each time that it was written. Errors with
   * what cannot heal: a closed client, more than a cache holds.
   */
  instances$(name: string): Observable<readonly FoundInstance<P>[]> {
    return new Observable((subscriber) => {
      const told = new WeakSet<Error>();
      const report = ({ unreadable }: ServiceView<P>) => {
        for (const error of unreadable) {
          if (!told.has(error)) this.#client.reportError(error);
          told.add(error);
        }
      };
      return this.view$(name)
        .pipe(
          tap(report),
          map(({ instances }) => instances),
        )
        .subscribe(subscriber);
    });
  }

  /** Its instances, and what cannot be read. */
  async view(name: string, options: WaitOptions = {}): Promise<ServiceView<P>> {
    const directory = this.#pathOf(name, 'ServiceCatalog.view');
    const children = await childrenOf(this.#client, directory, options);
    const nodes = await Promise.all(children.map((child) => this.#read(joinPath(directory, child), options)));
    return viewOf(nodes.filter((node) => node !== undefined));
  }

  /** Its instances and what cannot be read, now and whenever anything about them changes. Errors as `instances$`. */
  view$(name: string): Observable<ServiceView<P>> {
    const directory = this.#pathOf(name, 'ServiceCatalog.view$');
    return new Observable((subscriber) => {
      const cache = new TreeCache(this.#client, directory, { codec: this.#codec, maxDepth: 1 });
      const isWanted = ({ path, stat, error }: CachedNode<ServiceInstance<P>>) =>
        // The directory itself tells only whether we may look into it.
        path === directory ? error instanceof NoAuthError : stat.dataLength > 0;
      const view$ = cache.nodes$.pipe(
        map((nodes) => [...nodes.values()].filter(isWanted)),
        distinctUntilChanged(isSame),
        map(viewOf),
      );
      subscriber.add(() => void cache.close());
      subscriber.add(view$.subscribe(subscriber));
      // What it rejects with is what `nodes$` errors with.
      cache.start().catch(() => {});
    });
  }

  /** Picks instances of a service to call. */
  provider(name: string, options: ServiceProviderOptions<P> = {}): ServiceProvider<P> {
    const path = this.#pathOf(name, 'ServiceCatalog.provider');
    return new ServiceProvider(this.#client.clock, path, this.instances$(name), options);
  }

  async #read(path: string, options: WaitOptions): Promise<Found<P> | undefined> {
    try {
      const { data } = await this.#client.get(path, options);
      // A service whose name has slashes stands below another; no instance is empty.
      return data.length === 0 ? undefined : { path, value: decodeZnode(path, this.#codec, data), error: undefined };
    } catch (error) {
      if (error instanceof NoNodeError) return undefined;
      if (error instanceof MalformedDataError || error instanceof NoAuthError) return { path, value: undefined, error };
      throw error;
    }
  }

  #pathOf(name: string, what: string): string {
    if (name === '') throw new InvalidArgumentError(`${what}.name`, name, 'must not be empty');
    const path = joinPath(this.path, name);
    validatePath(path, `${what}.name`);
    return path;
  }
}

/** A cache keeps what it has read once. */
function isSame<P>(one: readonly Found<P>[], other: readonly Found<P>[]): boolean {
  return (
    one.length === other.length && one.every(({ value, error }, index) => value === other[index]?.value && error === other[index]?.error)
  );
}

function viewOf<P>(found: readonly Found<P>[]): ServiceView<P> {
  const sorted = found.toSorted((one, other) => (one.path < other.path ? -1 : 1));
  return {
    instances: sorted.flatMap(({ path, value }) => (value === undefined ? [] : [{ ...value, path }])),
    unreadable: sorted.flatMap(({ error }) => error ?? []),
  };
}
