const last = 2 ** 31 - 1;

/**
 * The number of the request after the one numbered `xid`; of the first, for 0. Numbers of requests are positive: the negative ones have meanings
 * of their own, and a server never counts a request numbered 0 as answered.
 */
export function nextXid(xid: number): number {
  return xid >= last ? 1 : xid + 1;
}
