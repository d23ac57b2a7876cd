import { BehaviorSubject, distinctUntilChanged, filter, map, type Observable, ReplaySubject, type Subscription, takeUntil } from 'rxjs';
import type { Client, NodeData } from '../../src/index.ts';
import type { Document } from '../documents/document.ts';
import { advance, type ConfigRejection, type ConfigState } from './config-state.ts';

type Valid<T> = NonNullable<ConfigState<T>['valid']>;

/** Follows the znode of a configuration: what its value is, and why it is not another. */
export class LiveValue<T> {
  readonly #client: Client;
  readonly #document: Document<T>;
  readonly #valid$ = new BehaviorSubject<Valid<T> | undefined>(undefined);
  readonly #rejection$ = new BehaviorSubject<ConfigRejection | undefined>(undefined);
  readonly #closed$ = new ReplaySubject<void>(1);
  #state: ConfigState<T> = { valid: undefined, rejection: undefined, seen: undefined };
  #following: Subscription | undefined;

  constructor(client: Client, document: Document<T>) {
    this.#client = client;
    this.#document = document;
  }

  get state(): ConfigState<T> {
    return this.#state;
  }

  get isFollowing(): boolean {
    return this.#following !== undefined;
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
    const before = this.#following;
    return new Promise((resolve) => {
      this.#following = this.#client
        .data$(this.#document.path)
        .pipe(takeUntil(this.#closed$))
        .subscribe({
          next: (node) => {
            before?.unsubscribe();
            this.#advance(node);
            resolve();
          },
          error: (error: unknown) => {
            this.#valid$.error(error);
            this.#rejection$.error(error);
            resolve();
          },
          complete: resolve,
        });
    });
  }

  close(): void {
    this.#closed$.next();
    this.#valid$.complete();
    this.#rejection$.complete();
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
