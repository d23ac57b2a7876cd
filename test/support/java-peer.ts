import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { filter, firstValueFrom, ReplaySubject } from 'rxjs';
import { z } from 'zod';
import { dyingWithUs } from './zookeeper.ts';

/** What Curator has called back about. */
export interface PeerEvent {
  readonly event: string;
  readonly path: string;
  readonly value: unknown;
}

/** Curator threw this. */
export class PeerError extends Error {
  /** The class, e.g. `java.lang.IllegalMonitorStateException`. */
  readonly thrown: string;

  constructor(thrown: string, message: string) {
    super(`${thrown}: ${message}`);
    this.thrown = thrown;
  }
}

const line = z.union([
  z.object({ event: z.string(), path: z.string(), value: z.unknown() }),
  z.object({ number: z.number(), error: z.string(), message: z.string() }),
  z.object({ number: z.number(), value: z.unknown() }),
]);

interface Question {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** A Java process that does what it is told, by JSON Lines: `test/interop/curator/Peer.java`. */
export class JavaPeer implements AsyncDisposable {
  /** All so far, then each as it comes. */
  readonly events$ = new ReplaySubject<PeerEvent>();
  readonly #process: ChildProcess;
  readonly #questions = new Map<number, Question>();
  readonly #complaints: Promise<string>;
  #count = 0;

  private constructor(classPath: string, args: readonly string[]) {
    const flags = ['-Xmx128m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Dorg.slf4j.simpleLogger.defaultLogLevel=error'];
    const [command = 'java', ...wrapped] = [...dyingWithUs, 'java', ...flags, '-cp', classPath, 'Peer', ...args];
    const child = spawn(command, wrapped, { stdio: ['pipe', 'pipe', 'pipe'] });
    this.#process = child;
    // One that has ended says so by its exit.
    child.stdin.on('error', () => {});
    this.#complaints = text(child.stderr);
    createInterface(child.stdout).on('line', (said) => this.#hear(said));
    child.once('close', () => void this.#end());
  }

  /** Resolves when it has a session. */
  static async start(classPath: string, args: readonly string[]): Promise<JavaPeer> {
    const peer = new JavaPeer(classPath, args);
    await firstValueFrom(peer.events$.pipe(filter(({ event }) => event === 'ready')));
    return peer;
  }

  /** Has a command carried out by the thread of that name, after those it was given before. Rejects with what Curator throws. */
  ask(thread: string, command: string, args: Readonly<Record<string, unknown>> = {}): Promise<unknown> {
    this.#count += 1;
    const number = this.#count;
    return new Promise((resolve, reject) => {
      this.#questions.set(number, { resolve, reject });
      this.#process.stdin?.write(`${JSON.stringify({ number, thread, command, ...args })}\n`);
    });
  }

  /** SIGKILL: as a crash would, so that its session ends by time. SIGSTOP and SIGCONT: a long pause. */
  signal(signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void {
    this.#process.kill(signal);
  }

  /** Closes its session and ends it; whatever was under way fails. */
  async [Symbol.asyncDispose](): Promise<void> {
    const { exitCode, signalCode } = this.#process;
    if (exitCode !== null || signalCode !== null) return;
    const closed = once(this.#process, 'close');
    this.#process.stdin?.end();
    await closed;
  }

  #hear(said: string): void {
    const heard = line.parse(JSON.parse(said));
    if ('event' in heard) {
      this.events$.next(heard);
      return;
    }
    const question = this.#questions.get(heard.number);
    this.#questions.delete(heard.number);
    if ('error' in heard) question?.reject(new PeerError(heard.error, heard.message));
    else question?.resolve(heard.value);
  }

  async #end(): Promise<void> {
    const error = new Error(`the Java process has ended. ${await this.#complaints}`);
    for (const { reject } of this.#questions.values()) reject(error);
    this.#questions.clear();
    this.events$.complete();
  }
}
