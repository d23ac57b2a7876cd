import type { MalformedDataError, NoAuthError } from '../../src/index.ts';

/** What a subscriber is told. */
export type TopicEvent<T> =
  /** Comes first: whatever is published from here on is told, as a message or as part of a gap. */
  | { readonly type: 'live' }
  | TopicMessage<T>
  /**
   * Messages were published that cannot be told any more: they were gone before they could be read. `missed` is how many; undefined if the topic itself was deleted
   * and made anew.
   */
  | { readonly type: 'gap'; readonly missed: number | undefined };

/** What was published, or why it cannot be read. */
export type TopicMessage<T> = PublishedMessage & { readonly type: 'message' } & (
    | { readonly value: T; readonly error: undefined }
    | { readonly value: undefined; readonly error: MalformedDataError | NoAuthError }
  );

/** A message as ZooKeeper knows it. */
export interface PublishedMessage {
  readonly path: string;
  /** One larger for each message of the topic. */
  readonly number: number;
  /** Larger for each later message. */
  readonly zxid: bigint;
  /** When it was published, by the server's clock. */
  readonly time: Date;
}
