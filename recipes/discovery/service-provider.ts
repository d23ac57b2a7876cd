import { merge, Observable, Subject, type Subscription } from 'rxjs';
import { z } from 'zod';
import {
  type Clock,
  ClosedError,
  Deadline,
  first,
  NoInstanceError,
  ProviderClosedError,
  parseOptions,
  positiveMs,
} from '../../src/index.ts';
import { type WaitOptions, waitOptions } from '../common/wait-options.ts';
import { type DownPolicy, isDown, nextBackMs, type Troubles, withError } from './down-instances.ts';
import type { FoundInstance } from './service-instance.ts';
import { type Strategy, strategies } from './strategies.ts';

export interface ServiceProviderOptions<P = unknown> {
  /** Default: `strategies.roundRobin()`. Not to be shared between providers. */
  readonly strategy?: Strategy<P> | undefined;
  /** When an instance is left out because of errors. Default: after 2 errors within 30 seconds, for 30 seconds. */
  readonly down?: Partial<DownPolicy> | undefined;
  /** Which instances to call, by what they tell of themselves. Default: all. */
  readonly accept?: ((instance: FoundInstance<P>) => boolean) | undefined;
}

const isFunction = (value: unknown) => typeof value === 'function';

const providerOptions = z.strictObject({
  strategy: z.custom<Strategy<never>>(isFunction, 'must be a strategy, such as strategies.roundRobin()').optional(),
  down: z
    .strictObject({
      errors: z.int('must be a whole number').min(1, 'must be 1 or more').default(2),
      withinMs: positiveMs.default(30_000),
      forMs: positiveMs.default(30_000),
    })
    .prefault({}),
  accept: z.custom<() => boolean>(isFunction, 'must be a function').optional(),
});

/**
 * Picks instances of one service to call: such as want to be called, as `accept` takes, and as have not had too many errors of late. Follows the service from the
 * first use until it is disposed of, so that a pick costs no request. While there is no contact it goes on with the instances that were there last.
 *
 * @example
 * using orders = catalog.provider('orders', { strategy: strategies.leastLoaded(({ payload }) => payload.load) });
 * const answer = await orders.run((instance) => fetch(uriOf(instance)), { timeoutMs: 5_000 });
 *
 * @see Curator `ServiceProvider`
 */
export class ServiceProvider<P = unknown> implements Disposable {
  /** Of the service. */
  readonly path: string;
  readonly #clock: Clock;
  readonly #instances$: Observable<readonly FoundInstance<P>[]>;
  readonly #strategy: Strategy<P>;
  readonly #policy: DownPolicy;
  readonly #accept: (instance: FoundInstance<P>) => boolean;
  readonly #changes$ = new Subject<void>();
  #following: Subscription | undefined;
  /** Undefined until they are known. */
  #instances: readonly FoundInstance<P>[] | undefined;
  #troubles: Troubles = new Map();
  #over: { readonly reason: unknown } | undefined;

  /** `ServiceCatalog.provider` makes them. */
  constructor(clock: Clock, path: string, instances$: Observable<readonly FoundInstance<P>[]>, options: ServiceProviderOptions<P>) {
    this.#policy = parseOptions(providerOptions, options, 'ServiceCatalog.provider').down;
    this.path = path;
    this.#clock = clock;
    this.#instances$ = instances$;
    this.#strategy = options.strategy ?? strategies.roundRobin();
    this.#accept = options.accept ?? (() => true);
  }

  /** Those that may be called now, in the order of their paths. None until the service is known. */
  get candidates(): readonly FoundInstance<P>[] {
    this.#follow();
    const nowMs = this.#clock.now();
    return (this.#instances ?? []).filter(
      (instance) => instance.isEnabled && !isDown(this.#troubles, keyOf(instance), nowMs) && this.#accept(instance),
    );
  }

  /**
   * One to call once, at once; null: there is none, or the service is not known yet.
   *
   * @throws {ProviderClosedError}
   * @throws what the catalog's view fails with
   */
  tryPick(): FoundInstance<P> | null {
    const { candidates } = this;
    return candidates.length === 0 ? null : (this.#strategy(candidates, this.#clock.random()) ?? null);
  }

  /**
   * One to call once, as soon as there is one.
   *
   * @throws {NoInstanceError} none within `timeoutMs`; the message says why
   * @throws {ProviderClosedError}
   * @throws what the catalog's view fails with, and the signal's reason, when aborted
   */
  async pick(options: WaitOptions = {}): Promise<FoundInstance<P>> {
    const { timeoutMs, signal } = parseOptions(waitOptions, options, 'ServiceProvider.pick');
    using deadline = new Deadline(
      this.#clock,
      { timeoutMs, signal },
      () => new NoInstanceError(this.path, timeoutMs ?? 0, this.#problem()),
    );
    deadline.signal.throwIfAborted();
    for (;;) {
      const picked = this.tryPick();
      if (picked !== null) return picked;
      await first(merge(this.#changes$, this.#nextBack$()), deadline.signal);
    }
  }

  /**
   * Picks one and does `work` with it, once. If `work` throws, that is noted as an error of the instance, unless the signal has aborted.
   *
   * @param options bound the picking; give the signal to the work too
   * @throws as `pick`, and whatever `work` throws
   */
  async run<T>(work: (instance: FoundInstance<P>) => Promise<T> | T, options: WaitOptions = {}): Promise<T> {
    const instance = await this.pick(options);
    try {
      return await work(instance);
    } catch (error) {
      if (options.signal?.aborted !== true) this.noteError(instance);
      throw error;
    }
  }

  /** It could not be reached, or did not do what it is for. After so many errors it is left out for a while; registered anew, it begins with a clean slate. */
  noteError(instance: FoundInstance<P>): void {
    this.#troubles = withError(this.#troubles, keyOf(instance), this.#clock.now(), this.#policy);
  }

  /** Follows no more; waiting picks reject. For good. */
  [Symbol.dispose](): void {
    this.#end(new ProviderClosedError(this.path));
    this.#following?.unsubscribe();
  }

  #follow(): void {
    if (this.#over === undefined) {
      this.#following ??= this.#instances$.subscribe({
        next: (instances) => {
          this.#instances = instances;
          this.#changes$.next();
        },
        error: (error: unknown) => this.#end(error),
        complete: () => this.#end(new ClosedError(`provider ${this.path}`)),
      });
    }
    this.#throwIfOver();
  }

  #throwIfOver(): void {
    if (this.#over !== undefined) throw this.#over.reason;
  }

  #end(reason: unknown): void {
    this.#over ??= { reason };
    // Who waits looks, and is told.
    this.#changes$.next();
  }

  /** Emits when the next of those that are down is back. */
  #nextBack$(): Observable<void> {
    return new Observable((subscriber) => {
      const nowMs = this.#clock.now();
      const backMs = nextBackMs(this.#troubles, nowMs);
      return backMs === undefined ? undefined : this.#clock.setTimer(backMs - nowMs, () => subscriber.next());
    });
  }

  #problem(): string {
    if (this.#instances === undefined) return 'its instances are not known';
    const nowMs = this.#clock.now();
    const enabled = this.#instances.filter(({ isEnabled }) => isEnabled);
    const up = enabled.filter((instance) => !isDown(this.#troubles, keyOf(instance), nowMs));
    const refused = up.filter((instance) => !this.#accept(instance));
    const counts = `${this.#instances.length - enabled.length} disabled, ${enabled.length - up.length} down, ${refused.length} not accepted`;
    return `of ${this.#instances.length} instances, ${counts}`;
  }
}

function keyOf({ path, registeredMs }: FoundInstance<unknown>): string {
  return `${path} ${registeredMs}`;
}
