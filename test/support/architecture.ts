import { type Module, readModule } from './module.ts';

/** The package's doors: its `exports` and its `bin`. */
export const entries = [
  'src/index.ts',
  'src/driver/zookeeper/zookeeper-driver.ts',
  'src/embedded/index.ts',
  'src/testing/index.ts',
  'recipes/index.ts',
  'cli/main.ts',
] as const;

/** Every layer: its files, and the layers that they may import. The first whose pattern fits counts. */
const layers = [
  { name: 'the entry of docent', files: /^src\/index\.ts$/, uses: ['the base files', 'the port', 'the client', 'the connector'] },
  { name: 'the base files', files: /^src\/([^/]+|errors\/.+)$/, uses: [] },
  { name: 'the protocol', files: /^src\/protocol\//, uses: ['the base files'] },
  { name: 'the port', files: /^src\/driver\/[^/]+$/, uses: ['the base files'] },
  { name: 'a driver', files: /^src\/driver\//, uses: ['the base files', 'the protocol', 'the port'] },
  { name: 'the connector', files: /^src\/client\/connect\.ts$/, uses: ['the base files', 'the port', 'the client', 'a driver'] },
  { name: 'the client', files: /^src\/client\//, uses: ['the base files', 'the port', 'the connector'] },
  { name: 'the entry of docent/embedded', files: /^src\/embedded\/index\.ts$/, uses: ['the embedded server'] },
  { name: 'the embedded server', files: /^src\/embedded\//, uses: ['the base files', 'the protocol'] },
  { name: 'the entry of docent/testing', files: /^src\/testing\/index\.ts$/, uses: ['the test kit'] },
  { name: 'the test kit', files: /^src\/testing\//, uses: ['the entry of docent', 'the entry of docent/embedded'] },
  { name: 'the entry of docent/recipes', files: /^recipes\/index\.ts$/, uses: ['the recipes'] },
  { name: 'the recipes', files: /^recipes\//, uses: ['the entry of docent'] },
  {
    name: 'the command line',
    files: /^cli\//,
    uses: ['the entry of docent', 'the entry of docent/recipes', 'the entry of docent/embedded'],
  },
] as const;

const mayOpenSockets = /^src\/(driver\/wire\/socket\.ts|embedded\/.+)$/;
/** The second puts in order what several processes of the demo report, which no clock of one process can. */
const mayTellTime = /^(src\/clock|cli\/demo\/machine-time)\.ts$/;

type Modules = ReadonlyMap<string, Module>;

/** Every breach of the architecture's rules in these files (path from the root, text), each a sentence. */
export function violations(files: Readonly<Record<string, string>>): string[] {
  const modules = new Map(Object.entries(files).map(([path, text]) => [path, readModule(path, text)]));
  const each = [...modules].flatMap(([path, module]) => [
    ...forbiddenImports(path, module),
    ...forbiddenSockets(path, module),
    ...forbiddenAmbient(path, module),
    ...barrels(path, module),
  ]);
  return [...each, ...cycles(modules), ...unreachable(modules), ...unusedExports(modules)];
}

function layerOf(path: string) {
  return layers.find(({ files }) => files.test(path));
}

function forbiddenImports(path: string, { imports }: Module): string[] {
  const layer = layerOf(path);
  if (layer === undefined) return [`${path}: belongs to no layer.`];
  const allowed: readonly string[] = [layer.name, ...layer.uses];
  return imports
    .filter(({ target }) => isOurs(target) && !allowed.includes(layerOf(target)?.name ?? ''))
    .map(({ target }) => `${path}: imports ${target}, but ${layer.name} may use only ${allowed.join(', ')}.`);
}

/** Relative imports have become paths; all else is a package's name. */
function isOurs(target: string): boolean {
  return target.endsWith('.ts');
}

function forbiddenSockets(path: string, { imports }: Module): string[] {
  if (mayOpenSockets.test(path)) return [];
  return imports
    .filter(({ target }) => /^(node:)?(net|tls)$/.test(target))
    .map(({ target }) => `${path}: imports ${target}, which only the wire driver's socket and the embedded server may.`);
}

function forbiddenAmbient(path: string, { ambient }: Module): string[] {
  if (mayTellTime.test(path)) return [];
  return ambient.map((use) => `${path}: uses \`${use}\`; time, timers and randomness come from src/clock.ts.`);
}

function barrels(path: string, { isBarrel }: Module): string[] {
  return isBarrel && !isEntry(path) ? [`${path}: is a barrel; only the package's entries hand on what others declare.`] : [];
}

function isEntry(path: string): boolean {
  return entries.some((entry) => entry === path);
}

function cycles(modules: Modules): string[] {
  const done = new Set<string>();
  const found: string[] = [];
  const visit = (path: string, trail: readonly string[]) => {
    const start = trail.indexOf(path);
    if (start !== -1) found.push(`${path}: imports itself by way of ${[...trail.slice(start + 1), path].join(', ')}.`);
    if (start !== -1 || done.has(path)) return;
    for (const { target } of modules.get(path)?.imports ?? []) visit(target, [...trail, path]);
    done.add(path);
  };
  for (const path of modules.keys()) visit(path, []);
  return found;
}

function unreachable(modules: Modules): string[] {
  const reached = new Set<string>();
  const visit = (path: string) => {
    if (reached.has(path)) return;
    reached.add(path);
    for (const { target } of modules.get(path)?.imports ?? []) visit(target);
  };
  for (const entry of entries) visit(entry);
  return [...modules.keys()]
    .filter((path) => isProduct(path) && !reached.has(path))
    .map((path) => `${path}: no entry of the package leads to it.`);
}

/** The command line's files are programs of their own, in part. */
function isProduct(path: string): boolean {
  return /^(src|recipes)\//.test(path);
}

function unusedExports(modules: Modules): string[] {
  const taken = [...modules.values()].flatMap(({ imports }) => imports);
  return [...modules].flatMap(([path, { exports }]) => {
    if (!isProduct(path) || isEntry(path)) return [];
    const names = taken.filter(({ target }) => target === path).map((each) => each.names);
    return exports
      .filter((name) => !names.some((some) => some === '*' || some.includes(name)))
      .map((name) => `${path}: exports ${name}, which neither another file nor an entry takes; is it there for tests?`);
  });
}
