import { catchError, combineLatest, map, type Observable, of, switchMap, throwError } from 'rxjs';
import {
  type Client,
  InvalidArgumentError,
  joinPath,
  MalformedDataError,
  NoAuthError,
  NoNodeError,
  randomUuid,
  validatePath,
} from '../../src/index.ts';
import { childrenOf } from '../common/unless-gone.ts';
import { JobNode, jobsPathOf } from './job-node.ts';
import { type JobState, readJobState } from './job-state.ts';
import { pause, resume, trigger } from './progress.ts';

/** A job as its znode tells. */
export interface ScheduledJob {
  readonly name: string;
  readonly path: string;
  /** Or why its znode cannot be read. */
  readonly state: JobState | MalformedDataError | NoAuthError;
}

/**
 * The jobs of a `LeaderSchedule`, for whoever looks at them or wants something of them: from any process, whether it takes part or not, whether anybody leads
 * or not. What is asked for is written into the job's znode, so it outlives leaders; the present one does it at once.
 */
export class ScheduledJobs {
  readonly #client: Client;
  readonly #path: string;

  /** Does no I/O. @param path the schedule's */
  constructor(client: Client, path: string) {
    validatePath(path, 'ScheduledJobs.path');
    this.#client = client;
    this.#path = path;
  }

  /** All that a leader has ever seen, by name; also those that are in no instance's options any more. Empty if there is no such schedule. */
  async list(): Promise<readonly ScheduledJob[]> {
    const jobs = await Promise.all((await this.#names()).map((name) => this.#look(name)));
    return jobs.filter((job) => job !== undefined);
  }

  /** The same, then anew whenever one of them has changed. */
  get list$(): Observable<readonly ScheduledJob[]> {
    return this.#client.children$(jobsPathOf(this.#path)).pipe(
      switchMap((names) => {
        const jobs = [...(names ?? [])].sort().map((name) => this.#follow(name));
        return jobs.length === 0 ? of([]) : combineLatest(jobs);
      }),
      map((jobs) => jobs.filter((job) => job !== undefined)),
    );
  }

  /**
   * Nothing planned is run until it is resumed. Runs under way go on, and it can be triggered by hand.
   *
   * @throws {NoNodeError} no leader has seen such a job yet
   * @throws {RequestTooLargeError} more has been asked for, and not been done, than the job's znode has room for
   * @throws {MalformedDataError}
   */
  async pause(name: string): Promise<void> {
    await this.#node(name).update(pause);
  }

  /** Plans anew from now: what would have been due meanwhile is not made up for. @throws as `pause` */
  async resume(name: string): Promise<void> {
    await this.#node(name).update(resume);
  }

  /**
   * Asks for one run beside the plan, as soon as the job's overlap policy permits; of a paused job too. Resolves with the run's id when that is written.
   *
   * @throws as `pause`
   */
  async trigger(name: string): Promise<string> {
    const id = randomUuid();
    const nowMs = this.#client.clock.wallTime();
    await this.#node(name).update((state) => trigger(state, id, nowMs));
    return id;
  }

  async #names(): Promise<readonly string[]> {
    return [...(await childrenOf(this.#client, jobsPathOf(this.#path)))].sort();
  }

  /** Undefined if it has been deleted meanwhile. */
  async #look(name: string): Promise<ScheduledJob | undefined> {
    const node = this.#node(name);
    try {
      return { name, path: node.path, state: await node.read() };
    } catch (error) {
      if (error instanceof NoNodeError) return undefined;
      if (isUnreadable(error)) return { name, path: node.path, state: error };
      throw error;
    }
  }

  #follow(name: string): Observable<ScheduledJob | undefined> {
    const path = joinPath(jobsPathOf(this.#path), name);
    return this.#client.data$(path).pipe(
      map((node) => (node === null ? undefined : { name, path, state: stateOf(path, node.data) })),
      // One that may not be read hides no other.
      catchError((error: unknown) => (error instanceof NoAuthError ? of({ name, path, state: error }) : throwError(() => error))),
    );
  }

  #node(name: string): JobNode {
    checkJobName(name, 'ScheduledJobs.name');
    return new JobNode(this.#client, this.#path, name);
  }
}

/** @throws {InvalidArgumentError} naming `field` */
export function checkJobName(name: string, field: string): void {
  if (typeof name !== 'string' || name.includes('/')) throw new InvalidArgumentError(field, name, 'must be a name without slashes');
  validatePath(`/${name}`, field);
}

function isUnreadable(error: unknown): error is MalformedDataError | NoAuthError {
  return error instanceof MalformedDataError || error instanceof NoAuthError;
}

function stateOf(path: string, data: Buffer): JobState | MalformedDataError {
  try {
    return readJobState(path, data);
  } catch (error) {
    if (error instanceof MalformedDataError) return error;
    throw error;
  }
}
