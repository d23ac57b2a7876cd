import type { z } from 'zod';
import { type Client, Deadline, never, PartlyPutError, QueueFullError } from '../../../src/index.ts';
import { frameItem, newMark } from '../items/item-bytes.ts';
import { inPieces } from '../pieces.ts';
import type { putOptions } from '../queue-options.ts';
import { Combining } from './combining.ts';
import { Room } from './room.ts';
import { type Limits, type Outgoing, Sender } from './sender.ts';

type Bounds = z.output<typeof putOptions>;

/** What has become of some items that were to be put. */
interface PutPiece {
  /** Names of those that are in the queue for certain. */
  readonly put: readonly string[];
  readonly failure: { readonly reason: unknown } | undefined;
}

/** Puts items into one queue: one by one or many at once, and no more than there is room for. */
export class Producer {
  readonly #client: Client;
  readonly #path: string;
  readonly #maxItems: number | undefined;
  readonly #room: Room | undefined;
  readonly #sender: Sender;
  readonly #combining: Combining;

  /** @param maxItems undefined: no limit */
  constructor(client: Client, path: string, maxItems: number | undefined) {
    this.#client = client;
    this.#path = path;
    this.#maxItems = maxItems;
    this.#room = maxItems === undefined ? undefined : new Room(client, path, maxItems);
    this.#sender = new Sender(client, path);
    this.#combining = new Combining(this.#sender);
  }

  /** Resolves with the name of the item's znode. */
  async put(prefix: string, payload: Uint8Array, bounds: Bounds): Promise<string> {
    const item = outgoing(payload);
    if (this.#mayCombine(bounds)) return await this.#combining.put(prefix, item);
    const limits = limitsOf(this.#client, bounds);
    return await this.#whenRoom(1, bounds, limits, () => this.#sender.send(prefix, item, limits));
  }

  /** Nobody else's bounds are to end a put, nor is one to be counted before it has left. */
  #mayCombine({ timeoutMs, signal }: Bounds): boolean {
    return timeoutMs === undefined && signal === undefined && this.#room === undefined && this.#client.capabilities.multi;
  }

  /** In pieces, one after the other, each of them all or nothing where the driver has transactions. */
  async putAll(prefix: string, payloads: readonly Uint8Array[], bounds: Bounds): Promise<readonly string[]> {
    const limits = limitsOf(this.#client, bounds);
    const names: string[] = [];
    for (const piece of inPieces(payloads.map(outgoing), this.#mostInPiece(payloads.length, bounds))) {
      const { put, failure } = await this.#putPiece(prefix, piece, bounds, limits);
      names.push(...put);
      if (failure === undefined) continue;
      if (names.length === 0) throw failure.reason;
      throw new PartlyPutError(this.#path, names, { cause: failure.reason });
    }
    return names;
  }

  /**
   * More than there is ever room for go in pieces of half of that, so that the next piece need not wait until the queue is empty.
   *
   * @throws {QueueFullError} they could never all be put without waiting
   */
  #mostInPiece(count: number, { whenFull }: Bounds): number | undefined {
    if (this.#maxItems === undefined || count <= this.#maxItems) return undefined;
    if (whenFull === 'fail') throw new QueueFullError(this.#path, this.#maxItems);
    return Math.ceil(this.#maxItems / 2);
  }

  async #putPiece(prefix: string, piece: readonly Outgoing[], bounds: Bounds, limits: Limits): Promise<PutPiece> {
    const isTogether = this.#client.capabilities.multi;
    try {
      return await this.#whenRoom(piece.length, bounds, limits, async () =>
        isTogether
          ? { put: await this.#sender.sendTogether(prefix, piece, limits), failure: undefined }
          : await this.#putEach(prefix, piece, limits),
      );
    } catch (reason) {
      return { put: [], failure: { reason } };
    }
  }

  /** They leave in one flight, so that they are put in this order. */
  async #putEach(prefix: string, piece: readonly Outgoing[], limits: Limits): Promise<PutPiece> {
    const results = await Promise.allSettled(piece.map((item) => this.#sender.send(prefix, item, limits)));
    return {
      put: results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : [])),
      failure: results.find((result) => result.status === 'rejected'),
    };
  }

  /** @param put hands its request over in the tick that it is called in */
  async #whenRoom<T>(count: number, { timeoutMs, signal = never, whenFull }: Bounds, limits: Limits, put: () => Promise<T>): Promise<T> {
    if (this.#room === undefined || this.#maxItems === undefined) return await put();
    const { path, maxItems } = { path: this.#path, maxItems: this.#maxItems };
    signal.throwIfAborted();
    await this.#sender.prepare(limits);
    using deadline = new Deadline(this.#client.clock, { timeoutMs, signal }, () => new QueueFullError(path, maxItems));
    return await this.#room.run(count, { waits: whenFull === 'wait', signal: deadline.signal }, put);
  }
}

function outgoing(payload: Uint8Array): Outgoing {
  const mark = newMark();
  return { mark, data: frameItem(payload, mark) };
}

function limitsOf({ clock }: Client, { timeoutMs, signal }: Bounds): Limits {
  if (timeoutMs === undefined) return () => ({ signal });
  const endMs = clock.now() + timeoutMs;
  return () => ({ signal, timeoutMs: Math.max(1, endMs - clock.now()) });
}
