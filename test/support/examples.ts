import { cp, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from './run.ts';

const project = fileURLToPath(new URL('../..', import.meta.url));

export interface BuiltExamples extends AsyncDisposable {
  /** Where the program is, compiled; given as `name/file.js`. */
  program(path: string): string;
}

/** Compiles docent and the examples as their pages say, into a folder of its own: no stale or half-made `dist` is taken for it. */
export async function buildExamples(): Promise<BuiltExamples> {
  const folder = await mkdtemp(join(tmpdir(), 'docent-examples-'));
  await cp(join(project, 'package.json'), join(folder, 'package.json'));
  await symlink(join(project, 'node_modules'), join(folder, 'node_modules'));
  const compiler = join(project, 'node_modules', 'typescript', 'bin', 'tsc');
  const { status, stdout } = await run(process.execPath, [compiler, '-p', join(project, 'examples'), '--outDir', join(folder, 'dist')]);
  if (status !== 0) throw new Error(`the examples do not compile:\n${stdout}`);
  return {
    program: (path) => join(folder, 'dist', 'examples', path),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  };
}
