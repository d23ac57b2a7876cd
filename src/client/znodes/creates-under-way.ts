interface Contest {
  calls: number;
  hasBeenShared: boolean;
}

/**
 * The ephemeral znodes that calls of one client are about to make, by their whole paths. An ephemeral znode is known by the session that owns it; that tells nothing to two calls of
 * one session that make the same at the same time.
 */
export class CreatesUnderWay {
  readonly #byPath = new Map<string, Contest>();

  /** Until it is disposed of, a call may make the znode. */
  enter(path: string): Disposable {
    const contest = this.#byPath.get(path) ?? { calls: 0, hasBeenShared: false };
    this.#byPath.set(path, contest);
    contest.calls += 1;
    contest.hasBeenShared ||= contest.calls > 1;
    return {
      [Symbol.dispose]: () => {
        contest.calls -= 1;
        if (contest.calls === 0) this.#byPath.delete(path);
      },
    };
  }

  /** May more than one of those under way have made it? */
  isContested(path: string): boolean {
    return this.#byPath.get(path)?.hasBeenShared === true;
  }
}
