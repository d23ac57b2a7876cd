import { from } from 'rxjs';
import {
  type CallOptions,
  type Client,
  Deadline,
  first,
  InternalError,
  joinPath,
  NodeExistsError,
  NoNodeError,
  nameOf,
  never,
  OutcomeUnknownError,
  RefusedError,
  SequenceExhaustedError,
  TransactionFailedError,
  whenAborted,
} from '../../../src/index.ts';
import { makeDirectory } from '../directory.ts';
import { nameAfter, sequenceOf } from '../items/item-names.ts';
import { type Found, Recognition } from './recognition.ts';

/** An item on its way into the queue. */
export interface Outgoing {
  readonly mark: Buffer;
  /** Framed. */
  readonly data: Buffer;
}

/** What is left of a call's bounds at the time of asking. */
export type Limits = () => CallOptions;

/**
 * Sends puts until they are answered. One that was sent and not answered is looked for, and never sent again without knowing that it was not put.
 */
export class Sender {
  readonly #client: Client;
  readonly #path: string;
  readonly #recognition: Recognition;
  /** The highest that puts have shown: what is put from now on is younger. */
  #lastZxid = 0n;
  #preparing: Promise<void> | undefined;
  #isPrepared = false;

  constructor(client: Client, path: string) {
    this.#client = client;
    this.#path = path;
    this.#recognition = new Recognition(client, path);
  }

  /** Resolves with the name of the item's znode. */
  async send(prefix: string, item: Outgoing, limits: Limits): Promise<string> {
    if (!this.#isPrepared) await this.prepare(limits);
    return await this.#seenThrough(item.mark, limits, () => this.#create(prefix, item, limits()));
  }

  /** In one transaction. It looks at the queue first, so that a lost reply can be cleared up with less doubt. */
  async sendTogether(prefix: string, items: readonly Outgoing[], limits: Limits): Promise<readonly string[]> {
    await this.#look(limits());
    this.#isPrepared = true;
    return await this.sendAtOnce(prefix, items, limits);
  }

  /** In one transaction, and nothing but that. */
  async sendAtOnce(prefix: string, items: readonly Outgoing[], limits: Limits): Promise<readonly string[]> {
    const [eldest] = items;
    if (eldest === undefined) return [];
    if (!this.#isPrepared) await this.prepare(limits);
    const name = await this.#seenThrough(eldest.mark, limits, () => this.#createAll(prefix, items, limits()));
    // Nobody's numbers came in between.
    return items.map((_, index) => nameAfter(name, index));
  }

  /** Looks once whether there is a directory: puts that had to be sent again when one has been made would come in another order. */
  async prepare(limits: Limits): Promise<void> {
    while (!this.#isPrepared) {
      if (this.#preparing === undefined) return await this.#prepareFor(limits);
      // What ends another's look is no matter of ours.
      await first(from(this.#preparing.catch(() => {})), limits().signal ?? never);
    }
  }

  async #prepareFor(limits: Limits): Promise<void> {
    this.#preparing = this.#look(limits());
    try {
      await this.#preparing;
      this.#isPrepared = true;
    } finally {
      this.#preparing = undefined;
    }
  }

  async #look(limits: CallOptions): Promise<void> {
    const stat = await this.#client.exists(this.#path, limits);
    if (stat === null) await makeDirectory(this.#client, this.#path, limits);
    else this.#saw(stat.pzxid);
  }

  async #seenThrough(mark: Buffer, limits: Limits, send: () => Promise<string>): Promise<string> {
    const since = this.#lastZxid;
    for (;;) {
      try {
        return await send();
      } catch (error) {
        if (error instanceof NodeExistsError) throw exhausted(this.#path, error);
        if (error instanceof NoNodeError) await makeDirectory(this.#client, this.#path, limits());
        else {
          if (!(error instanceof OutcomeUnknownError)) throw error;
          const found = await this.#find(mark, since, limits());
          if (found.kind === 'put') return found.name;
          if (found.kind === 'unknown') throw error;
        }
      }
    }
  }

  /** Not for longer than the caller waits. */
  async #find(mark: Buffer, since: bigint, { timeoutMs, signal }: CallOptions): Promise<Found> {
    using deadline = new Deadline(this.#client.clock, { timeoutMs, signal }, () => new Error('the time of the put is over'));
    return await new Promise<Found>((resolve) => {
      const stopListening = whenAborted(deadline.signal, () => resolve({ kind: 'unknown' }));
      const done = (found: Found) => {
        stopListening();
        resolve(found);
      };
      this.#recognition.find({ mark, since }).then(done, () => done({ kind: 'unknown' }));
    });
  }

  async #create(prefix: string, { data }: Outgoing, limits: CallOptions): Promise<string> {
    try {
      const options = { ...limits, mode: 'persistent-sequential', protect: false } as const;
      const { path, stat } = await this.#client.create(joinPath(this.#path, prefix), data, options);
      this.#saw(stat.czxid);
      return nameOf(path);
    } catch (error) {
      // Somebody took it before a driver that creates without a stat could ask for that.
      if (error instanceof RefusedError && error.code === 'NONODE' && !(error instanceof NoNodeError)) return nameOf(error.path);
      throw error;
    }
  }

  /** Resolves with the name of the first. */
  async #createAll(prefix: string, items: readonly Outgoing[], limits: CallOptions): Promise<string> {
    const path = joinPath(this.#path, prefix);
    const creates = items.map(({ data }) => ({ op: 'create', path, data, mode: 'persistent-sequential' }) as const);
    try {
      const [created] = await this.#client.transaction(creates, limits);
      if (created?.op !== 'create') throw new InternalError('a transaction of creates has been answered as another');
      this.#saw(created.stat?.czxid ?? 0n);
      return nameOf(created.path);
    } catch (error) {
      throw error instanceof TransactionFailedError ? error.cause : error;
    }
  }

  #saw(zxid: bigint): void {
    if (zxid > this.#lastZxid) this.#lastZxid = zxid;
  }
}

/** Every put would be given the same number. */
function exhausted(path: string, cause: NodeExistsError): SequenceExhaustedError {
  return new SequenceExhaustedError(path, sequenceOf(cause.path), { cause });
}
