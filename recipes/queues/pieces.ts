// A request may have 1 MiB, if nothing else is said to the server; each item takes paths and an ACL besides its data.
const mostBytes = 512 * 1024;
const overheadBytes = 300;
// More is no faster, and keeps the server from serving others for longer.
const mostItems = 200;

/**
 * Cuts items into pieces that fit into one transaction each, in order. An item that is too large for that makes a piece of its own. Pure.
 *
 * @param most the most items in a piece. Default: 200, which is also the most that it can be
 */
export function inPieces<Item extends { readonly data: Uint8Array }>(
  items: readonly Item[],
  most = mostItems,
): readonly (readonly Item[])[] {
  const pieces: Item[][] = [];
  let leftBytes = 0;
  for (const item of items) {
    const sizeBytes = item.data.length + overheadBytes;
    const last = pieces.at(-1);
    if (last === undefined || last.length >= Math.min(most, mostItems) || sizeBytes > leftBytes) {
      pieces.push([item]);
      leftBytes = mostBytes - sizeBytes;
    } else {
      last.push(item);
      leftBytes -= sizeBytes;
    }
  }
  return pieces;
}

/** Would it fill a transaction all by itself? */
export function isLarge({ length }: Uint8Array): boolean {
  return length + overheadBytes > mostBytes;
}
