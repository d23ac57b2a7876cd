import { BehaviorSubject, combineLatest, map, merge, type Observable, ReplaySubject, type Subscription } from 'rxjs';
import { z } from 'zod';
import {
  abortSignal,
  type Client,
  first,
  joinPath,
  NodeClosedError,
  never,
  parseOptions,
  randomUuid,
  validatePath,
} from '../../src/index.ts';
import { isClosing } from '../common/closing.ts';
import { handled } from '../common/handled.ts';
import type { WaitOptions } from '../common/wait-options.ts';
import { type HoldOptions, holdOptions } from '../leases/hold-options.ts';
import type { Lease } from '../leases/lease.ts';
import { processIdentity } from '../line/identity.ts';
import { KeptNode } from '../nodes/kept-node.ts';
import type { PersistentNodeState } from '../nodes/node-state.ts';
import { type Assign, byRendezvous } from './assignment.ts';
import { ItemHold, type ItemWork } from './item-hold.ts';
import { znodeName } from './names.ts';

export interface PartitionerOptions extends HoldOptions {
  /** Our name among the members; nobody else's. Who comes back under the same name gets the same items. Default: one made up from host, process and chance. */
  readonly id?: string;
  /** Who gets which item; the same for all who share. Default: `byRendezvous`. */
  readonly assign?: Assign | undefined;
}

const partitionerOptions = holdOptions.extend({
  id: znodeName.optional(),
  assign: z.custom<Assign>((value) => typeof value === 'function', 'must be a function').default(() => byRendezvous),
});

const itemNames = z
  .array(znodeName, 'must be a list of strings')
  .refine((items) => new Set(items).size === items.length, 'must not have an item twice');

const runOptions = z.strictObject({ signal: abortSignal.optional() });

/** The items that are ours, each with the lease on it. */
export type Owned = ReadonlyMap<string, Lease>;

/**
 * Shares out a set of items among all members that are there: no item is ever anybody's but one's, and while nobody comes or goes, each is somebody's. When
 * members come or go, some items go to others (`assign` says which): the one gives an item up, having ended what it did with it, before the other has it.
 *
 * Each item is under a lock of its own, so all that holds for a `Mutex` holds for an item: while the session is suspended it stays ours until
 * `Session.validUntilMs`; when the session is lost, so is the item; `lease.token` is larger for each later owner.
 *
 * @example
 * const shards = new Partitioner(client, '/indexers', ['shard-0', 'shard-1', 'shard-2', 'shard-3']);
 * await shards.run((shard, lease, signal) => index(shard, { token: lease.token, signal }), { signal: shutdown });
 *
 * @see kazoo `SetPartitioner`: as that, but each item is handed over for itself. The two cannot share.
 */
export class Partitioner implements AsyncDisposable {
  readonly path: string;
  readonly id: string;
  readonly items: readonly string[];
  readonly #client: Client;
  readonly #assign: Assign;
  readonly #membership: KeptNode;
  readonly #holds: readonly ItemHold[];
  readonly #owned$ = new BehaviorSubject<Owned>(new Map());
  readonly #over$ = new ReplaySubject<never>(1);
  #watching: Subscription | undefined;
  #closed: Promise<void> | undefined;

  /**
   * Does no I/O.
   *
   * @param items the same for all who share; each can be the name of a znode
   * @throws {InvalidArgumentError}
   */
  constructor(client: Client, path: string, items: readonly string[], options: PartitionerOptions = {}) {
    validatePath(path, 'Partitioner.path');
    const { assign, onSuspended } = parseOptions(partitionerOptions, options, 'Partitioner.options');
    this.path = path;
    this.id = options.id ?? `${processIdentity}-${randomUuid()}`;
    this.items = [...parseOptions(itemNames, items, 'Partitioner.items')];
    this.#client = client;
    this.#assign = assign;
    const node = { path: joinPath(this.#members, this.id), mode: 'ephemeral', protect: false, parents: true } as const;
    this.#membership = new KeptNode(client, 'Partitioner', node, '');
    this.#holds = this.items.map((item) => new ItemHold(client, joinPath(path, 'locks'), item, this.id, onSuspended));
  }

  /**
   * Takes part until it is closed. Idempotent; does not wait for anything.
   *
   * @throws {NodeClosedError}
   * @throws what it has failed with
   */
  start(): void {
    this.#membership.start();
    this.#watching ??= this.#watch();
  }

  /**
   * Takes part, and does `work` for each item each time that the item has become ours, of all items at once. When the item is to go to another, or is lost, the
   * work is told to stop, and awaited: others have the item after that. A work may end before; the item stays ours all the same. Goes on until `signal`
   * aborts, or a work fails; then all works are told to stop and awaited, and this is closed.
   *
   * @throws whatever a work throws while its item is ours
   * @throws {NodeClosedError} somebody has closed this
   * @throws what it fails with, and the signal's reason, when aborted
   */
  async run(work: ItemWork, options: Pick<WaitOptions, 'signal'> = {}): Promise<never> {
    const { signal = never } = parseOptions(runOptions, options, 'Partitioner.run');
    try {
      signal.throwIfAborted();
      this.start();
      return await first(merge(this.#over$, ...this.#holds.map((hold) => hold.working$(work))), signal);
    } finally {
      await this.close();
    }
  }

  /** What is ours, by the clock at the time of asking. */
  get owned(): Owned {
    return new Map([...this.#owned$.value].filter(([, lease]) => lease.isValid()));
  }

  /**
   * What is ours, now and whenever that changes; completes when it is closed, errors with what it fails with. An item that leaves the map is given up at
   * once, and its `lease.signal` aborts: if others have to wait until something has ended, let `run` do it.
   */
  get owned$(): Observable<Owned> {
    return this.#owned$.asObservable();
  }

  /** Ids of those who take part, sorted, now and whenever somebody comes or goes. Silent while there is no contact. */
  get members$(): Observable<readonly string[]> {
    return this.#client.children$(this.#members).pipe(map((ids) => (ids ?? []).toSorted()));
  }

  /**
   * Takes no part any more: gives all items up, having told the works to stop and awaited them. For good. Idempotent, never rejects; resolves when others
   * may have all items. Not to be awaited within a work, which it waits for.
   */
  close(): Promise<void> {
    this.#end(new NodeClosedError(this.path));
    this.#closed ??= handled(this.#giveAllUp());
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  get #members(): string {
    return joinPath(this.path, 'members');
  }

  #watch(): Subscription {
    const error = (cause: unknown) => this.#fail(cause);
    const share$ = combineLatest([this.#membership.state$, this.members$]).pipe(map(([state, ids]) => this.#shareOf(state, ids)));
    const watching = share$.subscribe({ next: (share) => this.#take(share), error });
    const leases = this.#holds.map(({ item, lease$ }) => lease$.pipe(map((lease) => ({ item, lease }))));
    watching.add(merge(...leases).subscribe({ next: ({ item, lease }) => this.#tell(item, lease), error }));
    return watching;
  }

  /** Ours by the list that all go by; nothing while we are not in it ourselves. */
  #shareOf(state: PersistentNodeState, ids: readonly string[]): ReadonlySet<string> {
    if (state.kind === 'failed') throw state.error;
    if (state.kind !== 'present' || !ids.includes(this.id)) return new Set();
    const owners = this.#assign(this.items, ids);
    return new Set(this.items.filter((item) => owners.get(item) === this.id));
  }

  #take(share: ReadonlySet<string>): void {
    for (const hold of this.#holds) hold.want(share.has(hold.item));
  }

  #tell(item: string, lease: Lease | undefined): void {
    if (lease === undefined && !this.#owned$.value.has(item)) return;
    const owned = new Map(this.#owned$.value);
    if (lease === undefined) owned.delete(item);
    else owned.set(item, lease);
    this.#owned$.next(owned);
  }

  #fail(error: unknown): void {
    this.#end(error);
    // It never rejects; `close` waits for it.
    this.#closed ??= handled(this.#giveAllUp());
  }

  #end(reason: unknown): void {
    this.#over$.error(reason);
    if (reason instanceof NodeClosedError || isClosing(reason)) this.#owned$.complete();
    else this.#owned$.error(reason);
  }

  /** Others get in line for the items as soon as they see that we are a member no more. */
  async #giveAllUp(): Promise<void> {
    this.#watching?.unsubscribe();
    await Promise.all([this.#membership.close(), ...this.#holds.map((hold) => hold.close())]);
  }
}
