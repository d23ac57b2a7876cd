import { concat, concatMap, defer, Observable, of } from 'rxjs';
import {
  type Client,
  type Codec,
  decodeZnode,
  joinPath,
  MalformedDataError,
  NoAuthError,
  type NodeData,
  type Stat,
} from '../../src/index.ts';
import { completeOnClose } from '../common/closing.ts';
import { inAnySession } from '../common/in-any-session.ts';
import { unlessGone } from '../common/unless-gone.ts';
import { advance, type Entry, endOf, type Position, type Step } from './position.ts';
import type { TopicEvent, TopicMessage } from './topic-event.ts';

/** What is published from now on, in order. Whatever happens to connections and sessions, it goes on where it was. */
export function followTopic<T>(client: Client, path: string, codec: Codec<T>): Observable<TopicEvent<T>> {
  const followed$ = new Observable<TopicEvent<T>>((subscriber) => {
    const interest = new AbortController();
    const { signal } = interest;
    const events$ = defer(() => end(client, path, signal)).pipe(
      concatMap((position) => concat(of({ type: 'live' } as const), after(client, path, codec, position, signal))),
    );
    const following = events$.subscribe({
      next: (event) => subscriber.next(event),
      error: (error: unknown) => subscriber.error(error),
      complete: () => subscriber.complete(),
    });
    return () => {
      following.unsubscribe();
      interest.abort(new Error('nobody listens any more'));
    };
  });
  return followed$.pipe(completeOnClose(client));
}

async function end(client: Client, path: string, signal: AbortSignal): Promise<Position> {
  const { listing } = await inAnySession(client, signal, async () => ({ listing: await unlessGone(client.list(path, { signal })) }));
  return endOf(listing);
}

function after<T>(client: Client, path: string, codec: Codec<T>, start: Position, signal: AbortSignal): Observable<TopicEvent<T>> {
  let position = start;
  return client.children$(path).pipe(
    // One list after the other, so that messages stay in order.
    concatMap(async (names) => {
      const { steps, position: next } = advance(position, names ?? []);
      position = next;
      return joined(await Promise.all(steps.map((step) => take(client, path, codec, step, signal))));
    }),
    concatMap((events) => events),
  );
}

async function take<T>(client: Client, path: string, codec: Codec<T>, step: Step, signal: AbortSignal): Promise<TopicEvent<T>> {
  if (step.type === 'gap') return step;
  const messagePath = joinPath(path, step.entry.name);
  const { found } = await inAnySession(client, signal, async () => ({ found: await find(client, messagePath, signal) }));
  return found === undefined ? { type: 'gap', missed: 1 } : messageOf(messagePath, step.entry, codec, found);
}

/** What was published, or why it may not be read: that is no reason to keep from us what comes after it. */
type Found = NodeData | { readonly stat: Stat; readonly refusal: NoAuthError };

async function find(client: Client, path: string, signal: AbortSignal): Promise<Found | undefined> {
  try {
    return await unlessGone(client.get(path, { signal }));
  } catch (refusal) {
    if (!(refusal instanceof NoAuthError)) throw refusal;
    const stat = await client.exists(path, { signal });
    return stat === null ? undefined : { stat, refusal };
  }
}

function messageOf<T>(path: string, { number }: Entry, codec: Codec<T>, found: Found): TopicMessage<T> {
  const { stat } = found;
  const published = { type: 'message', path, number, zxid: stat.czxid, time: new Date(Number(stat.ctime)) } as const;
  if ('refusal' in found) return { ...published, value: undefined, error: found.refusal };
  try {
    return { ...published, value: decodeZnode(path, codec, found.data), error: undefined };
  } catch (error) {
    if (!(error instanceof MalformedDataError)) throw error;
    return { ...published, value: undefined, error };
  }
}

/** Gaps that follow each other are one. */
function joined<T>(events: readonly TopicEvent<T>[]): readonly TopicEvent<T>[] {
  const told: TopicEvent<T>[] = [];
  for (const event of events) {
    const last = told.at(-1);
    if (event.type === 'gap' && last?.type === 'gap') told[told.length - 1] = { type: 'gap', missed: sum(last.missed, event.missed) };
    else told.push(event);
  }
  return told;
}

function sum(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? undefined : a + b;
}
