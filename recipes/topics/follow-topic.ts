import { concat, concatMap, defer, Observable, of } from 'rxjs';
import { type Client, type Codec, decodeZnode, joinPath, MalformedDataError, type NodeData } from '../../src/index.ts';
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
  const { node } = await inAnySession(client, signal, async () => ({ node: await unlessGone(client.get(messagePath, { signal })) }));
  return node === undefined ? { type: 'gap', missed: 1 } : messageOf(messagePath, step.entry, codec, node);
}

function messageOf<T>(path: string, { number }: Entry, codec: Codec<T>, { data, stat }: NodeData): TopicMessage<T> {
  const published = { type: 'message', path, number, zxid: stat.czxid, time: new Date(Number(stat.ctime)) } as const;
  try {
    return { ...published, value: decodeZnode(path, codec, data), error: undefined };
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
