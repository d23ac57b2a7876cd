import { NoNodeError, parentOf } from '../../../src/index.ts';
import { makeDirectory } from '../directory.ts';
import { type Applied, applyGroups, type Group, type Terms } from './apply.ts';

/** As `applyGroups`; if the directory is missing that the groups make znodes in, it is made, and what was in want of it is applied then. */
export async function applyInDirectory(groups: readonly Group[], terms: Terms, directory: string): Promise<readonly Applied[]> {
  let results = await applyGroups(groups, terms);
  while (results.some((result) => lacks(result, directory))) {
    await makeDirectory(terms.client, directory, { session: terms.session });
    // Without transactions some may have been applied: somebody has made the directory meanwhile.
    const left = groups.filter((_, index) => isLeft(results[index], directory));
    const more = [...(await applyGroups(left, terms))];
    results = results.map((result) => (isLeft(result, directory) ? (more.shift() ?? result) : result));
  }
  return results;
}

function isLeft(result: Applied | undefined, directory: string): boolean {
  return result?.kind === 'untried' || (result !== undefined && lacks(result, directory));
}

function lacks(result: Applied, directory: string): boolean {
  return result.kind === 'refused' && result.error instanceof NoNodeError && parentOf(result.error.path) === directory;
}
