import { Observable } from 'rxjs';
import { prefixed, unprefixed } from '../../driver/prefix.ts';
import { UnsupportedError } from '../../errors/operation.ts';
import { validatePath } from '../../path.ts';
import type { Core } from '../core.ts';
import type { WatchEvent, WatchOptions } from './watch-event.ts';

/** Events of `path` for as long as it is subscribed to, across reconnects and sessions. Begins to watch in the tick of the subscription. */
export function watch(core: Core, prefix: string, path: string, { recursive = false }: WatchOptions): Observable<WatchEvent> {
  return new Observable((subscriber) => {
    try {
      validatePath(path, 'watch.path');
      if (recursive && !core.capabilities.persistentWatches) {
        throw new UnsupportedError('watch', path, core.driverName, 'recursive watches');
      }
    } catch (error) {
      subscriber.error(error);
      return;
    }
    return core.watches.listen(prefixed(prefix, path), {
      recursive,
      next: (type, where) => subscriber.next({ type, path: unprefixed(prefix, where) ?? where }),
      error: (error) => subscriber.error(error),
      complete: () => subscriber.complete(),
    });
  });
}
