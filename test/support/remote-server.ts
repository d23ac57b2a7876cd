import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads';
import type { EmbeddedServer, EmbeddedServerOptions } from '../../src/embedded/index.ts';

/** What tests do with an embedded server, wherever it runs. */
export type ServerUnderTest = Pick<EmbeddedServer, 'hosts' | 'faults' | 'paths' | 'sessions' | 'expireSession' | 'close'>;

export interface ThreadData {
  readonly port: MessagePort;
  readonly bell: Int32Array<SharedArrayBuffer>;
}

export interface Question {
  readonly number: number;
  /** Undefined to start one. */
  readonly server: number | undefined;
  /** Such as `faults.pause`. */
  readonly method: string;
  readonly args: readonly unknown[];
}

export type Answer = { readonly value: unknown } | { readonly error: string };

/** To which question it is: one that came too late must not pass for the next one's. */
export interface NumberedAnswer {
  readonly to: number;
  readonly answer: Answer;
}

/**
 * An embedded server in a thread of its own. The C client stops its own thread until the server answers its farewell: a server in the same thread could not.
 * Questions are answered before the call returns, as if the server were here.
 */
export function startRemoteServer(options: EmbeddedServerOptions): ServerUnderTest {
  thread ??= new ServerThread();
  const { ask } = thread;
  // As `server-thread.ts` answers it.
  const { server, hosts } = ask({ server: undefined, method: 'start', args: [options] }) as { server: number; hosts: string };
  const call = (method: string, ...args: readonly unknown[]) => ask({ server, method, args });
  const faults: Record<string, (...args: readonly unknown[]) => unknown> = {};
  for (const name of ['dropConnections', 'refuseConnections', 'stop', 'start', 'pause', 'resume', 'delayReplies', 'inject']) {
    faults[name] = (...args) => call(`faults.${name}`, ...args);
  }
  return {
    hosts,
    faults: faults as unknown as EmbeddedServer['faults'],
    paths: () => call('paths') as readonly string[],
    sessions: () => call('sessions') as ReturnType<EmbeddedServer['sessions']>,
    expireSession: (id) => void call('expireSession', id),
    close: async () => void call('close'),
  };
}

let thread: ServerThread | undefined;

class ServerThread {
  readonly #port: MessagePort;
  /** Counts the answers. */
  readonly #bell = new Int32Array(new SharedArrayBuffer(4));
  #asked = 0;

  constructor() {
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    const data: ThreadData = { port: port2, bell: this.#bell };
    const worker = new Worker(new URL('./server-thread.ts', import.meta.url), {
      workerData: data,
      transferList: [port2],
      execArgv: ['--import', new URL('./typescript.mjs', import.meta.url).href],
    });
    worker.unref();
    port1.unref();
  }

  /** Waits for the answer without letting anything else run. */
  readonly ask = (asked: Omit<Question, 'number'>): unknown => {
    this.#asked += 1;
    const question: Question = { ...asked, number: this.#asked };
    this.#port.postMessage(question);
    for (;;) {
      const heard = Atomics.load(this.#bell, 0);
      const answer = this.#answerTo(question);
      if (answer !== undefined && 'error' in answer) throw new Error(`${question.method}: ${answer.error}`);
      if (answer !== undefined) return answer.value;
      if (Atomics.wait(this.#bell, 0, heard, 30_000) === 'timed-out')
        throw new Error(`the server's thread does not answer ${question.method}`);
    }
  };

  #answerTo({ number }: Question): Answer | undefined {
    for (;;) {
      const received = receiveMessageOnPort(this.#port) as { message: NumberedAnswer } | undefined;
      if (received === undefined || received.message.to === number) return received?.message.answer;
    }
  }
}
