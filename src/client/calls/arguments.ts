import { encodeValue, text } from '../../codec.ts';
import { InvalidArgumentError } from '../../errors/docent-error.ts';
import { anyVersion, type CreateMode, createModes } from '../../znode.ts';
import { Session } from '../session/session.ts';
import type { ZnodeData } from '../znodes/znode-options.ts';
import type { CallOptions } from './call-options.ts';

// By hand, since they run for every call; a schema takes longer than all the rest of it.

/** @throws {InvalidArgumentError} */
export function validateCallOptions({ timeoutMs, signal, session }: CallOptions, what: string): void {
  if (timeoutMs !== undefined && !(typeof timeoutMs === 'number' && timeoutMs > 0 && timeoutMs < Number.POSITIVE_INFINITY)) {
    throw new InvalidArgumentError(`${what}.timeoutMs`, timeoutMs, 'must be a number of milliseconds greater than 0');
  }
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw new InvalidArgumentError(`${what}.signal`, signal, 'must be an AbortSignal');
  }
  if (session !== undefined && !(session instanceof Session)) {
    throw new InvalidArgumentError(`${what}.session`, 'another object', "must be one of the client's sessions");
  }
}

/** @throws {InvalidArgumentError} */
export function flagOf(flag: boolean | undefined, field: string): boolean {
  if (flag === undefined || typeof flag === 'boolean') return flag ?? false;
  throw new InvalidArgumentError(field, flag, 'must be true or false');
}

const noBytes = Buffer.alloc(0);

/**
 * Text as UTF-8; nothing as no bytes.
 *
 * @throws {InvalidArgumentError}
 */
export function bytesOf(data: ZnodeData | undefined, what: string): Uint8Array | null {
  if (data === undefined) return noBytes;
  if (typeof data === 'string') return encodeValue(`${what}.data`, text, data);
  if (data === null) return null;
  // A copy, since it may be sent later, and once more, and be compared with what is found; the caller's own may be another by then.
  if (data instanceof Uint8Array) return Buffer.from(data);
  throw new InvalidArgumentError(`${what}.data`, data, 'must be a string, a Uint8Array or null');
}

/** @throws {InvalidArgumentError} */
export function versionOf(version: number | undefined, what: string): number {
  if (version === undefined) return anyVersion;
  if (Number.isInteger(version) && version >= -(2 ** 31) && version < 2 ** 31) return version;
  throw new InvalidArgumentError(`${what}.version`, version, 'must be a 32-bit whole number, or left out for any version');
}

/** @throws {InvalidArgumentError} */
export function modeOf(mode: CreateMode | undefined, what: string): CreateMode {
  if (mode === undefined) return 'persistent';
  if (typeof mode === 'string' && Object.hasOwn(createModes, mode)) return mode;
  throw new InvalidArgumentError(`${what}.mode`, mode, `must be one of ${Object.keys(createModes).join(', ')}`);
}

/** @throws {InvalidArgumentError} */
export function ttlOf(ttlMs: number | undefined, takesTtl: boolean, what: string): { readonly ttlMs?: number } {
  if (!takesTtl && ttlMs === undefined) return {};
  if (!takesTtl) throw new InvalidArgumentError(`${what}.ttlMs`, ttlMs, 'is for the modes with TTL only');
  if (typeof ttlMs === 'number' && Number.isInteger(ttlMs) && ttlMs > 0 && ttlMs <= longestTtlMs) return { ttlMs };
  throw new InvalidArgumentError(`${what}.ttlMs`, ttlMs, `must be a whole number of milliseconds from 1 to ${longestTtlMs} for that mode`);
}

// ZooKeeper's EphemeralType.TTL: 40 bits.
const longestTtlMs = 2 ** 40 - 1;
