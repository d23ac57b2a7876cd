/**
 * The same promise, its rejection marked as handled: for one that not everybody waits for. Whoever waits for it learns of the rejection all the same; nobody's
 * process ends because nobody did.
 */
export function handled<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}
