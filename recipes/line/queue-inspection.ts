import { type Client, ForeignChildrenError, SequenceExhaustedError, WrongRecipeError } from '../../src/index.ts';
import { PerZnode, znodeKey } from '../common/per-znode.ts';
import { allPatterns, contenderOf, type Line, nearlyExhausted, unrecognisedChildren } from './line.ts';

/** Of the directories that were reported, those inspected last: of others it may be said again. */
const remembered = 1_000;

const reports = new PerZnode<{ isDone: boolean }>(remembered);

/**
 * Says, once a path, that strangers are in the directory or that its counter is near its end: Java peers would stumble over either.
 *
 * @throws {WrongRecipeError} a recipe of another kind has its znodes there
 */
export function inspectQueue(client: Client, line: Line, children: readonly string[], own: string): void {
  const unrecognised = unrecognisedChildren(children, line.patterns);
  refuseOtherRecipes(line, unrecognised);
  const sequence = contenderOf(own, line.patterns)?.sequence ?? 0;
  const isNearEnd = sequence < 0 || sequence >= nearlyExhausted;
  if (unrecognised.length === 0 && !isNearEnd) return;
  using report = reports.share(znodeKey(client, line.directory), () => ({ isDone: false }));
  if (report.value.isDone) return;
  report.value.isDone = true;
  if (unrecognised.length > 0) client.reportError(new ForeignChildrenError(line.directory, unrecognised));
  if (isNearEnd) client.reportError(new SequenceExhaustedError(line.directory, sequence));
}

const semaphoreParts = ['leases', 'locks'];

function refuseOtherRecipes(line: Line, unrecognised: readonly string[]): void {
  const isSemaphore = semaphoreParts.every((name) => unrecognised.includes(name));
  const others = unrecognised.filter(
    (name) => contenderOf(name, allPatterns) !== undefined || (isSemaphore && semaphoreParts.includes(name)),
  );
  if (others.length > 0) throw new WrongRecipeError(line.directory, others);
}
