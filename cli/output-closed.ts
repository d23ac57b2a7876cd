import { type ChildProcess, spawn } from 'node:child_process';
import { fstatSync } from 'node:fs';
import { NEVER, Observable } from 'rxjs';

// Descriptor 3 is our standard output, 4 a pipe that ends with us. A process that waits for the output's end must not keep it open beyond that.
const untilEither = (waiting: string) =>
  `${waiting} 4<&- & waiting=$!; exec 3>&-; { read -r _ <&4; kill "$waiting"; } 2>/dev/null & wait "$waiting"`;

/** How to wait until nobody reads, and the status that says so: 128 and SIGPIPE, or the end of what the other side of a socket sends, be it a reset. */
const watchers: Readonly<Record<'pipe' | 'socket', { readonly script: string; readonly closed: readonly number[] }>> = {
  // GNU's looks whether its output is still read. Where another is in use, it waits for ever.
  pipe: { script: untilEither('tail -f /dev/null >&3 3>&-'), closed: [141] },
  socket: { script: untilEither('cat <&3 >/dev/null 3>&-'), closed: [0, 1] },
};

/**
 * Emits when nobody reads the stream any more, which Node tells those who write, and them only: a command that follows something may not write for days, and
 * `docent get -w | head -1` would not end. Never emits for a file, a terminal, or where it cannot be found out.
 */
export function outputClosed(stream: { readonly fd: number }): Observable<void> {
  const kind = kindOf(stream.fd);
  if (kind === undefined) return NEVER;
  const { script, closed } = watchers[kind];
  return new Observable((subscriber) => {
    const watcher: ChildProcess = spawn('sh', ['-c', script], { stdio: ['ignore', 'ignore', 'ignore', stream.fd, 'pipe'], detached: true });
    watcher.on('error', () => {});
    watcher.on('exit', (status) => {
      if (status !== null && closed.includes(status)) subscriber.next();
    });
    return () => void watcher.stdio[4]?.destroy();
  });
}

function kindOf(fd: number): keyof typeof watchers | undefined {
  try {
    const stat = fstatSync(fd);
    if (stat.isFIFO()) return 'pipe';
    return stat.isSocket() ? 'socket' : undefined;
  } catch {
    // Closed before we began.
    return undefined;
  }
}
