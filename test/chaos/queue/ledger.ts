import type { QueueReport, Safety } from './protocol.ts';

/** Keeps account of every item: whether its put was acknowledged, and who has handled it. Pure. */
export class Ledger {
  readonly troubles = new Map<string, number>();
  readonly #safety: Safety;
  readonly #put = new Set<string>();
  readonly #handlers = new Map<string, string[]>();
  /** Those whose items in hand may have gone to others, and may have been lost with them. */
  readonly #excused = new Set<string>();
  readonly #failures: string[] = [];
  #kills = 0;

  constructor(safety: Safety) {
    this.#safety = safety;
  }

  take(worker: string, report: QueueReport): void {
    switch (report.kind) {
      case 'put':
        for (const item of report.items) this.#put.add(item);
        break;
      case 'handled':
        this.#handlers.set(report.item, [...(this.#handlers.get(report.item) ?? []), worker]);
        break;
      case 'lost its session':
        this.#excused.add(worker);
        break;
      case 'trouble':
        this.troubles.set(report.name, (this.troubles.get(report.name) ?? 0) + 1);
        break;
      case 'failed':
        this.#failures.push(`${worker}: ${report.what}`);
        break;
    }
  }

  killed(worker: string): void {
    this.#kills += 1;
    this.#excused.add(worker);
  }

  get kills(): number {
    return this.#kills;
  }

  /** How many puts were acknowledged. */
  get acknowledged(): number {
    return this.#put.size;
  }

  /** How many items were handled. */
  get handled(): number {
    return this.#handlers.size;
  }

  /** Items that were handled though their put was not acknowledged: their producer was killed before it could tell. */
  get unacknowledged(): number {
    return [...this.#handlers.keys()].filter((item) => !this.#put.has(item)).length;
  }

  /** Items whose put was acknowledged, and that nobody has handled. */
  get lost(): readonly string[] {
    return [...this.#put].filter((item) => !this.#handlers.has(item));
  }

  /** How often an item was handled that had been handled before. */
  get duplicates(): number {
    return [...this.#handlers.values()].reduce((sum, handlers) => sum + handlers.length - 1, 0);
  }

  /** What should not be. */
  get problems(): readonly string[] {
    const lost = this.#safety === 'at-least-once' ? this.lost.map((item) => `${item} was lost`) : [];
    return [...this.#failures, ...lost, ...[...this.#handlers].flatMap(([item, handlers]) => this.#doubled(item, handlers))];
  }

  /** At-least-once allows it where whoever had the item before was killed, or lost its session, before it could say that it is done. */
  #doubled(item: string, handlers: readonly string[]): readonly string[] {
    const before = handlers.slice(0, -1);
    const isAllowed = this.#safety === 'at-least-once' && before.every((worker) => this.#excused.has(worker));
    return before.length === 0 || isAllowed ? [] : [`${item} was handled by ${handlers.join(', then ')}`];
  }
}
