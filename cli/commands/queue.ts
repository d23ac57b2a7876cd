import { Command, Option } from 'commander';
import { DelayQueue, PriorityQueue, Queue, type QueueOptions } from '../../recipes/index.ts';
import { bytes, type Client, TakeTimeoutError } from '../../src/index.ts';
import { countOption, durationOption, pathArgument, priorityOption } from '../arguments.ts';
import type { Context, Perform } from '../context.ts';
import { exitStatus } from '../exit-status.ts';
import { columns, dataJson, time } from '../format.ts';
import { linesOf } from '../lines.ts';
import { withClient } from '../session.ts';

interface PutOptions {
  readonly priority?: number | undefined;
  /** In milliseconds. */
  readonly delay?: number | undefined;
}

interface KindOptions {
  readonly delayed?: boolean | undefined;
}

interface TakeOptions extends KindOptions {
  readonly number?: number;
  /** In milliseconds. */
  readonly timeout?: number;
}

const options: QueueOptions<Uint8Array> = { codec: bytes };
const newline = Buffer.from('\n');

export function queueCommand(perform: Perform): Command {
  const path = () => pathArgument('path of the queue');
  const delayed = () => new Option('--delayed', 'the queue is one of items that become due, as put with --delay');
  return new Command('queue')
    .description('put items into a queue, take them, look at them')
    .addCommand(
      new Command('put')
        .description('put items at the end, or by priority or delay, and print the paths of their znodes')
        .addArgument(path())
        .argument('<data...>', "one item each; '-': one item a line of standard input")
        .addOption(priorityOption().conflicts('delay'))
        .addOption(durationOption('--delay <d>', 'not to be taken before that'))
        .action(perform(put)),
    )
    .addCommand(
      new Command('take')
        .description('print items, one a line; each is removed once it has been printed')
        .addArgument(path())
        .addOption(countOption('-n, --number <n>', 'how many items to take (default: 1)'))
        .addOption(
          durationOption(
            '--timeout <d>',
            'give up, with status 124, when there is no item for so long; 0s: do not wait for one (default: wait for ever)',
          ),
        )
        .addOption(delayed())
        .action(perform(take)),
    )
    .addCommand(
      new Command('ls')
        .description('the items, in the order in which they will be taken')
        .addArgument(path())
        .addOption(delayed())
        .action(perform(ls)),
    );
}

async function put(context: Context, path: string, data: readonly string[], { priority, delay }: PutOptions): Promise<number> {
  return await withClient(context, async (client, signal) => {
    const putAll = putterOf(client, path, { priority, delay }, signal);
    const tell = async (items: readonly Uint8Array[]) => {
      const paths = (await putAll(items)).map((name) => `${path}/${name}`);
      await context.printer.printAll(
        paths.map((each) => `${each}\n`).join(''),
        paths.map((each) => ({ path: each })),
      );
    };
    for (const each of data) {
      if (each !== '-') await tell([Buffer.from(each)]);
      else for await (const lines of linesOf(context.terminal.stdin, signal)) await tell(lines);
    }
    return exitStatus.done;
  });
}

/** What puts as the options say. */
function putterOf(client: Client, path: string, { priority, delay }: PutOptions, signal: AbortSignal) {
  if (priority !== undefined) {
    const queue = new PriorityQueue(client, path, options);
    return (items: readonly Uint8Array[]) => queue.putAll(items, { priority, signal });
  }
  if (delay !== undefined) {
    const queue = new DelayQueue(client, path, options);
    return (items: readonly Uint8Array[]) => queue.putAll(items, { delayMs: delay, signal });
  }
  const queue = new Queue(client, path, options);
  return (items: readonly Uint8Array[]) => queue.putAll(items, { signal });
}

async function take(context: Context, path: string, { number = 1, timeout, delayed }: TakeOptions): Promise<number> {
  return await withClient(context, async (client, signal) => {
    const queue = queueOf(client, path, { delayed });
    for (let left = number; left > 0; left -= 1) {
      await using delivery = await receive(queue, timeout, signal);
      const item = Buffer.from(delivery.item);
      const json = { path: delivery.path, attempt: delivery.attempt, ...dataJson(item) };
      await context.printer.print({ text: Buffer.concat([item, newline]), json });
      await delivery.ack();
    }
    return exitStatus.done;
  });
}

// With --timeout 0s: what is there is had in a few round trips, unless others have it in hand.
const atOnceMs = 2_000;

async function receive(queue: ReturnType<typeof queueOf>, timeoutMs: number | undefined, signal: AbortSignal) {
  if (timeoutMs !== 0) return await queue.receive({ timeoutMs, signal });
  if ((await queue.items({ limit: 1 })).length === 0) throw new TakeTimeoutError(queue.path, 0);
  return await queue.receive({ timeoutMs: atOnceMs, signal });
}

async function ls(context: Context, path: string, kind: KindOptions): Promise<number> {
  return await withClient(context, async (client) => {
    const items = await queueOf(client, path, kind).items();
    const rows = items.map(({ name, putAt, sizeBytes, deliveries }) => [
      time(putAt.getTime()),
      String(sizeBytes),
      String(deliveries),
      name,
    ]);
    const heading = rows.length > 0 ? [['PUT', 'BYTES', 'DELIVERIES', 'NAME']] : [];
    await context.printer.printAll(
      columns([...heading, ...rows]),
      items.map(({ putAt, ...item }) => ({ ...item, putAt: putAt.getTime() })),
    );
    return exitStatus.done;
  });
}

function queueOf(client: Client, path: string, { delayed = false }: KindOptions) {
  return delayed ? new DelayQueue(client, path, options) : new Queue(client, path, options);
}
