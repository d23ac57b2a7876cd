import { randomInt } from 'node:crypto';

/**
 * An address of this machine for one server alone. The port of one that is stopped for a while and comes back cannot be given to somebody else meanwhile, as
 * one of 127.0.0.1 can, where all the others ask for any that is free. Only Linux has more addresses than that one.
 */
export function ownAddress(): string {
  if (process.platform !== 'linux') return '127.0.0.1';
  return `127.${randomInt(1, 255)}.${randomInt(256)}.${randomInt(1, 255)}`;
}
