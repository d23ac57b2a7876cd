/**
 * Milliseconds on a monotonic clock that all processes of this machine share, so that what they report can be put in order: CLOCK_MONOTONIC on
 * Linux and its like elsewhere. It does not hold between machines, which is why the demo's workers run on one. (`Clock.now()` counts from the
 * start of each process.)
 */
export function machineNowMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
