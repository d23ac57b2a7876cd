import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ESLint } from 'eslint';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

// A rule that never speaks is no rule: each one that the house has asked for is shown code that it must refuse.

const root = fileURLToPath(new URL('../..', import.meta.url));

/** By rule of Biome. */
const refusedByBiome: Readonly<Record<string, string>> = {
  noStaticOnlyClass: 'export class Sums { static add() { return 1; } }',
  noUselessConstructor: 'export class Empty { constructor() {} }',
  noUselessSwitchCase: 'export function f(x: number) { switch (x) { case 1: default: return 1; } }',
  noUnusedFunctionParameters: 'export function f(unused: number) { return 1; }',
  noUnusedImports: "import { join } from 'node:path';\nexport const x = 1;",
  noUnusedPrivateClassMembers: 'export class C { #unused = 1; }',
  noUnusedVariables: 'const unused = 1;',
  useImportExtensions: "import { x } from './other';\nexport const y = x;",
  noAccumulatingSpread: 'export const copy = (xs: number[]) => xs.reduce<number[]>((all, x) => [...all, x], []);',
  noBarrelFile: "export { x } from './other.ts';",
  noReExportAll: "export * from './other.ts';",
  noDefaultExport: 'export default 1;',
  noEnum: 'export enum State { on }',
  noInferrableTypes: 'export let x: number = 1;',
  noNamespace: 'export namespace N { export const x = 1; }',
  noNonNullAssertion: 'export const f = (x: { y?: string }) => x.y!.length;',
  noParameterAssign: 'export function f(x: number) { x = 2; return x; }',
  noParameterProperties: 'export class C { constructor(readonly x: number) {} }',
  noUselessElse: 'export function f(x: boolean) { if (x) { return 1; } else { return 2; } }',
  useConsistentArrayType: 'export type Names = Array<string>;',
  useConst: 'let x = 1;\nexport const y = x;',
  useErrorCause: "export function f() { try { f(); } catch (error) { throw new Error('failed'); } }",
  useExportType: "import type { T } from './other.ts';\nexport { T };",
  useImportType: "import { T } from './other.ts';\nexport const f = (x: T) => x;",
  useNodejsImportProtocol: "import { join } from 'path';\nexport const x = join('a');",
  useReadonlyClassProperties: 'export class C { #x = 1; get x() { return this.#x; } }',
  useTemplate: "export const f = (x: string) => 'a' + x + 'b';",
  noConsole: "console.log('x');",
  noDuplicateTestHooks: "describe('x', () => { beforeEach(() => {}); beforeEach(() => {}); });",
  noEvolvingTypes: 'export function f() { const xs = []; xs.push(1); return xs; }',
  noExplicitAny: 'export const f = (x: any) => x;',
  noFocusedTests: "test.only('x', () => {});",
  noTsIgnore: '// @ts-ignore\nexport const x: number = "1";',
};

/** By rule of ESLint: bodies of an async function with these parameters. */
const parameters = 'error: Error, wait: () => Promise<void>, parsed: any, kind: "a" | "b", act: (done: () => void) => void';
const refusedByEslint: Readonly<Record<string, readonly string[]>> = {
  'docent/void-needs-reason': ['void wait();'],
  '@typescript-eslint/no-floating-promises': ['wait();', 'wait().then(() => {});'],
  '@typescript-eslint/no-misused-promises': ['act(async () => {});', 'if (wait()) act(() => {});'],
  '@typescript-eslint/await-thenable': ['await kind;'],
  '@typescript-eslint/return-await': ['try { return wait(); } catch { return; }'],
  '@typescript-eslint/switch-exhaustiveness-check': ['switch (kind) { case "a": return; }'],
  '@typescript-eslint/no-unsafe-assignment': ['const x = parsed;'],
  '@typescript-eslint/no-unsafe-call': ['parsed();'],
  '@typescript-eslint/no-unsafe-member-access': ['parsed.x = 1;'],
  '@typescript-eslint/no-unsafe-return': ['act(() => parsed);'],
  '@typescript-eslint/no-unsafe-argument': ['act(parsed);'],
  '@typescript-eslint/only-throw-error': ['throw "text";'],
  '@typescript-eslint/prefer-promise-reject-errors': ['await Promise.reject("text");'],
  'no-restricted-syntax': [
    'if (error.message.includes("closed")) return;',
    'if (error.message.startsWith("closed")) return;',
    'if (/closed/.test(error.message)) return;',
    'switch (error.message) { case "closed": return; }',
    'if (error.message === "closed") return;',
    'if ("closed" !== error.message) return;',
  ],
};

const allowedByEslint = [
  'await wait();',
  'void wait(); // Never rejects.',
  '// Never rejects.\nvoid wait();',
  'switch (kind) { case "a": case "b": return; }',
  'if (error.message !== "") return;',
  'throw error;',
];

describe('Biome', () => {
  let folder: string;
  let reported: ReadonlyMap<string, readonly string[]>;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'docent-lint-test-'));
    for (const [rule, code] of Object.entries(refusedByBiome)) await writeFile(join(folder, `${rule}.ts`), `${code}\n`);
    // Beside the code, as in the project: a rule that looks at other files is silent about those outside its configuration's folder.
    await cp(join(root, 'biome.json'), join(folder, 'biome.json'));
    await writeFile(join(folder, 'other.ts'), 'export type T = number;\nexport const x = 1;\n');
    reported = await rulesOfBiome(folder);
  });

  afterAll(() => rm(folder, { recursive: true }));

  test.each(Object.keys(refusedByBiome))('%s', (rule) => {
    expect(reported.get(rule) ?? []).toContain(rule);
  });

  test('has no rule of ours that is not shown to speak', async () => {
    const { linter } = JSON.parse(await readFile(join(root, 'biome.json'), 'utf8')) as { linter: { rules: Record<string, object> } };
    const groups = Object.values(linter.rules).filter((group) => typeof group === 'object');
    const asked = groups.flatMap((group) => Object.entries(group)).filter(([, level]) => level !== 'off');
    expect(asked.map(([rule]) => rule).toSorted()).toEqual(Object.keys(refusedByBiome).toSorted());
  });
});

/** Which rules it reports as errors, by file name. */
async function rulesOfBiome(folder: string): Promise<ReadonlyMap<string, readonly string[]>> {
  const biome = join(root, 'node_modules', '@biomejs', 'biome', 'bin', 'biome');
  const options = ['--vcs-enabled=false', '--reporter=json', '--max-diagnostics=none', '--diagnostic-level=error'];
  // Its status says that it found something, as it should.
  const report = await new Promise<string>((resolve) => {
    execFile(process.execPath, [biome, 'lint', ...options, '.'], { cwd: folder }, (_error, stdout) => resolve(stdout));
  });
  const { diagnostics } = JSON.parse(report) as { diagnostics: { category: string; location: { path: string } }[] };
  const found = diagnostics.map(({ category, location }) => ({ file: basename(location.path, '.ts'), rule: basename(category) }));
  return new Map(found.map(({ file }) => [file, found.filter((other) => other.file === file).map(({ rule }) => rule)]));
}

describe('ESLint', () => {
  const refused = Object.entries(refusedByEslint).flatMap(([rule, snippets]) => snippets.map((code) => ({ rule, code })));
  let reported: readonly (readonly (string | null)[])[];

  beforeAll(async () => {
    reported = await rulesOfEslint([...refused.map(({ code }) => code), ...allowedByEslint]);
  }, 180_000);

  test.each(refused.map((each, index) => ({ ...each, index })))('$rule: $code', ({ rule, index }) => {
    expect(reported[index]).toEqual([rule]);
  });

  test.each(allowedByEslint.map((code, index) => ({ code, index })))('nothing against: $code', ({ index }) => {
    expect(reported[refused.length + index]).toEqual([]);
  });

  test('has no rule of ours that is not shown to speak', async () => {
    const { rules } = (await new ESLint({ cwd: root }).calculateConfigForFile('src/index.ts')) as { rules: Record<string, [number]> };
    const asked = Object.keys(rules).filter((rule) => rules[rule]?.[0] !== 0);
    expect(asked.toSorted()).toEqual(Object.keys(refusedByEslint).toSorted());
  });
});

/** What it reports of each, as a function in one file of `src`: types are built once. */
async function rulesOfEslint(snippets: readonly string[]): Promise<(string | null)[][]> {
  const functions = snippets.map((code, index) => `export async function f${index}(${parameters}): Promise<void> {\n${code}\n}\n`);
  const starts = functions.map((_, index) => functions.slice(0, index).join('').split('\n').length);
  // In CI it would take a file's types from the disk, as if each were looked at once only.
  const overrideConfig = { languageOptions: { parserOptions: { disallowAutomaticSingleRunInference: true } } };
  const [result] = await new ESLint({ cwd: root, overrideConfig }).lintText(functions.join(''), {
    filePath: join(root, 'src', 'index.ts'),
  });
  return starts.map((start, index) => {
    const end = starts[index + 1] ?? Number.POSITIVE_INFINITY;
    return (result?.messages ?? []).filter(({ line }) => line >= start && line < end).map(({ ruleId }) => ruleId);
  });
}
