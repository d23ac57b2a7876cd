import { workerData } from 'node:worker_threads';
import { type EmbeddedServer, type EmbeddedServerOptions, startEmbeddedServer } from '../../src/embedded/index.ts';
import type { Answer, NumberedAnswer, Question, ThreadData } from './remote-server.ts';

// The thread of `remote-server.ts`: embedded servers, and what is asked of them, one thing at a time.

const { port, bell } = workerData as ThreadData;
const servers: EmbeddedServer[] = [];

port.on('message', (question: Question) => {
  // It never rejects: the error is an answer too.
  void answer(question).then((given) => {
    const message: NumberedAnswer = { to: question.number, answer: given };
    port.postMessage(message);
    Atomics.add(bell, 0, 1);
    Atomics.notify(bell, 0);
  });
});

async function answer({ server, method, args }: Question): Promise<Answer> {
  try {
    if (server === undefined) return { value: await start(args[0] as EmbeddedServerOptions) };
    let target: unknown = servers[server];
    const steps = method.split('.');
    for (const step of steps.slice(0, -1)) target = Reflect.get(target as object, step);
    const member: unknown = Reflect.get(target as object, steps.at(-1) ?? '');
    return { value: typeof member === 'function' ? await Reflect.apply(member, target, args) : member };
  } catch (error) {
    return { error: String(error) };
  }
}

async function start(options: EmbeddedServerOptions): Promise<{ server: number; hosts: string }> {
  const started = await startEmbeddedServer(options);
  servers.push(started);
  return { server: servers.length - 1, hosts: started.hosts };
}
