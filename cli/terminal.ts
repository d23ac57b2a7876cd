import type { StdioOptions } from 'node:child_process';
import { constants } from 'node:os';
import type { Readable, Writable } from 'node:stream';
import { fromEvent, map, merge, type Observable } from 'rxjs';
import { type Clock, systemClock } from '../src/index.ts';
import { outputClosed } from './output-closed.ts';

/** All that the program has of the outside world, besides ZooKeeper. */
export interface Terminal {
  readonly stdin: Readable;
  readonly stdout: Writable;
  readonly stderr: Writable;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  /** What others send to this process to end it. While subscribed to, these signals do not end it by themselves. */
  readonly signals$: Observable<NodeJS.Signals>;
  /** All other signals that would end this process and that it can hear. While subscribed to, they do not. */
  readonly otherSignals$: Observable<NodeJS.Signals>;
  /** Emits when nobody reads standard output any more, as far as that can be found out without writing. */
  readonly outputClosed$: Observable<void>;
  /** A keyboard is attached: its Ctrl-C reaches the commands that we run without our doing. */
  readonly interactive: boolean;
  /** Standard output shows colours, and nobody objects to them (https://no-color.org). */
  readonly colours: boolean;
  /** Standard input, output and error of the commands that we run. */
  readonly commandStdio: StdioOptions;
}

const endingSignals: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'];

// Not those that a fault of the process itself raises (SIGSEGV, SIGBUS, SIGFPE, SIGILL): heard, they would come again and again. SIGKILL cannot be heard, and SIGUSR1 is Node's
// own, and ends nothing.
const otherSignals: readonly NodeJS.Signals[] = [
  'SIGUSR2',
  'SIGALRM',
  'SIGVTALRM',
  'SIGPROF',
  'SIGABRT',
  'SIGIO',
  'SIGPWR',
  'SIGSTKFLT',
  'SIGSYS',
  'SIGTRAP',
  'SIGXCPU',
];

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
    signals$: heard(endingSignals),
    otherSignals$: heard(otherSignals),
    outputClosed$: outputClosed(stdout),
    // `isTTY` is undefined where there is none.
    interactive: [stdin, stdout, stderr].some(({ isTTY }) => isTTY === true),
    colours: stdout.isTTY === true && (env['NO_COLOR'] ?? '') === '',
    commandStdio: 'inherit',
  };
}

function heard(names: readonly NodeJS.Signals[]): Observable<NodeJS.Signals> {
  const known: Readonly<Partial<Record<string, number>>> = constants.signals;
  return merge(...names.filter((name) => known[name] !== undefined).map((name) => fromEvent(process, name).pipe(map(() => name))));
}
