import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { FaultyProxy, type ProxyTarget } from '../../src/embedded/index.ts';
import type { WorkerOrders, WorkerReport } from './protocol.ts';

const program = new URL('./worker.js', import.meta.url);

/** A worker, whichever process it is at the moment, and the wire between it and the ensemble. */
export class WorkerProcess {
  readonly name: string;
  readonly wire: FaultyProxy;
  readonly #orders: WorkerOrders;
  readonly #take: (report: WorkerReport) => void;
  #child: ChildProcess | undefined;

  private constructor(wire: FaultyProxy, orders: WorkerOrders, take: (report: WorkerReport) => void) {
    this.name = orders.name;
    this.wire = wire;
    this.#orders = orders;
    this.#take = take;
  }

  static async start(
    servers: readonly ProxyTarget[],
    orders: Omit<WorkerOrders, 'hosts'>,
    take: (report: WorkerReport) => void,
  ): Promise<WorkerProcess> {
    const wire = await FaultyProxy.start(servers);
    const worker = new WorkerProcess(wire, { ...orders, hosts: wire.hosts }, take);
    worker.spawn();
    return worker;
  }

  spawn(): void {
    const child = fork(program, { serialization: 'advanced', stdio: ['ignore', 'ignore', 'inherit', 'ipc'], execArgv: [] });
    // Ours to read: only workers of this program write to it.
    child.on('message', (report: WorkerReport) => this.#take(report));
    // A message to one that has been killed; its end is seen by 'exit'.
    child.on('error', () => {});
    child.send(this.#orders, () => {});
    this.#child = child;
  }

  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.#child?.kill(signal);
  }

  async kill(): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  }

  /** Lets it finish what it is at and close its session. Resolves with whether it has ended by itself within the time. */
  async stop(timeoutMs: number): Promise<boolean> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null) return false;
    const exited = once(child, 'exit').then(() => true);
    child.send('stop', () => {});
    const outOfTime = new Promise<boolean>((resolve) => setTimeout(() => resolve(false), timeoutMs).unref());
    const inTime = await Promise.race([exited, outOfTime]);
    await this.kill();
    return inTime;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    await this.wire.close();
  }
}
