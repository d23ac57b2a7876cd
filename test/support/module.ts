import { posix } from 'node:path';
import ts from 'typescript';

/** What the architecture's rules need to know of a source file. */
export interface Module {
  readonly imports: readonly Import[];
  /** The names that it declares and exports for others. A type that its own signatures mention is not counted: naming it is a courtesy. */
  readonly exports: readonly string[];
  readonly isBarrel: boolean;
  /** Each use of time, timers or randomness that is not handed in, as written. */
  readonly ambient: readonly string[];
}

export interface Import {
  /** A path from the root for a relative import, else as written. */
  readonly target: string;
  /** The names taken, or `'*'` for all of them. */
  readonly names: readonly string[] | '*';
}

export function readModule(path: string, text: string): Module {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const nodes = [...descendants(source)];
  const occurrences = (name: string) => nodes.filter((node) => ts.isIdentifier(node) && node.text === name).length;
  return {
    imports: nodes.flatMap((node) => importsOf(node, path)),
    exports: source.statements.flatMap((statement) => {
      const names = namesExportedBy(statement);
      return isType(statement) ? names.filter((name) => occurrences(name) < 2) : names;
    }),
    isBarrel: isBarrel(source),
    ambient: nodes.filter(isAmbient).map((node) => node.getText()),
  };
}

function* descendants(node: ts.Node): Generator<ts.Node> {
  yield node;
  for (const child of node.getChildren()) yield* descendants(child);
}

function importsOf(node: ts.Node, path: string): Import[] {
  const specifier = specifierOf(node);
  if (specifier === undefined || !ts.isStringLiteralLike(specifier)) return [];
  const { text } = specifier;
  return [{ target: text.startsWith('.') ? posix.join(posix.dirname(path), text) : text, names: namesTaken(node) }];
}

function specifierOf(node: ts.Node): ts.Node | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return node.moduleSpecifier;
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) return node.argument.literal;
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) return node.arguments[0];
  return undefined;
}

function namesTaken(node: ts.Node): readonly string[] | '*' {
  if (ts.isImportDeclaration(node) && node.importClause === undefined) return [];
  const bindings = ts.isImportDeclaration(node)
    ? node.importClause?.namedBindings
    : ts.isExportDeclaration(node)
      ? node.exportClause
      : undefined;
  if (bindings === undefined || !(ts.isNamedImports(bindings) || ts.isNamedExports(bindings))) return '*';
  return bindings.elements.map(({ name, propertyName }) => (propertyName ?? name).text);
}

function namesExportedBy(statement: ts.Statement): string[] {
  if (ts.isExportDeclaration(statement)) {
    const { exportClause, moduleSpecifier } = statement;
    if (moduleSpecifier !== undefined || exportClause === undefined || !ts.isNamedExports(exportClause)) return [];
    return exportClause.elements.map(({ name }) => name.text);
  }
  if (!ts.canHaveModifiers(statement) || !ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)) return [];
  const declarations = ts.isVariableStatement(statement) ? statement.declarationList.declarations : [statement];
  return declarations.flatMap((declaration) =>
    'name' in declaration && declaration.name !== undefined ? [declaration.name.getText()] : [],
  );
}

function isType(statement: ts.Statement): boolean {
  return ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement);
}

/** More than half of it hands on what others declare. */
function isBarrel({ statements }: ts.SourceFile): boolean {
  const own = statements.filter((statement) => !ts.isImportDeclaration(statement));
  return own.filter(ts.isExportDeclaration).length * 2 > own.length;
}

const ambientGlobals: ReadonlySet<string> = new Set(['performance', 'setTimeout', 'setInterval', 'setImmediate']);
const ambientMembers: ReadonlySet<string> = new Set(['Date.now', 'Math.random', 'process.hrtime']);
const randomSources: ReadonlySet<string> = new Set(['randomUUID', 'getRandomValues', 'randomBytes', 'randomInt']);
const timeModules: ReadonlySet<string> = new Set(['node:timers', 'node:timers/promises', 'node:perf_hooks']);

function isAmbient(node: ts.Node): boolean {
  if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)) return timeModules.has(node.moduleSpecifier.text);
  if (ts.isPropertyAccessExpression(node)) {
    const written = node.getText().replace(/^globalThis\./, '');
    return ambientMembers.has(written) || (written !== node.getText() && ambientGlobals.has(written));
  }
  // `new Date(x)` is a given instant; `new Date()` and `Date()` are the present one.
  if (ts.isNewExpression(node)) return node.expression.getText() === 'Date' && (node.arguments ?? []).length === 0;
  if (ts.isCallExpression(node)) return node.expression.getText() === 'Date';
  return ts.isIdentifier(node) && (randomSources.has(node.text) || (ambientGlobals.has(node.text) && !isOnlyAName(node)));
}

/** Of a member, a parameter, a declaration, an import: not the global of that name. */
function isOnlyAName(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isImportSpecifier(parent)) return true;
  return 'name' in parent && parent.name === node && !ts.isShorthandPropertyAssignment(parent);
}
