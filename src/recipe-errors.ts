import { DocentError, describeCause } from './errors.ts';

// What recipes tell their users; in `docent` beside the client's, so that there is one place to import errors from.

/** The hold is gone, or no longer certain; `cause` says how. Stop what it guarded. */
export class LeaseLostError extends DocentError {
  override readonly name = 'LeaseLostError';
  readonly path: string;

  constructor(path: string, cause: unknown) {
    super(`the lease ${path} is lost: ${describeCause(cause)}. Stop what it guarded`, { cause });
    this.path = path;
  }
}

/** Not ours within the time given; the place in line has been given up. */
export class AcquireTimeoutError extends DocentError {
  override readonly name = 'AcquireTimeoutError';
  readonly path: string;
  readonly timeoutMs: number;

  constructor(path: string, timeoutMs: number, options?: ErrorOptions) {
    super(`${path} was not acquired within ${timeoutMs} ms; the place in line has been given up`, options);
    this.path = path;
    this.timeoutMs = timeoutMs;
  }
}

/** A znode's data is not what its reader expects there. Somebody else uses the path, or wrote it by hand. */
export class MalformedDataError extends DocentError {
  override readonly name = 'MalformedDataError';
  readonly path: string;
  readonly sizeBytes: number;

  constructor(path: string, rule: string, sizeBytes: number, options?: ErrorOptions) {
    super(`${path} has data of ${sizeBytes} bytes that docent cannot use: ${rule}. Mend it, or use another path`, options);
    this.path = path;
    this.sizeBytes = sizeBytes;
  }
}

/** The latch was closed, which is for good. Make a new one. */
export class LatchClosedError extends DocentError {
  override readonly name = 'LatchClosedError';
  readonly path: string;

  constructor(path: string, options?: ErrorOptions) {
    super(`the latch at ${path} is closed, which is for good. Make a new one`, options);
    this.path = path;
  }
}

/** A run of a scheduled job took longer than its `timeoutMs`; reason of its signal. */
export class RunTimeoutError extends DocentError {
  override readonly name = 'RunTimeoutError';
  readonly job: string;
  readonly timeoutMs: number;

  constructor(job: string, timeoutMs: number, options?: ErrorOptions) {
    super(`the job ${job} was to end within ${timeoutMs} ms`, options);
    this.job = job;
    this.timeoutMs = timeoutMs;
  }
}

/** The schedule was told to stop in this process; reason of the signals of its runs. Another instance goes on. */
export class ScheduleStoppedError extends DocentError {
  override readonly name = 'ScheduleStoppedError';
  readonly path: string;

  constructor(path: string, options?: ErrorOptions) {
    super(`the schedule ${path} was stopped in this process`, options);
    this.path = path;
  }
}

/** A barrier did not let us through within the time given. Nothing of ours is left at it. */
export class BarrierTimeoutError extends DocentError {
  override readonly name = 'BarrierTimeoutError';
  readonly path: string;
  readonly timeoutMs: number;

  /** @param problem what the wait was for, as in `3 of 5 members are there` */
  constructor(path: string, timeoutMs: number, problem: string, options?: ErrorOptions) {
    super(`${path}: ${problem} after ${timeoutMs} ms`, options);
    this.path = path;
    this.timeoutMs = timeoutMs;
  }
}

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

/** A configuration has had no valid value yet; `cause` is what was found instead, if anything was. Give it defaults, or put a valid value there. */
export class ConfigUnavailableError extends DocentError {
  override readonly name = 'ConfigUnavailableError';
  readonly path: string;

  constructor(path: string, problem: string, options?: ErrorOptions) {
    super(`there is no valid configuration at ${path}: ${problem}`, options);
    this.path = path;
  }
}

/** Somebody in a deadlock: waits at one lock for another, who has something that the next one waits for, and so on around. */
export interface DeadlockMember {
  /** How its recipe calls it. */
  readonly id: string;
  /** Tells owners apart. */
  readonly owner: string;
  readonly sessionId: bigint;
  /** Path of the lock that it waits for. */
  readonly waitsFor: string;
  /** Its znode in line there. */
  readonly waitingNode: string;
  /** The znode in its way, which is of the next member. */
  readonly blockedBy: string;
}

/** We waited for somebody who waits for us. The place in line has been given up: give back what you hold, so that others can go on, and begin again. */
export class DeadlockError extends DocentError {
  override readonly name = 'DeadlockError';
  readonly path: string;
  /** Who waits for whom: we first, who have closed the circle by waiting last. */
  readonly members: readonly DeadlockMember[];

  constructor(path: string, members: readonly DeadlockMember[]) {
    const circle = members.map(({ id, waitsFor }) => `${id} waits for ${waitsFor}`).join(', whose holder ');
    super(`${path} would never have been acquired: ${circle}, whose holder is the first of them. Give back what you hold, and begin again`);
    this.path = path;
    this.members = members;
  }
}

/** The owner holds the read lock of a read-write lock and asks for its write lock, which would wait for the owner itself. */
export class LockUpgradeError extends DocentError {
  override readonly name = 'LockUpgradeError';
  readonly path: string;

  constructor(path: string, options?: ErrorOptions) {
    super(
      `${path}: whoever holds the read lock cannot get the write lock as well. Release the one first, or take the write lock to begin with`,
      options,
    );
    this.path = path;
  }
}

/** It was held for as long as its `maxHoldMs` allows; cause of the `LeaseLostError`. `lease.expiring$` tells it beforehand, `lease.renew()` puts it off. */
export class MaxHoldError extends DocentError {
  override readonly name = 'MaxHoldError';
  readonly path: string;
  readonly maxHoldMs: number;

  constructor(path: string, maxHoldMs: number, options?: ErrorOptions) {
    super(`it was held for ${maxHoldMs} ms, which is all that its maxHoldMs allows`, options);
    this.path = path;
    this.maxHoldMs = maxHoldMs;
  }
}

/** Another recipe is in use at the path: the two would not see each other. */
export class WrongRecipeError extends DocentError {
  override readonly name = 'WrongRecipeError';
  readonly path: string;
  readonly children: readonly string[];

  constructor(path: string, children: readonly string[]) {
    super(`${path} is in use by a recipe of another kind, which has ${children.slice(0, 3).join(', ')} there. Use another path`);
    this.path = path;
    this.children = children;
  }
}

/** Strangers among the znodes of a recipe. docent passes them over, but Curator would let some of them block everybody. Told once a path. */
export class ForeignChildrenError extends DocentError {
  override readonly name = 'ForeignChildrenError';
  readonly path: string;
  readonly children: readonly string[];

  constructor(path: string, children: readonly string[]) {
    super(`${path} has children that belong to no known recipe: ${children.slice(0, 5).join(', ')}. Move them elsewhere`);
    this.path = path;
    this.children = children;
  }
}

/** The service was not registered within the time given. Nothing of it is left. */
export class RegisterTimeoutError extends DocentError {
  override readonly name = 'RegisterTimeoutError';
  readonly path: string;
  readonly timeoutMs: number;

  /** @param problem what was in the way, as in `session 0x1f has registered the same id` */
  constructor(path: string, timeoutMs: number, problem: string, options?: ErrorOptions) {
    super(`${path} was not registered within ${timeoutMs} ms: ${problem}. Nothing of it is left`, options);
    this.path = path;
    this.timeoutMs = timeoutMs;
  }
}

/** No instance of a service could be called within the time given. */
export class NoInstanceError extends DocentError {
  override readonly name = 'NoInstanceError';
  readonly path: string;
  readonly timeoutMs: number;

  /** @param problem why none, as in `of 3 instances, 1 disabled, 2 down, 0 not accepted` */
  constructor(path: string, timeoutMs: number, problem: string, options?: ErrorOptions) {
    super(`no instance of ${path} could be called within ${timeoutMs} ms: ${problem}`, options);
    this.path = path;
    this.timeoutMs = timeoutMs;
  }
}

/** The service provider was disposed of, which is for good. Make a new one. */
export class ProviderClosedError extends DocentError {
  override readonly name = 'ProviderClosedError';
  readonly path: string;

  constructor(path: string, options?: ErrorOptions) {
    super(`the provider of ${path} is closed, which is for good. Make a new one`, options);
    this.path = path;
  }
}

/** The queue has as many items as it may have. Nothing was put. */
export class QueueFullError extends DocentError {
  override readonly name = 'QueueFullError';
  readonly path: string;
  readonly maxItems: number;

  constructor(path: string, maxItems: number, options?: ErrorOptions) {
    super(`${path} has no room: it may have ${maxItems} items. Nothing was put`, options);
    this.path = path;
    this.maxItems = maxItems;
  }
}

/** No item could be taken from the queue within the time given. */
export class TakeTimeoutError extends DocentError {
  override readonly name = 'TakeTimeoutError';
  readonly path: string;
  readonly timeoutMs: number;

  constructor(path: string, timeoutMs: number, options?: ErrorOptions) {
    super(`${path} had no item for us within ${timeoutMs} ms`, options);
    this.path = path;
    this.timeoutMs = timeoutMs;
  }
}

/** Of a batch, some items are in the queue for certain when something went wrong; `cause` says what became of the next ones. */
export class PartlyPutError extends DocentError {
  override readonly name = 'PartlyPutError';
  readonly path: string;
  /** Names of the znodes of those that are in the queue. */
  readonly names: readonly string[];

  constructor(path: string, names: readonly string[], options: { readonly cause: unknown }) {
    super(`${names.length} items of the batch are in ${path}, and then: ${describeCause(options.cause)}`, options);
    this.path = path;
    this.names = names;
  }
}

/** A directory's sequence counter is near its end, or past it. docent orders rightly even then, Curator and kazoo do not. Told once a path. */
export class SequenceExhaustedError extends DocentError {
  override readonly name = 'SequenceExhaustedError';
  readonly path: string;
  readonly sequence: number;

  constructor(path: string, sequence: number, options?: ErrorOptions) {
    super(
      `${path} has reached sequence number ${sequence}, and servers count to 2147483647 only. Use a new path if peers of other libraries share it`,
      options,
    );
    this.path = path;
    this.sequence = sequence;
  }
}

/** The counter would leave its range. Nothing was changed. */
export class CounterOverflowError extends DocentError {
  override readonly name = 'CounterOverflowError';
  readonly path: string;
  /** What it would have become, or has become by another's hand. */
  readonly value: bigint;

  /** @param range what the counter can be, as in `a 64-bit integer` */
  constructor(path: string, value: bigint, range: string, options?: ErrorOptions) {
    super(`${path}: ${value} is not ${range}`, options);
    this.path = path;
    this.value = value;
  }
}

/** Others were faster each time, and the retry policy says to stop. Nothing was changed. Try later, or give the counter a `lock`. */
export class ContentionError extends DocentError {
  override readonly name = 'ContentionError';
  readonly path: string;
  readonly attempts: number;

  constructor(path: string, attempts: number, options?: ErrorOptions) {
    super(`${path} was changed by others before each of ${attempts} attempts. Try later, or give the counter a lock`, options);
    this.path = path;
    this.attempts = attempts;
  }
}

/**
 * The znode was deleted and made anew, and had been changed as often as the one that was known: the server took the write for one on top of that. What had become
 * of it meanwhile is lost. Set a counter to 0 instead of deleting it.
 */
export class ZnodeReplacedError extends DocentError {
  override readonly name = 'ZnodeReplacedError';
  readonly path: string;

  constructor(path: string, options?: ErrorOptions) {
    super(
      `${path} was deleted and made anew by somebody, whose value is overwritten. Set it right, and do not delete what is in use`,
      options,
    );
    this.path = path;
  }
}

/** After four billion changes the znode's version is -1, which servers take for "any": nobody can make a change that depends on it. Store it once without condition. */
export class VersionExhaustedError extends DocentError {
  override readonly name = 'VersionExhaustedError';
  readonly path: string;

  constructor(path: string, options?: ErrorOptions) {
    super(
      `${path} has version -1, which servers take for any version. While nobody else changes it, store its value once without condition`,
      options,
    );
    this.path = path;
  }
}

/** A cache was closed, which is for good. Make a new one. */
export class CacheClosedError extends DocentError {
  override readonly name = 'CacheClosedError';
  readonly path: string;

  constructor(path: string, options?: ErrorOptions) {
    super(`the cache of ${path} is closed, which is for good. Make a new one`, options);
    this.path = path;
  }
}

/** A cache did not have all that it was to have within the time given. It goes on reading: wait for it again. */
export class CacheNotReadyError extends DocentError {
  override readonly name = 'CacheNotReadyError';
  readonly path: string;
  readonly timeoutMs: number;

  constructor(path: string, timeoutMs: number, options?: ErrorOptions) {
    super(`the picture of ${path} was not whole within ${timeoutMs} ms. It goes on being read: wait for it again`, options);
    this.path = path;
    this.timeoutMs = timeoutMs;
  }
}

/** What a cache is to show outgrew its limits. A part of it would be taken for all, so it has let go of everything. */
export class CacheLimitError extends DocentError {
  override readonly name = 'CacheLimitError';
  readonly path: string;
  /** Which option it is. */
  readonly option: 'maxNodes' | 'maxBytes';
  readonly limit: number;

  constructor(path: string, option: 'maxNodes' | 'maxBytes', limit: number, options?: ErrorOptions) {
    const what = option === 'maxNodes' ? 'znodes' : 'bytes of data and paths';
    super(`${path} has more than ${limit} ${what}. Cache less of it (accept, maxDepth, noData), or raise ${option}`, options);
    this.path = path;
    this.option = option;
    this.limit = limit;
  }
}
