import { InvalidArgumentError } from './errors/docent-error.ts';

// ZooKeeper's PathUtils: control characters, surrogates and private use, specials. In UTF-16 code units, as Java counts.
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that the rule forbids
const forbidden = /[\u0000-\u001f\u007f-\u009f\ud800-\uf8ff\ufff0-\uffff]/;

/**
 * Throws unless `path` is a path that ZooKeeper accepts: absolute, no empty, `.` or `..` element, no control characters.
 *
 * @param field how the error names it
 * @throws {InvalidArgumentError}
 * @see ZooKeeper `PathUtils.validatePath`
 */
export function validatePath(path: string, field = 'path'): void {
  const rule = brokenRule(path);
  if (rule !== undefined) throw new InvalidArgumentError(field, path, rule);
}

/** For a sequential create, whose name the server completes: `/a/` is then legal and yields `/a/0000000000`. */
export function validateSequentialPath(path: string, field = 'path'): void {
  const rule = brokenRule(typeof path === 'string' ? `${path}1` : path);
  if (rule !== undefined) throw new InvalidArgumentError(field, path, rule);
}

function brokenRule(path: unknown): string | undefined {
  if (typeof path !== 'string') return 'must be a string';
  if (path === '/') return undefined;
  if (!path.startsWith('/')) return "must start with '/'";
  if (path.endsWith('/')) return "must not end with '/'";
  if (path.includes('//')) return "must not have an empty element ('//')";
  if (/\/\.{1,2}(\/|$)/.test(path)) return "must not have '.' or '..' as an element";
  if (forbidden.test(path)) return 'must not have control, surrogate, private-use or special characters';
  return undefined;
}

/** Is it a path that ZooKeeper accepts? */
export function isPath(path: string): boolean {
  return brokenRule(path) === undefined;
}

/** Is it a name that a znode below another may have? */
export function isName(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && !name.includes('/') && !forbidden.test(name);
}

/** `/a` and `b` give `/a/b`; `/` and `b` give `/b`; an empty child gives the parent. */
export function joinPath(parent: string, child: string): string {
  const name = child.replace(/^\//, '').replace(/\/$/, '');
  const base = parent.endsWith('/') ? parent.slice(0, -1) : parent;
  if (name === '') return base === '' ? '/' : base;
  return `${base}/${name}`;
}

/** The path's parent: `/a/b` gives `/a`, `/a` gives `/`, and `/` itself. */
export function parentOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash <= 0 ? '/' : path.slice(0, slash);
}

/** The path's last element: `/a/b` gives `b`. */
export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** Is `path` the znode `root` or below it? */
export function isWithin(path: string, root: string): boolean {
  return root === '/' || path === root || path.startsWith(`${root}/`);
}
