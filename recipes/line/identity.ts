import { hostname } from 'node:os';
import { pid } from 'node:process';
import type { Owner } from '../leases/owner.ts';

/** How a holder is called where it has not been given a name: `host:pid`. */
export const processIdentity = `${hostname()}:${pid}`;

/** Who has made a znode, as its data tells. */
export interface Identity {
  /** What the recipe's `id` option says; from other libraries, all of the data, as text. */
  readonly id: string;
  /** Tells the owners of one session apart. Undefined from other libraries. */
  readonly ownerNumber: number | undefined;
}

const ownerNumbers = new WeakMap<Owner, number>();
let owners = 0;

/**
 * What docent writes into the znodes of holders and waiters: `<id>#<owner number>`. To Curator and kazoo that is any text.
 */
export function identityData(id: string, owner: Owner): Uint8Array {
  return Buffer.from(`${id}#${numberOf(owner)}`);
}

/** The owner's, in this process: the same as long as it lives, and nobody else's ever. */
export function numberOf(owner: Owner): number {
  let number = ownerNumbers.get(owner);
  if (number === undefined) {
    owners += 1;
    number = owners;
    ownerNumbers.set(owner, number);
  }
  return number;
}

/** Of any data, whoever wrote it. */
export function identityOf(data: Buffer): Identity {
  const text = data.toString();
  const [, id = text, number] = /^(.*)#(\d{1,15})$/s.exec(text) ?? [];
  return { id, ownerNumber: number === undefined ? undefined : Number(number) };
}
