import type { Subscription } from 'rxjs';
import { type Client, never, QueueFullError, whenAborted } from '../../../src/index.ts';
import { orClosed } from '../../common/closing.ts';
import { inAnySession } from '../../common/in-any-session.ts';
import { Wakeup } from '../../common/wakeup.ts';

interface Waiter {
  readonly count: number;
  readonly waits: boolean;
  readonly enter: () => void;
  readonly refuse: (error: unknown) => void;
}

/** Lets so many items into a queue, in the order in which they come. It asks the server how many there are: once for all who wait at the time. */
export class Room {
  readonly #client: Client;
  readonly #path: string;
  readonly #maxItems: number;
  readonly #wakeup = new Wakeup();
  readonly #waiting = new Set<Waiter>();
  #isServing = false;

  constructor(client: Client, path: string, maxItems: number) {
    this.#client = client;
    this.#path = path;
    this.#maxItems = maxItems;
  }

  /**
   * Does `put` as soon as there is room for so many, which hands its request over in the tick that it is called in.
   *
   * @throws {QueueFullError} there is none, and `waits` is false
   * @throws the signal's reason, when aborted
   */
  async run<T>(
    count: number,
    { waits, signal }: { readonly waits: boolean; readonly signal: AbortSignal },
    put: () => Promise<T>,
  ): Promise<T> {
    return await new Promise<T>((resolve, reject) => {
      const waiter: Waiter = {
        count,
        waits,
        enter: () => {
          leave();
          put().then(resolve, reject);
        },
        refuse: (error) => {
          leave();
          reject(error);
        },
      };
      const leave = () => {
        stopListening();
        this.#waiting.delete(waiter);
      };
      let stopListening = () => {};
      this.#waiting.add(waiter);
      stopListening = whenAborted(signal, (reason) => {
        waiter.refuse(reason);
        this.#wakeup.notify();
      });
      if (this.#isServing) return;
      // It never rejects: those who wait are told.
      void this.#serve();
    });
  }

  /** Never rejects: whoever waits is told. */
  async #serve(): Promise<void> {
    this.#isServing = true;
    let watching: Subscription | undefined;
    try {
      while (this.#waiting.size > 0) {
        this.#wakeup.reset();
        this.#admit(await this.#free());
        if (this.#waiting.size === 0) break;
        if (watching !== undefined) await this.#wakeup.wait(this.#client.clock, undefined, never);
        // What happened before it was set is seen by asking again.
        watching ??= this.#watch();
      }
    } catch (error) {
      for (const waiter of [...this.#waiting]) waiter.refuse(error);
    } finally {
      watching?.unsubscribe();
      this.#isServing = false;
    }
  }

  #admit(free: number): void {
    let left = free;
    for (const waiter of [...this.#waiting]) {
      if (waiter.count <= left) {
        left -= waiter.count;
        waiter.enter();
        // Who comes later does not overtake one that needs more room.
      } else if (waiter.waits) left = 0;
      else waiter.refuse(new QueueFullError(this.#path, this.#maxItems));
    }
  }

  async #free(): Promise<number> {
    return await inAnySession(
      this.#client,
      never,
      async () => this.#maxItems - ((await this.#client.exists(this.#path))?.numChildren ?? 0),
    );
  }

  #watch(): Subscription {
    const watch$ = this.#client.watch(this.#path).pipe(orClosed(`put ${this.#path}`));
    return watch$.subscribe({
      next: () => this.#wakeup.notify(),
      error: (error: unknown) => {
        for (const waiter of [...this.#waiting]) waiter.refuse(error);
        this.#wakeup.notify();
      },
    });
  }
}
