import { Argument, Command, Option } from 'commander';
import { filter } from 'rxjs';
import { type FoundInstance, ServiceCatalog, ServiceRegistry, type ServiceView, strategies, uriOf } from '../../recipes/index.ts';
import { first, whenAborted } from '../../src/index.ts';
import { commandArgument, durationOption, portOption } from '../arguments.ts';
import type { Context, Perform } from '../context.ts';
import { exitStatus } from '../exit-status.ts';
import { follow } from '../follow.ts';
import { columns, printable, time } from '../format.ts';
import { lasting } from '../lasting.ts';
import type { JsonObject } from '../print.ts';
import { withClient } from '../session.ts';
import { type CommandLine, defaultGraceMs, wrap } from '../wrap.ts';

interface BaseOptions {
  readonly base: string;
}

interface RegisterOptions extends BaseOptions {
  readonly address: string;
  readonly port: number;
  readonly id?: string;
  /** In milliseconds. */
  readonly timeout?: number;
}

interface LsOptions extends BaseOptions {
  readonly watch?: boolean;
}

const ways = { random: strategies.random, 'round-robin': strategies.roundRobin, sticky: strategies.sticky } as const;

interface PickOptions extends BaseOptions {
  readonly strategy: keyof typeof ways;
}

export function serviceCommand(perform: Perform): Command {
  return new Command('service')
    .description('offer a service while a command runs, or see who offers it')
    .addCommand(
      new Command('register')
        .description('run a command while being registered, across sessions')
        .usage('[options] --address <host> --port <port> <name> -- <command> [argument…]')
        .argument('<name>', 'of the service')
        .addArgument(commandArgument())
        .addOption(new Option('--address <host>', 'where callers reach it').makeOptionMandatory())
        .addOption(portOption('where callers reach it').makeOptionMandatory())
        .addOption(new Option('--id <id>', 'unique among those that offer it (default: a random one)'))
        .addOption(durationOption('--timeout <d>', 'give up, with status 124, when not registered by then (default: wait for ever)'))
        .addOption(baseOption())
        .action(perform(register)),
    )
    .addCommand(
      new Command('ls')
        .description('names of all services, or who offers one of them')
        .addArgument(new Argument('[name]', 'of a service'))
        .option('-w, --watch', 'and anew whenever that changes, until interrupted')
        .addOption(baseOption())
        .action(perform((context, name: string | undefined, options: LsOptions) => ls(context, name, options))),
    )
    .addCommand(
      new Command('pick')
        .description('where to reach one who offers a service')
        .argument('<name>', 'of the service')
        .addOption(new Option('--strategy <way>', 'how to pick it').choices(Object.keys(ways)).default('round-robin'))
        .addOption(baseOption())
        .action(perform(pick)),
    );
}

function baseOption(): Option {
  return new Option('--base <path>', 'where all services stand').default('/services');
}

async function register(context: Context, name: string, commandLine: CommandLine, options: RegisterOptions): Promise<number> {
  const { base, address, port, id, timeout } = options;
  return await withClient(context, async (client, signal) => {
    const service = { name, address, port, id };
    await using registration = await new ServiceRegistry(client, base).register(service, { timeoutMs: timeout, signal });
    const { path, czxid } = await first(registration.state$.pipe(filter((state) => state.kind === 'present')), signal);
    // It gets no new callers while it ends. Never rejects.
    const stopListening = whenAborted(signal, () => void registration.unregister());
    try {
      return await wrap(context, lasting(path, czxid), commandLine, defaultGraceMs, signal);
    } finally {
      stopListening();
    }
  });
}

async function ls(context: Context, name: string | undefined, { base, watch = false }: LsOptions): Promise<number> {
  await withClient(context, async (client, signal) => {
    const catalog = new ServiceCatalog(client, base);
    if (name === undefined) {
      if (watch) return await follow(context, catalog.names$, signal, (names) => showNames(context, base, names, '\n'));
      return await showNames(context, base, await catalog.names({ signal }), '');
    }
    if (watch) return await follow(context, catalog.view$(name), signal, (view) => showInstances(context, name, view, '\n'));
    return await showInstances(context, name, await catalog.view(name, { signal }), '');
  });
  return exitStatus.done;
}

async function pick(context: Context, name: string, { base, strategy }: PickOptions): Promise<number> {
  const { terminal, messages, printer } = context;
  return await withClient(context, async (client, signal) => {
    const { instances, unreadable } = await new ServiceCatalog(client, base).view(name, { signal });
    for (const error of unreadable) messages.note(error.message);
    const enabled = instances.filter(({ isEnabled }) => isEnabled);
    const picked = enabled.length === 0 ? undefined : ways[strategy]<unknown>()(enabled, terminal.clock.random());
    if (picked === undefined) {
      messages.error(`${name}: nobody offers it`, `'docent service ls ${name}' shows who is disabled`);
      return exitStatus.refused;
    }
    await printer.print({ text: `${printable(uriOf(picked))}\n`, json: jsonOf(picked) });
    return exitStatus.done;
  });
}

async function showNames({ printer, messages }: Context, base: string, names: readonly string[], end: string): Promise<void> {
  if (names.length === 0) messages.note(`${base}: no service has ever been registered there`);
  const text = names.map((name) => `${printable(name)}\n`).join('');
  await printer.printAll(
    `${text}${end}`,
    names.map((name) => ({ name })),
  );
}

async function showInstances({ printer, messages }: Context, name: string, view: ServiceView, end: string): Promise<void> {
  const { instances, unreadable } = view;
  for (const error of unreadable) messages.error(error.message);
  if (instances.length === 0) messages.note(`${name}: nobody offers it`);
  const text = instances.length === 0 ? '' : columns([['ID', 'STATE', 'SINCE', 'ADDRESS', 'PAYLOAD'], ...instances.map(rowOf)]);
  await printer.printAll(`${text}${end}`, [...instances.map(jsonOf), ...unreadable.map(({ path, message }) => ({ path, error: message }))]);
}

function rowOf(instance: FoundInstance<unknown>): readonly string[] {
  const { id, isEnabled, registeredMs, payload } = instance;
  return [
    id,
    isEnabled ? 'enabled' : 'disabled',
    time(registeredMs),
    uriOf(instance),
    payload === null ? '-' : JSON.stringify(payload),
  ].map(printable);
}

function jsonOf(instance: FoundInstance<unknown>): JsonObject {
  const { path, name, id, address, port, sslPort, payload, registeredMs, type, isEnabled } = instance;
  return { path, name, id, uri: uriOf(instance), address, port, sslPort, payload, registeredMs, type, enabled: isEnabled };
}
