import type { StdioOptions } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { fromEvent, map, merge, type Observable } from 'rxjs';
import { type Clock, systemClock } from '../src/index.ts';

/** All that the program has of the outside world, besides ZooKeeper. */
export interface Terminal {
  readonly stdin: Readable;
  readonly stdout: Writable;
  readonly stderr: Writable;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  /** What others send to this process to end it. While subscribed to, these signals do not end it by themselves. */
  readonly signals$: Observable<NodeJS.Signals>;
  /** A keyboard is attached: its Ctrl-C reaches the commands that we run without our doing. */
  readonly interactive: boolean;
  /** Standard output shows colours, and nobody objects to them (https://no-color.org). */
  readonly colours: boolean;
  /** Standard input, output and error of the commands that we run. */
  readonly commandStdio: StdioOptions;
}

const endingSignals: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** The terminal, pipe or service manager that this process was started from. */
export function processTerminal(): Terminal {
  const { stdin, stdout, stderr, env } = process;
  // A failed write is reported to who wrote; unheard, the event would end the process with a stack trace.
  for (const stream of [stdout, stderr]) stream.on('error', () => {});
  return {
    stdin,
    stdout,
    stderr,
    env,
    clock: systemClock,
    signals$: merge(...endingSignals.map((name) => fromEvent(process, name).pipe(map(() => name)))),
    // `isTTY` is undefined where there is none.
    interactive: [stdin, stdout, stderr].some(({ isTTY }) => isTTY === true),
    colours: stdout.isTTY === true && (env['NO_COLOR'] ?? '') === '',
    commandStdio: 'inherit',
  };
}
