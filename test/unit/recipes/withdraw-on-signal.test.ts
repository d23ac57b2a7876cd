import { afterEach, beforeEach, expect, type MockInstance, test, vi } from 'vitest';
import { withdrawOnSignal } from '../../../recipes/discovery/withdraw-on-signal.ts';

// Nobody else here listens to it.
const signal = 'SIGUSR2';

let kill: MockInstance<typeof process.kill>;

beforeEach(() => {
  kill = vi.spyOn(process, 'kill').mockReturnValue(true);
});

afterEach(() => {
  kill.mockRestore();
});

/** Something to be withdrawn, which takes until the test says so. */
function stage() {
  let finish = () => {};
  const withdraw = vi.fn(() => new Promise<void>((resolve) => (finish = resolve)));
  return { withdraw, stop: withdrawOnSignal(signal, withdraw), finish: () => finish() };
}

async function settled(): Promise<void> {
  await new Promise(setImmediate);
}

test('the process ends when all has been withdrawn, not before', async () => {
  const [first, second] = [stage(), stage()];
  expect(process.listenerCount(signal)).toBe(1);
  process.emit(signal, signal);
  first.finish();
  await settled();
  expect(kill).not.toHaveBeenCalled();
  second.finish();
  await settled();
  expect(kill.mock.calls).toEqual([[process.pid, signal]]);
  expect(process.listenerCount(signal), 'a second signal ends it at once').toBe(0);
});

test('what failed to be withdrawn does not keep the process', async () => {
  withdrawOnSignal(signal, () => Promise.reject(new Error('no contact')));
  process.emit(signal, signal);
  await settled();
  expect(kill).toHaveBeenCalledOnce();
});

test('a program with a handler of its own decides itself when to end', async () => {
  const handler = vi.fn();
  process.on(signal, handler);
  const { withdraw, finish } = stage();
  process.emit(signal, signal);
  finish();
  await settled();
  expect([withdraw, handler].map(({ mock }) => mock.calls.length)).toEqual([1, 1]);
  expect(kill).not.toHaveBeenCalled();
  process.off(signal, handler);
});

test('what is not to be withdrawn any more is not, and nobody listens for nothing', async () => {
  const [first, second] = [stage(), stage()];
  first.stop();
  first.stop();
  expect(process.listenerCount(signal)).toBe(1);
  process.emit(signal, signal);
  expect(first.withdraw).not.toHaveBeenCalled();
  expect(second.withdraw).toHaveBeenCalledOnce();
  second.stop();
  second.finish();
  await settled();
  const third = stage();
  third.stop();
  expect(process.listenerCount(signal)).toBe(0);
});
