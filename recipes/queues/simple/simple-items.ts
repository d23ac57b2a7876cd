import {
  BadVersionError,
  type Client,
  isTransient,
  joinPath,
  NoAuthError,
  NoNodeError,
  OperationError,
  OutcomeUnknownError,
  RefusedError,
  RequestTooLargeError,
} from '../../../src/index.ts';
import { inAnySession } from '../../common/in-any-session.ts';
import { unlessGone } from '../../common/unless-gone.ts';
import { moveToDeadLetters } from './dead-letters.ts';
import type { SimpleItem } from './simple-item.ts';
import type { TakeBounds } from './take-bounds.ts';

/** What became of an item that was to be removed. */
export type Removal = 'done' | 'changed' | 'taken by another';

/** Nobody here can take the item, until somebody does something about it. */
export interface Unusable {
  readonly trouble: OperationError;
}

/** The znodes of a simple queue's items. What heals is waited out, for as long as the caller's bounds allow. */
export class SimpleItems {
  readonly #client: Client;
  readonly #path: string;
  readonly #deadLetterPath: string;

  constructor(client: Client, path: string, deadLetterPath: string) {
    this.#client = client;
    this.#path = path;
    this.#deadLetterPath = deadLetterPath;
  }

  /** The item, or why there is none for us. */
  async read(name: string, { signal, options }: TakeBounds): Promise<SimpleItem | Unusable | 'gone'> {
    const path = joinPath(this.#path, name);
    try {
      const { node } = await inAnySession(this.#client, signal, async () => ({ node: await unlessGone(this.#client.get(path, options)) }));
      return node === undefined ? 'gone' : { name, path, ...node };
    } catch (error) {
      if (error instanceof NoAuthError) return { trouble: error };
      throw error;
    }
  }

  /**
   * Removes an item. Not bound by the caller's signal alone: what has begun to leave the queue is handed over.
   *
   * @throws {OutcomeUnknownError} whose `request.item` is the item
   */
  async remove({ path, stat }: SimpleItem, item: unknown, bounds: TakeBounds): Promise<Removal> {
    const removal = await bounds.beyond((limits) =>
      inAnySession(this.#client, bounds.signal, async () => {
        try {
          await this.#client.delete(path, { ...limits, version: stat.version });
          return 'done' as const;
        } catch (error) {
          if (error instanceof NoNodeError) return 'taken by another' as const;
          if (error instanceof BadVersionError) return 'changed' as const;
          // Not to be begun anew.
          if (isDoubtful(error) || limits.signal.aborted) return { doubt: error };
          throw error;
        }
      }),
    );
    if (typeof removal === 'object') throw new OutcomeUnknownError('take', path, { item }, removal.doubt);
    return removal;
  }

  /** Puts an item that does not decode among the dead letters. Where that cannot be, it stays. */
  async putAside(found: SimpleItem, flaw: unknown, { signal, options }: TakeBounds): Promise<Unusable | 'gone'> {
    return await inAnySession(this.#client, signal, async () => {
      try {
        await moveToDeadLetters(this.#client, this.#deadLetterPath, found, flaw, options);
        return 'gone' as const;
      } catch (error) {
        if (isLasting(error)) return { trouble: error };
        throw error;
      }
    });
  }
}

function isDoubtful(error: unknown): boolean {
  return error instanceof OperationError && error.outcome === 'unknown';
}

/** Does it stay so, until somebody does something about it? */
function isLasting(error: unknown): error is OperationError {
  if (error instanceof RequestTooLargeError) return true;
  return error instanceof RefusedError && !isTransient(error) && !(error instanceof NoNodeError);
}
