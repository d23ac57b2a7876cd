import {
  BadVersionError,
  type CallOptions,
  type Client,
  joinPath,
  LeaseLostError,
  NodeExistsError,
  NoNodeError,
  OutcomeUnknownError,
  parentOf,
  RequestTooLargeError,
  TransactionFailedError,
} from '../../src/index.ts';
import { unlessGone } from '../common/unless-gone.ts';
import type { Lease } from '../leases/lease.ts';
import { type JobState, longestStateBytes, newJob, readJobState, writeJobState } from './job-state.ts';

/** Where the znodes of a schedule's jobs are. */
export function jobsPathOf(schedulePath: string): string {
  return joinPath(schedulePath, 'jobs');
}

const outrunBy = [BadVersionError, NodeExistsError, NoNodeError, OutcomeUnknownError] as const;

/** The znode that a job's state is kept in. */
export class JobNode {
  readonly path: string;
  readonly #client: Client;

  constructor(client: Client, schedulePath: string, job: string) {
    this.path = joinPath(jobsPathOf(schedulePath), job);
    this.#client = client;
  }

  /** @throws {MalformedDataError} */
  async read(options: CallOptions = {}): Promise<JobState> {
    return readJobState(this.path, (await this.#client.get(this.path, options)).data);
  }

  /**
   * Reads, changes and writes until nobody has come between, and resolves with what is written then. `change` may be called several times, the last time
   * with what it has made itself, if the reply to a write was lost: it has to be such that doing it twice is doing it once.
   *
   * @throws {NoNodeError} there is no such job
   * @throws {RequestTooLargeError} so much has been asked for already, and not been done, that the leader could not go on if it were more
   * @throws {MalformedDataError}
   */
  async update(change: (state: JobState) => JobState, options: CallOptions = {}): Promise<JobState> {
    for (;;) {
      const { data, stat } = await this.#client.get(this.path, options);
      const state = readJobState(this.path, data);
      const next = change(state);
      if (next === state) return next;
      const asked = writeJobState(this.path, next);
      if (asked.length > Math.max(longestStateBytes, data.length)) {
        throw new RequestTooLargeError('setData', this.path, asked.length, longestStateBytes);
      }
      const write = () => this.#client.set(this.path, asked, { ...options, version: stat.version });
      if (await this.#isWritten(write, options)) return next;
    }
  }

  /**
   * As `update`, but only while the lease is held, which the server checks along with the write; and a job that is new is made.
   *
   * @throws {LeaseLostError}
   */
  async updateAs(lease: Lease, change: (state: JobState) => JobState, options: CallOptions = {}): Promise<JobState> {
    for (;;) {
      const node = await this.#find(options);
      const state = node === undefined ? newJob : readJobState(this.path, node.data);
      const next = change(state);
      const write = () => this.#writeAs(lease, next, node?.stat.version, options);
      if (next === state || (await this.#isWritten(write, options))) return next;
    }
  }

  /** False if somebody has come between, or may have: it has to be read again. */
  async #isWritten(write: () => Promise<unknown>, options: CallOptions): Promise<boolean> {
    try {
      await write();
      return true;
    } catch (error) {
      const cause = error instanceof TransactionFailedError ? error.cause : error;
      if (!outrunBy.some((type) => cause instanceof type)) throw error;
      // Deleted since it was read, or new and without a parent.
      if (cause instanceof NoNodeError) await this.#client.ensurePath(parentOf(this.path), options);
      return false;
    }
  }

  async #writeAs(lease: Lease, state: JobState, version: number | undefined, options: CallOptions): Promise<void> {
    const data = writeJobState(this.path, state);
    try {
      if (this.#client.capabilities.multi) await this.#writeChecked(lease, data, version, options);
      else await this.#writeInSession(lease, data, version, options);
    } catch (error) {
      if (!(error instanceof RequestTooLargeError) || state.history.length === 0) throw error;
      // The servers take less than most. A job goes on with a shorter history rather than not at all.
      const history = state.history.slice(Math.ceil(state.history.length / 2));
      await this.#writeAs(lease, { ...state, history }, version, options);
    }
  }

  async #writeChecked(lease: Lease, data: Buffer, version: number | undefined, options: CallOptions): Promise<void> {
    const write = version === undefined ? ({ op: 'create', data } as const) : ({ op: 'set', data, version } as const);
    try {
      await this.#client.transaction([lease.check(), { ...write, path: this.path }], options);
    } catch (error) {
      throw error instanceof TransactionFailedError && error.index === 0 ? lost(lease, error.cause) : error;
    }
  }

  /** The driver has no transactions. A valid lease is of the client's present session, and the server takes nothing from one that is over. */
  async #writeInSession(lease: Lease, data: Buffer, version: number | undefined, options: CallOptions): Promise<void> {
    lease.assertValid();
    const { session } = this.#client;
    const limits = session === undefined ? options : { ...options, session };
    if (version === undefined) await this.#client.create(this.path, data, limits);
    else await this.#client.set(this.path, data, { ...limits, version });
  }

  #find(options: CallOptions) {
    return unlessGone(this.#client.get(this.path, options));
  }
}

function lost({ path }: Lease, cause: unknown): LeaseLostError {
  return new LeaseLostError(path, cause);
}
