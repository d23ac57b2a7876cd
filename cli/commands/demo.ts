import { Command } from 'commander';
import type { Perform } from '../context.ts';
import { acts } from '../demo/acts.ts';
import { runDemo } from '../demo/run-demo.ts';

export function demoCommand(perform: Perform): Command {
  return new Command('demo')
    .description('a guided demonstration, which checks what it shows; on an embedded server unless --hosts is given')
    .action(perform((context) => runDemo(context, acts)));
}
