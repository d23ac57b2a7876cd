import { DocentError } from '../docent-error.ts';

/** What was kept in being (a znode, a membership, a share) was closed, which is for good. Make a new one. */
export class NodeClosedError extends DocentError {
  override readonly name = 'NodeClosedError';
  readonly path: string;

  constructor(path: string, options?: ErrorOptions) {
    super(`what was kept at ${path} is closed, which is for good. Make a new one`, options);
    this.path = path;
  }
}

/** A znode that is kept in being was not there, or did not hold its data, within the time given. It goes on being wanted. */
export class NodeTimeoutError extends DocentError {
  override readonly name = 'NodeTimeoutError';
  readonly path: string;
  readonly timeoutMs: number;

  /** @param problem what is in the way, as in `it has not been made` */
  constructor(path: string, timeoutMs: number, problem: string, options?: ErrorOptions) {
    super(`${path}: ${problem} within ${timeoutMs} ms. It goes on being tried until it is closed`, options);
    this.path = path;
    this.timeoutMs = timeoutMs;
  }
}

/** Somebody else has a znode where ours is to be. Ours is made as soon as that has gone. Two that have the same id, or one that has just been started again? */
export class PathTakenError extends DocentError {
  override readonly name = 'PathTakenError';
  readonly path: string;
  /** Owner of the znode that is there; 0 if it is not ephemeral. */
  readonly sessionId: bigint;

  constructor(path: string, sessionId: bigint, options?: ErrorOptions) {
    const owner = sessionId === 0n ? 'is not ephemeral' : `belongs to session 0x${sessionId.toString(16)}`;
    super(`${path} is taken: the znode there ${owner}. Ours is made when that has gone. Give each its own path or id`, options);
    this.path = path;
    this.sessionId = sessionId;
  }
}
