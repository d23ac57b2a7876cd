import { BehaviorSubject, combineLatest, distinctUntilChanged, map, Observable } from 'rxjs';
import { z } from 'zod';
import { bytes, type Client, type Codec, encodeValue, joinPath, parseOptions } from '../../src/index.ts';
import { completeOnClose } from '../common/closing.ts';
import { type WaitOptions, waitOptions } from '../common/wait-options.ts';
import { KeptNode } from '../nodes/kept-node.ts';
import type { PersistentNodeState } from '../nodes/node-state.ts';
import { areSameIds, Group, type GroupOptions, groupFields, type Members } from './group.ts';
import { znodeName } from './names.ts';

export interface GroupMemberOptions<T> extends GroupOptions<T> {
  /** What others are to know of us. Default, without a codec: nothing. */
  readonly data?: T | undefined;
}

const memberOptions = z
  .strictObject({ ...groupFields, data: z.unknown().optional() })
  .refine(({ codec, data }) => codec === undefined || data !== undefined, {
    path: ['data'],
    error: 'must be given where there is a codec',
  });

/**
 * One of a group: there for all to see from `join` to `leave`, whatever happens to connections, sessions and its znode, which is kept in being as a
 * `PersistentNode` is. And who else is there; from `join` to `leave` we are among them ourselves, whatever is known of our znode.
 *
 * While the session is suspended it stays. When it is lost, or the process dies, others see us go when the session expires; we come back in the next.
 *
 * @example
 * const member = new GroupMember(client, '/workers', 'w-17', { codec: json(worker), data: { host, load: 0 } });
 * await member.run(async () => { … }, { timeoutMs: 10_000 });
 *
 * @see Curator `GroupMember`: same znodes, so both may be in one group
 */
export class GroupMember<T = Uint8Array> extends Group<T> implements AsyncDisposable {
  readonly id: string;
  readonly #client: Client;
  readonly #codec: Codec<T>;
  readonly #node: KeptNode;
  readonly #data$: BehaviorSubject<T>;
  readonly #isIn$ = new BehaviorSubject(false);

  /**
   * Does no I/O.
   *
   * @param id the name of its znode; nobody else's in the group
   * @throws {InvalidArgumentError}
   */
  constructor(client: Client, path: string, id: string, options: GroupMemberOptions<T> = {}) {
    parseOptions(memberOptions, options, 'GroupMember.options');
    const { data, ...group } = options;
    super(client, path, group);
    this.#client = client;
    this.id = parseOptions(znodeName, id, 'GroupMember.id');
    // Without a codec, T is what it is by default: bytes.
    this.#codec = options.codec ?? (bytes as Codec<unknown> as Codec<T>);
    this.#data$ = new BehaviorSubject(data ?? (new Uint8Array() as unknown as T));
    const node = { path: joinPath(path, this.id), mode: 'ephemeral', protect: false, parents: true } as const;
    this.#node = new KeptNode(client, 'GroupMember', node, encodeValue('GroupMember.options.data', this.#codec, this.#data$.value));
  }

  /**
   * Becomes a member, and stays one until `leave`; resolves when its znode is there. Idempotent. It goes on being one however this ends.
   *
   * @throws {NodeTimeoutError} its znode is not there within `timeoutMs`; another has the id, say
   * @throws {NodeClosedError} it has left, which is for good
   * @throws what it fails with, and the signal's reason, when aborted
   */
  async join(options: WaitOptions = {}): Promise<void> {
    const bounds = parseOptions(waitOptions, options, 'GroupMember.join');
    this.#node.start();
    this.#isIn$.next(true);
    await this.#node.created(bounds);
  }

  /** Is a member no more, for good. Idempotent, never rejects; resolves when its znode is gone, or the session that it is in, or the client is closed. */
  async leave(): Promise<void> {
    this.#isIn$.next(false);
    await this.#node.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.leave();
  }

  /**
   * Joins, does `work`, and leaves, however `work` ends; its error wins.
   *
   * @param options bound the joining
   * @throws as `join`, and whatever `work` throws
   */
  async run<R>(work: () => Promise<R> | R, options: WaitOptions = {}): Promise<R> {
    try {
      await this.join(options);
      return await work();
    } finally {
      await this.leave();
    }
  }

  /** Subscribing joins; emits who is there, as `members$` does; unsubscribing leaves, which is for good. Errors with what cannot heal. */
  joined$(): Observable<Members<T>> {
    const joined$ = new Observable<Members<T>>((subscriber) => {
      subscriber.add(() => void this.leave());
      subscriber.add(this.members$.subscribe(subscriber));
      this.join().catch((error: unknown) => subscriber.error(error));
    });
    return joined$.pipe(completeOnClose(this.#client));
  }

  /** What others are to know of us. */
  get data(): T {
    return this.#data$.value;
  }

  /**
   * From now on others are to know this of us; of several calls the last one wins. Resolves when the server has it, or something later of ours; at once if we
   * have not joined.
   *
   * @throws {InvalidArgumentError} the codec does not take it
   * @throws as `join` does
   */
  async setData(data: T, options: WaitOptions = {}): Promise<void> {
    const stored = this.#node.setData(encodeValue('GroupMember.setData', this.#codec, data), options);
    this.#data$.next(data);
    await stored;
  }

  /** How it is with our znode: the present state and each later one; completes after `closed` or `failed`. */
  get state$(): Observable<PersistentNodeState> {
    return this.#node.state$;
  }

  override async members(options: WaitOptions = {}): Promise<Members<T>> {
    return this.#withUs(await super.members(options), this.#isIn$.value);
  }

  override get members$(): Observable<Members<T>> {
    return combineLatest([super.members$, this.#isIn$, this.#data$]).pipe(map(([members, isIn]) => this.#withUs(members, isIn)));
  }

  override get ids$(): Observable<readonly string[]> {
    return combineLatest([super.ids$, this.#isIn$]).pipe(
      map(([ids, isIn]) => (isIn && !ids.includes(this.id) ? [...ids, this.id].toSorted() : ids)),
      distinctUntilChanged(areSameIds),
    );
  }

  #withUs(members: Members<T>, isIn: boolean): Members<T> {
    if (!isIn || members.has(this.id)) return members;
    return new Map(members).set(this.id, { id: this.id, data: this.data, error: undefined });
  }
}
