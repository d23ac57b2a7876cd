import { z } from 'zod';
import { type Codec, decodeZnode, encodeValue, joinPath, parseOptions, validatePath } from '../../src/index.ts';
import type { History } from '../documents/history.ts';

export interface ConfigOptions<T> {
  /** Holds while there is no znode. Default: there are none, and a start waits for the znode. */
  readonly defaults?: T;
  /** Keeps old versions as znodes. Takes transactions, which the driver `zookeeper` lacks. Default: none are kept. */
  readonly history?: ConfigHistory;
}

export interface ConfigHistory {
  /** How many old versions, 1 to 1 000. */
  readonly keep: number;
  /** Their directory. Default: `history`, below the configuration. */
  readonly path?: string;
}

const configOptions = z.strictObject({
  defaults: z.unknown().optional(),
  history: z.strictObject({ keep: z.int().min(1).max(1_000), path: z.string('must be a path').optional() }).optional(),
});

export interface ConfigSettings {
  /** As they would stand in the znode. */
  readonly defaults: Buffer | undefined;
  readonly history: History | undefined;
}

/** @throws {InvalidArgumentError} */
export function parseConfigOptions<T>(options: ConfigOptions<T>, path: string, codec: Codec<T>): ConfigSettings {
  const { history } = parseOptions(configOptions, options, 'Config.options');
  if (history?.path !== undefined) validatePath(history.path, 'Config.options.history.path');
  return {
    defaults: options.defaults === undefined ? undefined : asStored(options.defaults, path, codec),
    history: history === undefined ? undefined : { keep: history.keep, path: history.path ?? joinPath(path, 'history') },
  };
}

/** Defaults are what they would be if they came from the znode: checked in both directions, and nobody else's to change. */
function asStored<T>(value: T, path: string, codec: Codec<T>): Buffer {
  const data = Buffer.from(encodeValue('Config.options.defaults', codec, value));
  decodeZnode(path, codec, data);
  return data;
}
