import { Observable } from 'rxjs';
import { NoNodeError } from '../../errors/refusal.ts';
import type { Stat } from '../../znode.ts';
import type { Call } from '../calls/call.ts';
import { persistently } from '../calls/persistently.ts';
import type { Core } from '../core.ts';
import type { NodeChildren, NodeData } from '../znodes/znode-options.ts';
import { watch } from './watch.ts';
import type { WatchEvent } from './watch-event.ts';

/** How to follow one kind of state of a znode. */
interface View<T> {
  readonly operation: string;
  /** Which events can mean a change. */
  readonly concernedBy: ReadonlySet<WatchEvent['type']>;
  read(call: Call, path: string): Promise<T>;
  isNewer(next: T, last: T): boolean;
}

const dataView: View<NodeData> = {
  operation: 'data$',
  concernedBy: new Set(['created', 'changed', 'deleted', 'resync']),
  async read(call, path) {
    const { data, stat } = await call.perform('getData', { path, watch: false }, 'unknown');
    return { data: data ?? Buffer.alloc(0), stat };
  },
  isNewer: (next, last) => next.stat.mzxid > last.stat.mzxid,
};

const childrenView: View<NodeChildren> = {
  operation: 'children$',
  concernedBy: new Set(['created', 'children', 'deleted', 'resync']),
  read: (call, path) => call.perform('getChildren2', { path, watch: false }, 'unknown'),
  isNewer: (next, last) => isNewerList(next.stat, last.stat),
};

/** A znode made anew has a larger pzxid too: its own czxid, to begin with. */
function isNewerList(next: Stat, last: Stat): boolean {
  return next.pzxid > last.pzxid || (next.pzxid === last.pzxid && next.cversion > last.cversion);
}

/** The znode's data, then each newer data; null while there is no such znode. */
export function followData(core: Core, prefix: string, path: string): Observable<NodeData | null> {
  return follow(core, prefix, path, dataView);
}

/** The znode's list of children, then each newer list; null while there is no such znode. */
export function followChildren(core: Core, prefix: string, path: string): Observable<NodeChildren | null> {
  return follow(core, prefix, path, childrenView);
}

/**
 * Watches, then reads, and reads again after each event; one read at a time, so that they cannot overtake each other. Events that come during a
 * read make for one more.
 */
function follow<T>(core: Core, prefix: string, path: string, view: View<T>): Observable<T | null> {
  return new Observable((subscriber) => {
    const target = { operation: view.operation, path, prefix };
    const interest = new AbortController();
    const pending = { read: true, sync: false };
    let isReading = false;
    let last: T | undefined;
    let isNull = false;

    // After null also what was shown before it: the server that knew no such znode may have been behind.
    const isNext = (next: T, before: T) => (isNull ? !view.isNewer(before, next) : view.isNewer(next, before));
    const emit = (next: T | null) => {
      if (next === null ? isNull : last !== undefined && !isNext(next, last)) return;
      isNull = next === null;
      last = next ?? last;
      subscriber.next(next);
    };
    const catchUp = async () => {
      if (isReading) return;
      isReading = true;
      try {
        while (pending.read && !subscriber.closed) {
          const { sync } = pending;
          pending.read = false;
          pending.sync = false;
          emit(
            await core.caller.runPersistently(target, { signal: interest.signal }, (call) =>
              persistently(call, () => read(call, view, path, sync)),
            ),
          );
        }
      } catch (error) {
        subscriber.error(error);
      }
      isReading = false;
    };

    const readAgain = () => {
      // It never rejects: the subscriber is told.
      void catchUp();
    };
    const watching = watch(core, prefix, path, {}).subscribe({
      next: ({ type }) => {
        if (!view.concernedBy.has(type)) return;
        pending.read = true;
        // Another server may be behind the one that we have read from.
        if (type === 'resync') pending.sync = true;
        readAgain();
      },
      error: (error: unknown) => subscriber.error(error),
      complete: () => subscriber.complete(),
    });
    if (!subscriber.closed) readAgain();
    return () => {
      watching.unsubscribe();
      interest.abort();
    };
  });
}

async function read<T>(call: Call, view: View<T>, path: string, sync: boolean): Promise<T | null> {
  try {
    if (sync) await call.perform('sync', { path }, 'unknown');
    return await view.read(call, path);
  } catch (error) {
    if (error instanceof NoNodeError) return null;
    throw error;
  }
}
