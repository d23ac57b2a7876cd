import { type Command, InvalidArgumentError as InvalidCommandArgument, Option } from 'commander';
import { durationOption } from './arguments.ts';
import type { Verbosity } from './messages.ts';

/** What a session authenticates with. */
export interface Credential {
  readonly scheme: string;
  readonly credential: string;
}

export interface GlobalOptions {
  /** As given on the command line; see `hostsFrom`. */
  readonly hosts: string | undefined;
  readonly sessionTimeoutMs: number;
  readonly connectTimeoutMs: number;
  readonly auth: readonly Credential[];
  readonly json: boolean;
  readonly verbosity: Verbosity;
}

const defaultTimeoutMs = 10_000;

/** A new set of the global options, for one command. */
export function globalOptions(): readonly Option[] {
  return [
    new Option('--hosts <hosts>', 'host:port[,host:port…][/chroot] (default: $ZK_HOSTS, else 127.0.0.1:2181)'),
    durationOption('--session-timeout <d>', 'session timeout to ask for, e.g. 250ms, 5s, 2m, 1h (default: 10s)'),
    durationOption('--connect-timeout <d>', 'give up when no server has accepted the session by then (default: 10s)'),
    new Option('--auth <scheme:credential>', 'authenticate, e.g. digest:user:password; repeatable').argParser(addCredential),
    new Option('--json', 'results as JSON Lines: one object a line'),
    new Option('-v, --verbose', 'say more on standard error'),
    new Option('-q, --quiet', 'say nothing on standard error but why it failed').conflicts('verbose'),
  ];
}

/** The global options as given before the command's name, after it, or both; the later wins, credentials add up. */
export function globalOptionsOf(command: Command): GlobalOptions {
  const given = givenTo(command);
  const last = <K extends keyof GivenOptions>(name: K) => given.map((options) => options[name]).findLast((value) => value !== undefined);
  return {
    hosts: last('hosts'),
    sessionTimeoutMs: last('sessionTimeout') ?? defaultTimeoutMs,
    connectTimeoutMs: last('connectTimeout') ?? defaultTimeoutMs,
    auth: given.flatMap(({ auth = [] }) => auth),
    json: last('json') ?? false,
    verbosity: verbosityOf(given),
  };
}

/** To the program, to the command, and to a command of that, outermost first. */
function givenTo(command: Command): readonly GivenOptions[] {
  const outer = command.parent === null ? [] : givenTo(command.parent);
  return [...outer, command.opts<GivenOptions>()];
}

/** Which servers to use: those given, else `$ZK_HOSTS`, else a server on this machine. */
export function hostsFrom(given: string | undefined, env: Readonly<Record<string, string | undefined>>): string {
  if (given !== undefined) return given;
  const fromEnvironment = env['ZK_HOSTS'] ?? '';
  return fromEnvironment === '' ? '127.0.0.1:2181' : fromEnvironment;
}

/** As commander stores them. */
interface GivenOptions {
  readonly hosts?: string;
  readonly sessionTimeout?: number;
  readonly connectTimeout?: number;
  readonly auth?: readonly Credential[];
  readonly json?: boolean;
  readonly verbose?: boolean;
  readonly quiet?: boolean;
}

function verbosityOf(given: readonly GivenOptions[]): Verbosity {
  if (given.some(({ verbose }) => verbose === true)) return 'verbose';
  return given.some(({ quiet }) => quiet === true) ? 'quiet' : 'normal';
}

function addCredential(text: string, before: readonly Credential[] = []): readonly Credential[] {
  const [, scheme, credential] = /^([^:]+):(.*)$/s.exec(text) ?? [];
  if (scheme === undefined || credential === undefined) throw new InvalidCommandArgument('It must be SCHEME:CREDENTIAL.');
  return [...before, { scheme, credential }];
}
