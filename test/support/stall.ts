/** Stops the event loop, as a long computation does. A shorter timer that was set before is the first thing to run afterwards, ahead of any answer. */
export function stall(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
