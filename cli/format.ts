import { isUtf8 } from 'node:buffer';
import type { Stat } from '../src/index.ts';
import type { JsonObject } from './print.ts';

/** All eleven fields, one a line. Zxids and sessions in hexadecimal, as in ZooKeeper's own logs. */
export function statText(stat: Stat): string {
  const { czxid, mzxid, ctime, mtime, version, cversion, aversion, ephemeralOwner, dataLength, numChildren, pzxid } = stat;
  const fields = {
    czxid: hex(czxid),
    mzxid: hex(mzxid),
    ctime: time(Number(ctime)),
    mtime: time(Number(mtime)),
    version,
    cversion,
    aversion,
    ephemeralOwner: hex(ephemeralOwner),
    dataLength,
    numChildren,
    pzxid: hex(pzxid),
  };
  return columns(Object.entries(fields).map(([name, value]) => [name, String(value)]));
}

/** Zxids in decimal, to compare with fencing tokens, and as strings, since they do not fit a JSON number. Times in milliseconds since the epoch. */
export function statJson(stat: Stat): JsonObject {
  return {
    czxid: String(stat.czxid),
    mzxid: String(stat.mzxid),
    ctime: Number(stat.ctime),
    mtime: Number(stat.mtime),
    version: stat.version,
    cversion: stat.cversion,
    aversion: stat.aversion,
    ephemeralOwner: hex(stat.ephemeralOwner),
    dataLength: stat.dataLength,
    numChildren: stat.numChildren,
    pzxid: String(stat.pzxid),
  };
}

/** Data as text where it is that, else in base64, and which of both. */
export function dataJson(data: Uint8Array): { readonly data: string; readonly encoding: 'utf8' | 'base64' } {
  const encoding = isUtf8(data) ? 'utf8' : 'base64';
  return { data: Buffer.from(data).toString(encoding), encoding };
}

/** As ZooKeeper's logs show zxids and session ids. */
export function hex(id: bigint): string {
  return `0x${BigInt.asUintN(64, id).toString(16)}`;
}

// The furthest from the epoch that a date can be.
const longestMs = 8.64e15;

// Swedish custom is ISO 8601's, but for the T and the Z.
const utc = new Intl.DateTimeFormat('sv-SE', { dateStyle: 'short', timeStyle: 'medium', timeZone: 'UTC' });

/** ISO 8601 in UTC, to the second. What is no time, as others have written it, is shown as the number that it is. */
export function time(sinceEpochMs: number): string {
  if (!(Math.abs(sinceEpochMs) <= longestMs)) return `${sinceEpochMs} ms`;
  return `${utc.format(sinceEpochMs).replace(' ', 'T')}Z`;
}

/** Text that others have written, made harmless: no control character reaches the terminal. */
export function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

/** Lines of left-aligned columns. What is in them is not touched; blanks at the end of a line belong to its last cell. */
export function columns(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) for (const [index, cell] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, cell.length);
  const lineOf = (row: readonly string[]) => {
    const last = row.findLastIndex((cell) => cell !== '');
    return row.slice(0, last + 1).map((cell, index) => (index === last ? cell : cell.padEnd(widths[index] ?? 0)));
  };
  return rows.map((row) => `${lineOf(row).join('  ')}\n`).join('');
}
