// While the session may live every millisecond counts against it, so a server that is back is found within a tenth of a second.
const shortCapMs = 80;
// Later nothing is lost by patience, and a whole fleet may be waiting for the same servers.
const longCapMs = 1_000;
const baseMs = 20;

/** What is known of a session's trouble to reach a server. */
export interface Trouble {
  /** Tries that have failed in a row. */
  readonly failures: number;
  readonly forMs: number;
  /** Whether the last server was there, and said what means nothing: it is to be expected to say it again, and may make a session each time. */
  readonly isNonsense: boolean;
  readonly sessionTimeoutMs: number;
  /** How many servers there are to try. */
  readonly servers: number;
}

/**
 * How long to wait before the next try. Within one lap over the servers not at all; after each lap with full jitter
 * (Brooker, "Exponential Backoff and Jitter", AWS 2015).
 *
 * @param random uniform in [0, 1)
 */
export function redialDelayMs({ failures, forMs, isNonsense, sessionTimeoutMs, servers }: Trouble, random: number): number {
  if (failures % servers !== 0) return 0;
  const laps = failures / servers;
  const capMs = forMs < sessionTimeoutMs && !isNonsense ? shortCapMs : longCapMs;
  return random * Math.min(capMs, baseMs * 2 ** laps);
}
