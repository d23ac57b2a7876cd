import { AsyncLocalStorage } from 'node:async_hooks';

interface Run<T> {
  readonly value: T;
  parent: Run<T> | undefined;
  isOver: boolean;
}

/**
 * Which runs a piece of code is in: those that call it, directly or through any number of awaits, and are not over. The asynchronous context by itself says
 * too much: timers, servers and subscriptions keep it for as long as they live, long after the run that began them.
 */
export class RunContext<T> {
  readonly #present = new AsyncLocalStorage<Run<T>>();

  /** Of the innermost run. */
  get innermost(): T | undefined {
    return live(this.#present.getStore())?.value;
  }

  /** Of all runs, the innermost first. */
  get all(): readonly T[] {
    const values: T[] = [];
    for (let run = live(this.#present.getStore()); run !== undefined; run = live(run.parent)) values.push(run.value);
    return values;
  }

  /** Calls `work` in a run inside those around the call. It is over when `work` is. */
  async run<R>(value: T, work: () => Promise<R> | R): Promise<R> {
    const run: Run<T> = { value, parent: live(this.#present.getStore()), isOver: false };
    try {
      return await this.#present.run(run, work);
    } finally {
      run.isOver = true;
      // Else runs that each begin the next would make a chain that grows for ever.
      run.parent = live(run.parent);
    }
  }
}

function live<T>(innermost: Run<T> | undefined): Run<T> | undefined {
  let run = innermost;
  while (run?.isOver === true) run = run.parent;
  return run;
}
