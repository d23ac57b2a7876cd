type Withdraw = () => Promise<void>;

/** What is to be withdrawn upon each signal that anybody here waits for. */
const withdrawals = new Map<NodeJS.Signals, Set<Withdraw>>();

/**
 * Has something withdrawn when the process is told to end. Then the signal does what it would have done without us: it ends the process, unless somebody else listens to
 * it. A second signal does that at once.
 *
 * @returns the way to withdraw this wish
 */
export function withdrawOnSignal(signal: NodeJS.Signals, withdraw: Withdraw): () => void {
  let all = withdrawals.get(signal);
  if (all === undefined) {
    all = new Set();
    withdrawals.set(signal, all);
    process.once(signal, onSignal);
  }
  all.add(withdraw);
  return () => {
    const left = withdrawals.get(signal);
    if (left?.delete(withdraw) !== true || left.size > 0) return;
    withdrawals.delete(signal);
    process.off(signal, onSignal);
  };
}

function onSignal(signal: NodeJS.Signals): void {
  // It never rejects.
  void withdrawAll(signal);
}

/** Together: the first to be done must not end the process under the others. */
async function withdrawAll(signal: NodeJS.Signals): Promise<void> {
  const all = withdrawals.get(signal) ?? new Set();
  withdrawals.delete(signal);
  await Promise.allSettled([...all].map((withdraw) => withdraw()));
  if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
}
