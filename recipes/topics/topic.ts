import type { Observable } from 'rxjs';
import { z } from 'zod';
import {
  type Client,
  type Codec,
  encodeValue,
  joinPath,
  parseOptions,
  RefusedError,
  SequenceExhaustedError,
  validatePath,
} from '../../src/index.ts';
import { codecOf, type ValueForm } from '../common/codec-of.ts';
import { childrenOf } from '../common/unless-gone.ts';
import { type WaitOptions, waitOptions } from '../common/wait-options.ts';
import { nearlyExhausted } from '../line/line.ts';
import { followTopic } from './follow-topic.ts';
import { expired, numberOf } from './position.ts';
import type { PublishedMessage, TopicEvent } from './topic-event.ts';

export interface TopicOptions {
  /** How many messages stay, 1 to 10 000: as many as a subscriber may be behind without a gap. Say the same everywhere. Default: 100. */
  readonly keep?: number;
}

const topicOptions = z.strictObject({ keep: z.int().min(1).max(10_000).default(100) });

/**
 * Messages to all who listen at the time. What is published is told to every subscriber, in one order for all, once; or, to one who was out of contact or too
 * slow while more than `keep` were published, as a gap that says how many. Whoever was not subscribed then is not told.
 *
 * For news that make others look, such as "the catalogue has changed": each message is read by every subscriber, so it is not for bulk data, and what must be
 * done by exactly one is a matter for a queue.
 *
 * @example
 * const deploys = new Topic(client, '/topics/deploys', z.object({ service: z.string(), version: z.string() }));
 * deploys.events$.subscribe((event) => {
 *   if (event.type === 'message' && event.error === undefined) reload(event.value.service);
 *   if (event.type === 'gap') reloadAll();
 * });
 * await deploys.publish({ service: 'billing', version: '1.2.0' });
 */
export class Topic<T> {
  readonly path: string;
  readonly #client: Client;
  readonly #codec: Codec<T>;
  readonly #keep: number;
  /** Number of our last message, and of the last one by whose time we had cleaned up. */
  #last = 0;
  #cleanedAt: number | undefined;
  #isCleaning = false;
  #hasWarned = false;

  /**
   * Does no I/O.
   *
   * @param path a znode that has the topic's messages below it, and nothing else
   * @param form a zod schema, whose values are stored as JSON, or a codec
   * @throws {InvalidArgumentError}
   */
  constructor(client: Client, path: string, form: ValueForm<T>, options: TopicOptions = {}) {
    validatePath(path, 'Topic.path');
    this.path = path;
    this.#client = client;
    this.#codec = codecOf(form, 'Topic.form');
    this.#keep = parseOptions(topicOptions, options, 'Topic.options').keep;
  }

  /**
   * Resolves when the message is with the server, so that every subscriber will be told. If the reply is lost, the message is found again, and not published
   * twice. Also deletes what is beyond `keep`.
   *
   * @throws {InvalidArgumentError} the value does not fit; nothing was published
   * @throws {OperationTimeoutError} and the signal's reason: it may have been published, and is deleted again in the background if it was
   */
  async publish(value: T, options: WaitOptions = {}): Promise<PublishedMessage> {
    const { timeoutMs, signal } = parseOptions(waitOptions, options, 'Topic.publish');
    const data = encodeValue('Topic.publish.value', this.#codec, value);
    const creating = this.#client.create(joinPath(this.path, 'message-'), data, {
      mode: 'persistent-sequential',
      parents: true,
      timeoutMs,
      signal,
    });
    const [{ path, stat }, isClean] = await Promise.all([creating, this.#isDueToClean && this.#clean({ timeoutMs, signal })]);
    this.#last = numberOf(path);
    if (isClean) this.#cleanedAt = this.#last;
    this.#warnOfExhaustion();
    return { path, number: this.#last, zxid: stat.czxid, time: new Date(Number(stat.ctime)) };
  }

  /**
   * What is published, from the first emission on, which is `live`. Goes on across outages and sessions, silent while there is no contact. A message that cannot
   * be decoded, or that we may not read, comes with its error. Errors only with what cannot heal: no permission to see the topic.
   */
  get events$(): Observable<TopicEvent<T>> {
    return followTopic(this.#client, this.path, this.#codec);
  }

  /** Each publisher lets a tenth more pile up, rather than list the topic for every message. */
  get #isDueToClean(): boolean {
    if (this.#isCleaning) return false;
    // Smaller than it was: the topic was deleted and made anew.
    return this.#cleanedAt === undefined || this.#last < this.#cleanedAt || this.#last >= this.#cleanedAt + this.#keep / 10;
  }

  /** Lists in one flight with the message. Never rejects: it is no failure of the message, and another one will clean up as well. */
  async #clean(options: WaitOptions): Promise<boolean> {
    this.#isCleaning = true;
    try {
      const names = await childrenOf(this.#client, this.path, options);
      const { session } = this.#client;
      if (session === undefined) return false;
      for (const { name } of expired(names, this.#keep)) {
        // It never rejects, and closing the client waits for it.
        void this.#client.deleteForSure(joinPath(this.path, name), { session });
      }
      return true;
    } catch (error) {
      // Other trouble passes.
      if (error instanceof RefusedError) this.#client.reportError(error);
      return false;
    } finally {
      this.#isCleaning = false;
    }
  }

  #warnOfExhaustion(): void {
    if (this.#hasWarned || this.#last < nearlyExhausted) return;
    this.#hasWarned = true;
    this.#client.reportError(new SequenceExhaustedError(this.path, this.#last));
  }
}
