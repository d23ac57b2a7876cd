import { type Client, ForeignChildrenError, SequenceExhaustedError, WrongRecipeError } from '../../src/index.ts';
import { allPatterns, contenderOf, foreignersIn, type Line, nearlyExhausted } from './line.ts';

const reported = new WeakMap<Client, Set<string>>();

/**
 * Says, once a path, that strangers are in the directory or that its counter is near its end: Java peers would stumble over either.
 *
 * @throws {WrongRecipeError} a recipe of another kind has its znodes there
 */
export function checkSurroundings(client: Client, line: Line, children: readonly string[], own: string): void {
  const foreigners = foreignersIn(children, line.patterns);
  refuseOtherRecipes(line, foreigners);
  const paths = reported.get(client) ?? new Set();
  if (paths.has(line.directory)) return;
  const sequence = contenderOf(own, line.patterns)?.sequence ?? 0;
  if (foreigners.length > 0) client.reportError(new ForeignChildrenError(line.directory, foreigners));
  const isNearEnd = sequence < 0 || sequence >= nearlyExhausted;
  if (isNearEnd) client.reportError(new SequenceExhaustedError(line.directory, sequence));
  if (foreigners.length === 0 && !isNearEnd) return;
  reported.set(client, paths.add(line.directory));
}

const semaphoreParts = ['leases', 'locks'];

function refuseOtherRecipes(line: Line, foreigners: readonly string[]): void {
  const isSemaphore = semaphoreParts.every((name) => foreigners.includes(name));
  const others = foreigners.filter(
    (name) => contenderOf(name, allPatterns) !== undefined || (isSemaphore && semaphoreParts.includes(name)),
  );
  if (others.length > 0) throw new WrongRecipeError(line.directory, others);
}
