import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { Argument, InvalidArgumentError as InvalidCommandArgument, Option } from 'commander';
import { InvalidArgumentError, parseDuration, validatePath, validateSequentialPath } from '../src/index.ts';

/** `<path>`: checked before anything is sent. */
export function pathArgument(description = 'path of a znode'): Argument {
  return new Argument('<path>', description).argParser(parsed((text) => validatePath(text)));
}

/** `[root]`: where to look, with all below. */
export function rootArgument(): Argument {
  return new Argument('[root]', 'path of a znode: it and all below it are looked at')
    .default('/')
    .argParser(parsed((text) => validatePath(text)));
}

/** `<path>` of a znode to be made; `/a/` is right where the server completes the name. */
export function newPathArgument(): Argument {
  return new Argument('<path>', 'path of the new znode').argParser(parsed((text) => validateSequentialPath(text)));
}

/** `CMD [ARG…]`, at least one word. Its options are told from ours by a `--` before it. */
export function commandArgument(): Argument {
  return new Argument('<command...>', 'the command and its arguments, behind --');
}

/** An option that takes a duration `D`, read as milliseconds. */
export function durationOption(flags: string, description: string): Option {
  return new Option(flags, description).argParser((text) => told(() => parseDuration(text, flags)));
}

/** `--version`: an integer of 32 bits, which wraps around. */
export function versionOption(): Option {
  return new Option('--version <n>', 'only if the znode has this version').argParser((text) => integer(text, -(2 ** 31), 2 ** 31 - 1));
}

/** An option that takes how many, at least one. */
export function countOption(flags: string, description: string): Option {
  return new Option(flags, description).argParser((text) => integer(text, 1, 2 ** 31 - 1));
}

/** `--priority`: an integer of 32 bits. */
export function priorityOption(): Option {
  return new Option('--priority <n>', 'the lowest is taken first').argParser((text) => integer(text, -(2 ** 31), 2 ** 31 - 1));
}

/** A TCP port. */
export function portOption(description: string, byDefault?: number): Option {
  return new Option('--port <port>', description).default(byDefault).argParser((text) => integer(text, 0, 65_535));
}

/** `<n>`: an integer of 32 bits. */
export function integerArgument(): Argument {
  return new Argument('<n>', 'an integer of 32 bits').argParser((text) => integer(text, -(2 ** 31), 2 ** 31 - 1));
}

/** `<n>`: an integer of 64 bits. */
export function longArgument(): Argument {
  return new Argument('<n>', 'an integer of 64 bits').argParser(longOf);
}

/** An integer of 64 bits. */
export function longOf(text: string): bigint {
  if (/^-?\d{1,19}$/.test(text) && BigInt.asIntN(64, BigInt(text)) === BigInt(text)) return BigInt(text);
  throw new InvalidCommandArgument(`It must be an integer from ${-(2n ** 63n)} to ${2n ** 63n - 1n}.`);
}

/** `DATA` as bytes; `-` is standard input. */
export async function readData(data: string, stdin: Readable): Promise<Uint8Array> {
  return data === '-' ? await buffer(stdin) : Buffer.from(data);
}

function integer(text: string, min: number, max: number): number {
  const value = Number(text);
  if (/^-?\d+$/.test(text) && value >= min && value <= max) return value;
  throw new InvalidCommandArgument(`It must be an integer from ${min} to ${max}.`);
}

function parsed(check: (text: string) => void): (text: string) => string {
  return (text) => {
    told(() => check(text));
    return text;
  };
}

/** commander shows usage for its own errors, and names the argument and what was given for it. */
function told<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error;
    // Its constructor takes no cause.
    throw Object.assign(new InvalidCommandArgument(`It ${error.rule}.`), { cause: error });
  }
}
