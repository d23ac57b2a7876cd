import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { type Observable, Subject } from 'rxjs';
import type { Ledger } from './ledger.ts';
import type { QueueOrders, QueueReport, Role } from './protocol.ts';

/** A place that one process after the other fills. */
interface Post {
  readonly role: Role;
  readonly number: number;
  name: string;
  process: ChildProcess;
}

/** Producers and consumers, each a process of its own; who is killed is followed by another. */
export class Crew implements AsyncDisposable {
  readonly #orders: Omit<QueueOrders, 'name' | 'role'>;
  readonly #ledger: Ledger;
  readonly #program: URL;
  readonly #posts: Post[] = [];
  readonly #heard = new Subject<void>();
  #count = 0;

  /** @param program the worker's, compiled */
  constructor(program: URL, orders: Omit<QueueOrders, 'name' | 'role'>, ledger: Ledger) {
    this.#program = program;
    this.#orders = orders;
    this.#ledger = ledger;
  }

  /** Whenever the account has changed. */
  get heard$(): Observable<void> {
    return this.#heard;
  }

  hire(role: Role, count: number): void {
    for (let number = 1; number <= count; number += 1) this.#posts.push({ role, number, ...this.#start(role, number) });
  }

  /** Kills one, and starts another in its place. What it had told by then counts. */
  async replace(which: number): Promise<void> {
    const post = this.#posts[which % this.#posts.length];
    if (post === undefined) return;
    this.#ledger.killed(post.name);
    await killed(post.process);
    Object.assign(post, this.#start(post.role, post.number));
  }

  /** Lets those of the role finish what they are at. */
  async dismiss(role: Role): Promise<void> {
    const leaving = this.#posts.filter((post) => post.role === role);
    for (const post of leaving) this.#posts.splice(this.#posts.indexOf(post), 1);
    await Promise.all(
      leaving.map(async ({ process }) => {
        if (process.exitCode !== null || process.signalCode !== null) return;
        const closed = once(process, 'close');
        process.send('stop', () => {});
        await closed;
      }),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#posts.map(({ process }) => killed(process)));
  }

  #start(role: Role, number: number): Pick<Post, 'name' | 'process'> {
    this.#count += 1;
    const name = `${role}-${number}-${this.#count}`;
    const child = fork(this.#program, { serialization: 'advanced', stdio: ['ignore', 'ignore', 'inherit', 'ipc'], execArgv: [] });
    // Ours to read: only workers of this program write to it.
    child.on('message', (report) => {
      this.#ledger.take(name, report as QueueReport);
      this.#heard.next();
    });
    // A message to one that has been killed; its end is seen by 'close'.
    child.on('error', () => {});
    child.send({ ...this.#orders, name, role } satisfies QueueOrders, () => {});
    return { name, process: child };
  }
}

/** Resolves when all that it has told has been heard. */
async function killed(process: ChildProcess): Promise<void> {
  if (process.exitCode !== null || process.signalCode !== null) return;
  const closed = once(process, 'close');
  process.kill('SIGKILL');
  await closed;
}
