import { Command } from 'commander';
import { startEmbeddedServer } from '../../src/embedded/index.ts';
import { whenAborted } from '../../src/index.ts';
import { portOption } from '../arguments.ts';
import type { Context, Perform } from '../context.ts';
import { exitStatus } from '../exit-status.ts';
import { Interruption } from '../interruption.ts';

interface ServeOptions {
  readonly host: string;
  readonly port: number;
}

export function serveCommand(perform: Perform): Command {
  return new Command('serve')
    .description('an embedded, in-memory ZooKeeper for development, until interrupted; prints its address')
    .option('--host <host>', 'address to listen on', '127.0.0.1')
    .addOption(portOption('port to listen on; 0: any free one', 2181))
    .action(perform(serve));
}

async function serve({ terminal, printer, messages }: Context, { host, port }: ServeOptions): Promise<number> {
  using interruption = new Interruption(terminal.signals$);
  // It logs, as a warning, that it keeps nothing.
  await using server = await startEmbeddedServer({ host, port, clock: terminal.clock, logger: messages.logger });
  await printer.print({ text: `${server.hosts}\n`, json: { hosts: server.hosts, port: server.port } });
  await new Promise<void>((resolve) => whenAborted(interruption.signal, () => resolve()));
  return exitStatus.done;
}
