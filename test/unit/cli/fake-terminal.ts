import { PassThrough, type Readable } from 'node:stream';
import { filter, firstValueFrom, ReplaySubject, Subject, startWith } from 'rxjs';
import { run } from '../../../cli/run.ts';
import type { Terminal } from '../../../cli/terminal.ts';
import { systemClock } from '../../../src/index.ts';

export interface TerminalOptions {
  readonly stdin?: string | Uint8Array;
  /** Standard input stays open behind that. */
  readonly isOpen?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  readonly interactive?: boolean;
}

/** A terminal that remembers what is written to it, and on which a test can press Ctrl-C. */
export class FakeTerminal implements Terminal {
  readonly stdin: Readable;
  readonly stdout = new PassThrough();
  readonly stderr = new PassThrough();
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock = systemClock;
  readonly signals$ = new Subject<NodeJS.Signals>();
  readonly otherSignals$ = new Subject<NodeJS.Signals>();
  /** Heard by those, too, who listen later. */
  readonly outputClosed$ = new ReplaySubject<void>(1);
  readonly interactive: boolean;
  readonly colours = false;
  readonly commandStdio = 'ignore';
  readonly #written$ = new Subject<void>();
  readonly #stdout: Buffer[] = [];
  readonly #stderr: Buffer[] = [];

  constructor({ stdin = '', isOpen = false, env = {}, interactive = false }: TerminalOptions = {}) {
    const input = new PassThrough();
    if (isOpen) input.write(stdin);
    else input.end(stdin);
    this.stdin = input;
    this.env = { ...process.env, ZK_HOSTS: undefined, ...env };
    this.interactive = interactive;
    this.stdout.on('data', (chunk: Buffer) => {
      this.#stdout.push(chunk);
      this.#written$.next();
    });
    this.stderr.on('data', (chunk: Buffer) => {
      this.#stderr.push(chunk);
      this.#written$.next();
    });
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#stdout);
  }

  get out(): string {
    return this.bytes.toString();
  }

  get err(): string {
    return Buffer.concat(this.#stderr).toString();
  }

  /** Standard output as JSON Lines. */
  get objects(): readonly unknown[] {
    return this.out
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as unknown);
  }

  /** Resolves when `holds` does, which is asked whenever something has been written. */
  async until(holds: () => boolean): Promise<void> {
    await firstValueFrom(this.#written$.pipe(startWith(undefined), filter(holds)));
  }
}

export interface Running {
  readonly terminal: FakeTerminal;
  readonly status: Promise<number>;
}

/** Starts the program in this process. */
export function start(args: readonly string[], options?: TerminalOptions): Running {
  const terminal = new FakeTerminal(options);
  return { terminal, status: run(args, terminal) };
}

export interface Ended {
  readonly status: number;
  readonly out: string;
  readonly err: string;
  readonly bytes: Buffer;
  readonly objects: readonly unknown[];
}

/** Runs the program in this process to its end. */
export async function docent(args: readonly string[], options?: TerminalOptions): Promise<Ended> {
  const { terminal, status } = start(args, options);
  const ended = await status;
  const { out, err, bytes } = terminal;
  return {
    status: ended,
    out,
    err,
    bytes,
    get objects() {
      return terminal.objects;
    },
  };
}
