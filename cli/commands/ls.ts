import { Command } from 'commander';
import { from, lastValueFrom, mergeMap, toArray } from 'rxjs';
import { type CallOptions, type Client, nameOf, type Stat } from '../../src/index.ts';
import { pathArgument } from '../arguments.ts';
import type { Context, Perform } from '../context.ts';
import { exitStatus } from '../exit-status.ts';
import { follow } from '../follow.ts';
import { columns, hex, statJson, time } from '../format.ts';
import { childPaths, childPaths$, concurrency, type Subtree, subtree, subtree$ } from '../listing.ts';
import type { JsonObject, Result } from '../print.ts';
import { withClient } from '../session.ts';

interface LsOptions {
  readonly recursive?: boolean;
  readonly stat?: boolean;
  readonly watch?: boolean;
}

/** A znode of the listing; the stat if asked for. */
interface Entry {
  readonly path: string;
  readonly stat: Stat | undefined;
}

// Who watches waits for as long as the servers are out of reach.
const longestTimeoutMs = 2 ** 31 - 1;

export function lsCommand(perform: Perform): Command {
  return new Command('ls')
    .description('children of a znode, sorted')
    .addArgument(pathArgument())
    .option('-R, --recursive', 'the znode and all below it, as full paths')
    .option('-s, --stat', 'with version, size, number of children, owning session and time of last change')
    .option('-w, --watch', 'list again whenever the list changes, until interrupted')
    .action(perform(ls));
}

async function ls(context: Context, path: string, options: LsOptions): Promise<number> {
  const { printer, messages } = context;
  return await withClient(context, async (client, signal) => {
    if (options.watch === true) {
      await followListing(context, client, path, options, signal);
      return exitStatus.done;
    }
    const { paths, unreadable } = await found(client, path, options, { signal });
    await printer.print(listing(path, await withStats(client, paths, options, { signal }), options));
    for (const error of unreadable) messages.error(error.message);
    return unreadable.length === 0 ? exitStatus.done : exitStatus.refused;
  });
}

async function found(client: Client, path: string, { recursive = false }: LsOptions, limits: CallOptions): Promise<Subtree> {
  return recursive ? await subtree(client, path, limits) : { paths: await childPaths(client, path, limits), unreadable: [] };
}

function followListing(context: Context, client: Client, path: string, options: LsOptions, signal: AbortSignal): Promise<void> {
  const { printer, messages } = context;
  const limits = { signal, timeoutMs: longestTimeoutMs };
  const paths$ = options.recursive === true ? subtree$(client, path) : childPaths$(client, path);
  return follow(context, paths$, signal, async (paths) => {
    if (paths === null) messages.note(`${path}: no such znode, waiting for it`);
    const entries = paths === null ? null : await withStats(client, paths, options, limits);
    const { text, json } = listing(path, entries, options);
    await printer.print({ text: `${text}\n`, json });
  });
}

function listing(path: string, entries: readonly Entry[] | null, { recursive = false, stat = false }: LsOptions): Result {
  const rows = (entries ?? []).map((entry) => [...(stat ? statColumns(entry.stat) : []), recursive ? entry.path : nameOf(entry.path)]);
  const heading = stat && rows.length > 0 ? [['VERSION', 'BYTES', 'CHILDREN', 'OWNER', 'MODIFIED', 'NAME']] : [];
  return { text: columns([...heading, ...rows]), json: { path, children: entries?.map(entryJson) ?? null } };
}

function entryJson({ path, stat }: Entry): JsonObject {
  return stat === undefined ? { path } : { path, stat: statJson(stat) };
}

function statColumns(stat: Stat | undefined): readonly string[] {
  if (stat === undefined) return [];
  const owner = stat.ephemeralOwner === 0n ? '-' : hex(stat.ephemeralOwner);
  return [String(stat.version), String(stat.dataLength), String(stat.numChildren), owner, time(Number(stat.mtime))];
}

async function withStats(
  client: Client,
  paths: readonly string[],
  { stat = false }: LsOptions,
  limits: CallOptions,
): Promise<readonly Entry[]> {
  if (!stat) return paths.map((path) => ({ path, stat: undefined }));
  const statOf = async (path: string) => ({ path, stat: await client.exists(path, limits) });
  const found = await lastValueFrom(from(paths).pipe(mergeMap(statOf, concurrency), toArray()));
  const present = found.flatMap(({ path, stat }) => (stat === null ? [] : [{ path, stat }]));
  return present.sort((one, other) => (one.path < other.path ? -1 : 1));
}
