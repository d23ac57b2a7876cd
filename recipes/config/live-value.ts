import { BehaviorSubject, distinctUntilChanged, filter, map, type Observable, ReplaySubject, Subscription, takeUntil } from 'rxjs';
import type { Client, NodeData } from '../../src/index.ts';
import type { Document } from '../documents/document.ts';
import { advance, type ConfigRejection, type ConfigState } from './config-state.ts';

type Valid<T> = NonNullable<ConfigState<T>['valid']>;

interface Following {
  readonly subscription: Subscription;
  /** To be called when the state is no older than the beginning of this. */
  readonly shown: () => void;
}

/** Follows the znode of a configuration: what its value is, and why it is not another. */
export class LiveValue<T> {
  readonly #client: Client;
  readonly #document: Document<T>;
  readonly #valid$ = new BehaviorSubject<Valid<T> | undefined>(undefined);
  readonly #rejection$ = new BehaviorSubject<ConfigRejection | undefined>(undefined);
  readonly #closed$ = new ReplaySubject<void>(1);
  #state: ConfigState<T> = { valid: undefined, rejection: undefined, seen: undefined };
  /** Those that follow the znode, the eldest first: one, but for the time in which it is followed anew. */
  readonly #followings: Following[] = [];

  constructor(client: Client, document: Document<T>) {
    this.#client = client;
    this.#document = document;
  }

  get state(): ConfigState<T> {
    return this.#state;
  }

  get isFollowing(): boolean {
    return this.#followings.length > 0;
  }

  /** The present value, if there is one, and each later one. */
  get value$(): Observable<T> {
    return this.#valid$.pipe(
      filter((valid) => valid !== undefined),
      map(({ value }) => value),
      distinctUntilChanged(),
    );
  }

  /** The present rejection, if there is one, and each later one. */
  get rejected$(): Observable<ConfigRejection> {
    return this.#rejection$.pipe(filter((rejection) => rejection !== undefined));
  }

  /**
   * Begins to follow the znode, or does so anew. Resolves when the state is that of now, or later; or when it can be followed no more, which the streams tell.
   *
   * What follows already goes on until then, so that the watch stays on the server.
   */
  follow(): Promise<void> {
    return new Promise((resolve) => {
      const following: Following = { subscription: new Subscription(), shown: resolve };
      this.#followings.push(following);
      const values$ = this.#client.data$(this.#document.path).pipe(takeUntil(this.#closed$));
      following.subscription.add(
        values$.subscribe({
          next: (node) => {
            this.#advance(node);
            this.#overtake(following);
          },
          error: (error: unknown) => {
            this.#valid$.error(error);
            this.#rejection$.error(error);
            this.#overtakeAll();
          },
          complete: () => {
            this.#valid$.complete();
            this.#rejection$.complete();
            this.#overtakeAll();
          },
        }),
      );
    });
  }

  close(): void {
    this.#closed$.next();
    this.#valid$.complete();
    this.#rejection$.complete();
  }

  /** What one that began later has shown is no older than what those before it would show: they are done. */
  #overtake(following: Following): void {
    following.shown();
    for (const { subscription, shown } of this.#followings.splice(0, this.#followings.indexOf(following))) {
      subscription.unsubscribe();
      shown();
    }
  }

  #overtakeAll(): void {
    for (const { shown } of this.#followings) shown();
  }

  #advance(node: NodeData | null): void {
    const { rejection } = this.#state;
    this.#state = advance(this.#state, node, this.#document);
    this.#valid$.next(this.#state.valid);
    if (this.#state.rejection === rejection) return;
    if (this.#state.rejection !== undefined && !this.#rejection$.observed) this.#client.reportError(this.#state.rejection.error);
    this.#rejection$.next(this.#state.rejection);
  }
}
