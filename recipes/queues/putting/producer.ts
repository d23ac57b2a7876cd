import type { z } from 'zod';
import {
  type CallOptions,
  type Client,
  Deadline,
  InternalError,
  joinPath,
  NodeExistsError,
  NoNodeError,
  nameOf,
  never,
  OutcomeUnknownError,
  PartlyPutError,
  QueueFullError,
  RefusedError,
  SequenceExhaustedError,
  TransactionFailedError,
  whenAborted,
} from '../../../src/index.ts';
import { makeDirectory, withDirectory } from '../directory.ts';
import { frameItem, newMark } from '../items/item-bytes.ts';
import { nameAfter, sequenceOf } from '../items/item-names.ts';
import { inPieces } from '../pieces.ts';
import type { putOptions } from '../queue-options.ts';
import { type Found, Recognition } from './recognition.ts';
import { Room } from './room.ts';

type Bounds = z.output<typeof putOptions>;

/** An item on its way into the queue. */
interface Outgoing {
  readonly mark: Buffer;
  /** Framed. */
  readonly data: Buffer;
}

/** What has become of some items that were to be put. */
interface PutPiece {
  /** Names of those that are in the queue for certain. */
  readonly put: readonly string[];
  readonly failure: { readonly reason: unknown } | undefined;
}

/** Puts items into one queue: each once, whatever happens to the replies. */
export class Producer {
  readonly #client: Client;
  readonly #path: string;
  readonly #maxItems: number;
  readonly #room: Room | undefined;
  readonly #recognition: Recognition;
  /** The highest that puts have shown: what is put from now on is younger. */
  #lastZxid = 0n;
  #directory: Promise<void> | undefined;

  /** @param maxItems `Infinity`: no limit */
  constructor(client: Client, path: string, maxItems: number) {
    this.#client = client;
    this.#path = path;
    this.#maxItems = maxItems;
    this.#room = maxItems === Number.POSITIVE_INFINITY ? undefined : new Room(client, path, maxItems);
    this.#recognition = new Recognition(client, path);
  }

  /** Resolves with the name of the item's znode. */
  async put(prefix: string, payload: Uint8Array, bounds: Bounds): Promise<string> {
    const item = outgoing(payload);
    const limits = limitsOf(this.#client, bounds);
    await this.#ready(limits);
    const put = () => this.#seenThrough(item.mark, this.#lastZxid, limits, () => this.#create(prefix, item, limits()));
    return await this.#withRoom(1, bounds, put);
  }

  /** In pieces, one after the other, each of them all or nothing where the driver has transactions. */
  async putAll(prefix: string, payloads: readonly Uint8Array[], bounds: Bounds): Promise<readonly string[]> {
    const limits = limitsOf(this.#client, bounds);
    const names: string[] = [];
    for (const piece of inPieces(payloads.map(outgoing))) {
      const { put, failure } = await this.#putPiece(prefix, piece, bounds, limits);
      names.push(...put);
      if (failure === undefined) continue;
      if (names.length === 0) throw failure.reason;
      throw new PartlyPutError(this.#path, names, { cause: failure.reason });
    }
    return names;
  }

  async #putPiece(prefix: string, piece: readonly Outgoing[], bounds: Bounds, limits: () => CallOptions): Promise<PutPiece> {
    try {
      const isTogether = this.#client.capabilities.multi;
      return await this.#withRoom(piece.length, bounds, () =>
        isTogether ? this.#putTogether(prefix, piece, limits) : this.#putEach(prefix, piece, limits),
      );
    } catch (reason) {
      return { put: [], failure: { reason } };
    }
  }

  /** Looks once whether there is a directory: puts that had to be sent again to have one made would come in another order. */
  async #ready(limits: () => CallOptions): Promise<void> {
    this.#directory ??= this.#prepare(limits());
    try {
      await this.#directory;
    } catch (error) {
      this.#directory = undefined;
      throw error;
    }
  }

  async #prepare(limits: CallOptions): Promise<void> {
    const stat = await this.#client.exists(this.#path, limits);
    if (stat === null) await makeDirectory(this.#client, this.#path, limits);
    else this.#saw(stat.pzxid);
  }

  async #withRoom<T>(count: number, { timeoutMs, signal = never, whenFull }: Bounds, put: () => Promise<T>): Promise<T> {
    signal.throwIfAborted();
    if (this.#room === undefined) return await put();
    if (count > this.#maxItems) throw new QueueFullError(this.#path, this.#maxItems);
    using deadline = new Deadline(this.#client.clock, { timeoutMs, signal }, () => new QueueFullError(this.#path, this.#maxItems));
    return await this.#room.run(count, { waits: whenFull === 'wait', signal: deadline.signal }, put);
  }

  async #putTogether(prefix: string, piece: readonly Outgoing[], limits: () => CallOptions): Promise<PutPiece> {
    const mark = piece[0]?.mark ?? Buffer.alloc(0);
    await this.#prepare(limits());
    const first = await this.#seenThrough(mark, this.#lastZxid, limits, () => this.#createAll(prefix, piece, limits()));
    // One transaction, so that nobody's numbers came in between.
    return { put: piece.map((_, index) => nameAfter(first, index)), failure: undefined };
  }

  /** They leave in one flight, so that they are put in this order. */
  async #putEach(prefix: string, piece: readonly Outgoing[], limits: () => CallOptions): Promise<PutPiece> {
    const since = this.#lastZxid;
    const puts = piece.map((item) => this.#seenThrough(item.mark, since, limits, () => this.#create(prefix, item, limits())));
    const results = await Promise.allSettled(puts);
    return {
      put: results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : [])),
      failure: results.find((result) => result.status === 'rejected'),
    };
  }

  /** Sends a put until it is answered. One that was sent and not answered is looked for, and never sent again without knowing that it was not put. */
  async #seenThrough(mark: Buffer, since: bigint, limits: () => CallOptions, send: () => Promise<string>): Promise<string> {
    for (;;) {
      try {
        return await withDirectory(this.#client, this.#path, send, limits);
      } catch (error) {
        if (error instanceof NodeExistsError) throw exhausted(this.#path, error);
        if (!(error instanceof OutcomeUnknownError)) throw error;
        const found = await this.#find(mark, since, limits());
        if (found.kind === 'put') return found.name;
        if (found.kind === 'unknown') throw error;
      }
    }
  }

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
  async #createAll(prefix: string, batch: readonly Outgoing[], limits: CallOptions): Promise<string> {
    const path = joinPath(this.#path, prefix);
    const creates = batch.map(({ data }) => ({ op: 'create', path, data, mode: 'persistent-sequential' }) as const);
    try {
      const [first] = await this.#client.transaction(creates, limits);
      if (first?.op !== 'create') throw new InternalError('a transaction of creates has been answered as another');
      this.#saw(first.stat?.czxid ?? 0n);
      return nameOf(first.path);
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

function outgoing(payload: Uint8Array): Outgoing {
  const mark = newMark();
  return { mark, data: frameItem(payload, mark) };
}

/** What is left of the bounds at the time of asking. */
function limitsOf({ clock }: Client, { timeoutMs, signal }: Bounds): () => CallOptions {
  if (timeoutMs === undefined) return () => ({ signal });
  const endMs = clock.now() + timeoutMs;
  return () => ({ signal, timeoutMs: Math.max(1, endMs - clock.now()) });
}
