import { expect } from 'vitest';
import { type Client, OutcomeUnknownError } from '../../src/index.ts';

/** What was put into a queue and what came out of it: nothing that was acknowledged may be missing. */
export class Ledger {
  /** Names of the items that were put for certain. */
  readonly #acknowledged = new Map<string, string>();
  readonly #doubtful = new Set<string>();
  readonly #handled = new Map<string, number>();
  /** Names of items that a consumer was told it may have lost. */
  readonly #lost = new Set<string>();
  #underWay = 0;
  #wake = () => {};

  constructor(...clients: readonly Client[]) {
    for (const { errors$ } of clients) errors$.subscribe((error) => this.#noteLoss(error));
  }

  /** Of one item or of many, of which `put` resolves with the names; its outcome may be unknown. */
  async put(items: readonly string[], put: () => Promise<string | readonly string[]>): Promise<void> {
    this.#underWay += 1;
    try {
      for (const [index, name] of [await put()].flat().entries()) this.#acknowledged.set(items[index] ?? '', name);
    } catch (error) {
      expect(error).toBeInstanceOf(OutcomeUnknownError);
      for (const item of items) this.#doubtful.add(item);
    }
    this.#underWay -= 1;
    this.#wake();
  }

  readonly handle = (item: string): void => {
    this.#handled.set(item, (this.#handled.get(item) ?? 0) + 1);
    this.#wake();
  };

  /** How often it was handled. */
  times(item: string): number {
    return this.#handled.get(item) ?? 0;
  }

  /** Resolves when all puts have ended, and all that they have put has been handled, or is known to be lost. */
  async complete(): Promise<void> {
    while (this.#underWay > 0 || this.#missing().length > 0) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Asserts that nothing is missing; if it is to be `exact`, that nothing came out twice, and that nothing is lost. */
  settle({ exact, mayLose }: { readonly exact: boolean; readonly mayLose: boolean }): void {
    expect(this.#missing(), 'acknowledged, and not handled').toEqual([]);
    if (!mayLose) expect([...this.#lost], 'lost').toEqual([]);
    for (const [item, times] of this.#handled) {
      expect(this.#acknowledged.has(item) || this.#doubtful.has(item), `${item} was put`).toBe(true);
      if (exact) expect(times, `times that ${item} was handled`).toBe(1);
    }
  }

  #missing(): readonly string[] {
    return [...this.#acknowledged].flatMap(([item, name]) => (this.#handled.has(item) || this.#lost.has(name) ? [] : [item]));
  }

  #noteLoss(error: Error): void {
    for (const name of lostNames(error)) this.#lost.add(name);
    this.#wake();
  }
}

/** The items that an at-most-once consumer may have removed without knowing. */
export function lostNames(error: unknown): readonly string[] {
  const isLoss = error instanceof OutcomeUnknownError && error.operation === 'take';
  // That is what its request is then.
  return isLoss ? (error.request as { readonly names: readonly string[] }).names : [];
}
