import { z } from 'zod';

/** Why an item is among the dead letters. */
export interface Obituary {
  /** What its last consumer, or its codec, said. */
  readonly reason: string;
  /** How often it was given to somebody. */
  readonly deliveries: number;
  /** When it was put among the dead letters, by the clock of who did. */
  readonly at: Date;
  /** The name it had in the queue. */
  readonly item: string;
}

const ending = Buffer.from('DLTR');
// A reason can be as long as an error's message; the znode is to stay small enough to be written.
const longestReason = 2_000;

const stored = z.object({
  reason: z.string(),
  deliveries: z.number(),
  at: z.codec(z.iso.datetime(), z.date(), { decode: (text) => new Date(text), encode: (date) => date.toISOString() }),
  item: z.string(),
});

/**
 * A dead letter: the item's bytes as they were, JSON, the JSON's length as an int32, and `DLTR`. Whoever reads the frame of an item stops at its end, so a
 * dead letter can be read as an item, too.
 */
export function sealDeadLetter(data: Buffer, obituary: Obituary): Buffer {
  const json = Buffer.from(JSON.stringify(stored.encode({ ...obituary, reason: obituary.reason.slice(0, longestReason) })));
  const length = Buffer.alloc(4);
  length.writeInt32BE(json.length);
  return Buffer.concat([data, json, length, ending]);
}

/** Undefined if it is none. */
export function openDeadLetter(letter: Buffer): (Obituary & { readonly data: Buffer }) | undefined {
  const lengthAt = letter.length - 8;
  if (lengthAt < 0 || !letter.subarray(-4).equals(ending)) return undefined;
  const jsonAt = lengthAt - letter.readInt32BE(lengthAt);
  if (jsonAt < 0 || jsonAt > lengthAt) return undefined;
  const obituary = parsed(letter.subarray(jsonAt, lengthAt));
  return obituary === undefined ? undefined : { ...obituary, data: letter.subarray(0, jsonAt) };
}

function parsed(json: Buffer): Obituary | undefined {
  try {
    return stored.safeParse(JSON.parse(json.toString())).data;
  } catch {
    return undefined;
  }
}
