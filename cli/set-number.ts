import { SharedValue } from '../recipes/index.ts';
import { type Codec, encodeValue } from '../src/index.ts';
import type { Context } from './context.ts';
import { exitStatus } from './exit-status.ts';
import { withClient } from './session.ts';

export interface NumberNode<T> {
  readonly path: string;
  readonly codec: Codec<T>;
  readonly value: T;
}

/** Stores a number, whatever there is or only on top of a version, and prints the new version. */
export async function setNumber<T extends number | bigint>(context: Context, node: NumberNode<T>, version?: number): Promise<number> {
  const { path, codec, value } = node;
  return await withClient(context, async (client, signal) => {
    const changed =
      version === undefined
        ? await new SharedValue(client, path, { codec, seed: value }).set(value, { signal })
        : await client.set(path, encodeValue('n', codec, value), { version, signal });
    // One of 64 bits does not fit a JSON number.
    const json = { path, value: typeof value === 'bigint' ? String(value) : Number(value), version: changed.version };
    await context.printer.print({ text: `${changed.version}\n`, json });
    return exitStatus.done;
  });
}
