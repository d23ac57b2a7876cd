/**
 * Turns at connecting to one server, for all sessions of this process: a ZooKeeper takes connections from a backlog of 50, and whoever finds that full
 * waits a second before the network tries again. A turn lasts until the server has answered, not just until the connection is open.
 */
export class DialQueue {
  readonly #atOnce: number;
  readonly #lines = new Map<string, { active: number; readonly waiting: Set<() => void> }>();

  constructor(atOnce: number) {
    this.#atOnce = atOnce;
  }

  /**
   * Calls `begin` when it is our turn, maybe at once.
   *
   * @returns ends the turn, or the wait for it; idempotent
   */
  enter(server: string, begin: () => void): () => void {
    const line = this.#lines.get(server) ?? { active: 0, waiting: new Set() };
    this.#lines.set(server, line);
    let state: 'waiting' | 'active' | 'over' = 'waiting';
    const start = () => {
      state = 'active';
      line.active += 1;
      begin();
    };
    if (line.active < this.#atOnce) start();
    else line.waiting.add(start);
    return () => {
      line.waiting.delete(start);
      if (state === 'active') this.#leave(server, line);
      state = 'over';
    };
  }

  #leave(server: string, line: { active: number; readonly waiting: Set<() => void> }): void {
    line.active -= 1;
    const [next] = line.waiting;
    if (next !== undefined) {
      line.waiting.delete(next);
      next();
    } else if (line.active === 0) this.#lines.delete(server);
  }
}
