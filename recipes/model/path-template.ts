import { InvalidArgumentError, joinPath, validatePath } from '../../src/index.ts';

/** Names of a template's parameters: `'tenant' | 'id'` of `/tenants/{tenant}/users/{id}`. */
export type ParameterNames<Template extends string> = string extends Template
  ? string
  : Template extends `${string}/{${infer Name}}${infer Rest}`
    ? Name | ParameterNames<Rest>
    : never;

/** What takes the places of a template's parameters: `{ tenant: string; id: string }`. */
export type PathParameters<Template extends string> = { readonly [Name in ParameterNames<Template>]: string };

/** The parameter that a template ends in; `never` if it ends in something else. */
export type LastParameter<Template extends string> = string extends Template
  ? string
  : Template extends `${string}/{${infer Name}}${infer Rest}`
    ? Rest extends ''
      ? Name
      : LastParameter<Rest>
    : never;

/** All parameters but the one at the end; `never` if there is none there. */
export type ParentParameters<Template extends string> = [LastParameter<Template>] extends [never]
  ? never
  : string extends Template
    ? PathParameters<Template>
    : { readonly [Name in Exclude<ParameterNames<Template>, LastParameter<Template>>]: string };

/** Each element of the path: a text, or what a parameter is. */
type Element = { readonly text: string } | { readonly parameter: string };

/** A path some of whose elements are parameters, as in `/users/{id}`. Pure. */
export class PathTemplate<Template extends string> {
  readonly text: Template;
  readonly #elements: readonly Element[];

  /** @throws {InvalidArgumentError} */
  constructor(text: Template) {
    validatePath(text, 'model.template');
    this.text = text;
    this.#elements = elementsOf(text);
    const names = this.#elements.flatMap((element) => ('parameter' in element ? [element.parameter] : []));
    if (new Set(names).size < names.length)
      throw new InvalidArgumentError('model.template', text, 'must not have two parameters of one name');
  }

  /**
   * The path with these in the parameters' places.
   *
   * @throws {InvalidArgumentError} one is missing, is not known, or is no name for a znode
   */
  path(parameters: PathParameters<Template>): string {
    return this.#resolve(this.#elements, parameters);
  }

  /**
   * The path above, all of whose children are the template's.
   *
   * @throws {InvalidArgumentError} as `path`; or the template does not end in a parameter
   */
  parentPath(parameters: ParentParameters<Template>): string {
    const last = this.#elements.at(-1);
    if (last === undefined || !('parameter' in last))
      throw new InvalidArgumentError('model.template', this.text, 'must end in a parameter to have children');
    return this.#resolve(this.#elements.slice(0, -1), parameters);
  }

  /** What is in the parameters' places of that path; undefined if it is none of the template's. */
  match(path: string): PathParameters<Template> | undefined {
    const names = namesIn(path);
    return names.length === this.#elements.length ? this.#matchBeginning(names) : undefined;
  }

  /** What a view of all znodes of the template has to reach: the root, how deep, and which paths on the way. */
  get reach(): { readonly root: string; readonly depth: number; readonly accept: (path: string) => boolean } {
    const fixed = this.#elements.findIndex((element) => 'parameter' in element);
    const above = fixed === -1 ? this.#elements : this.#elements.slice(0, fixed);
    return {
      root: this.#resolve(above, {}),
      depth: this.#elements.length - above.length,
      accept: (path) => this.#matchBeginning(namesIn(path)) !== undefined,
    };
  }

  #matchBeginning(names: readonly string[]): PathParameters<Template> | undefined {
    const parameters: (readonly [string, string])[] = [];
    for (const [index, name] of names.entries()) {
      const element = this.#elements[index];
      if (element === undefined) return undefined;
      if ('parameter' in element) parameters.push([element.parameter, name]);
      else if (element.text !== name) return undefined;
    }
    // One for each name in the template, if all of the path was given.
    return Object.fromEntries(parameters) as PathParameters<Template>;
  }

  #resolve(elements: readonly Element[], given: Readonly<Record<string, string>>): string {
    if (typeof given !== 'object' || given === null)
      throw new InvalidArgumentError(`parameters of ${this.text}`, given, 'must be an object');
    const unknown = Object.keys(given).find((name) => !elements.some((element) => 'parameter' in element && element.parameter === name));
    if (unknown !== undefined)
      throw new InvalidArgumentError(`parameters of ${this.text}: ${unknown}`, given[unknown], 'there is no such parameter');
    return elements.reduce((path, element) => joinPath(path, 'text' in element ? element.text : this.#name(element.parameter, given)), '/');
  }

  #name(parameter: string, given: Readonly<Record<string, string>>): string {
    const field = `parameters of ${this.text}: ${parameter}`;
    const name = Object.hasOwn(given, parameter) ? given[parameter] : undefined;
    if (typeof name !== 'string' || name === '' || name.includes('/')) {
      throw new InvalidArgumentError(field, name, 'must be a name, not empty and without slashes');
    }
    validatePath(`/${name}`, field);
    return name;
  }
}

function namesIn(path: string): readonly string[] {
  return path.split('/').filter((name) => name !== '');
}

function elementsOf(template: string): readonly Element[] {
  return namesIn(template).map((text) => {
    const parameter = /^\{([^{}]+)\}$/.exec(text)?.[1];
    if (parameter !== undefined) return { parameter };
    if (/[{}]/.test(text))
      throw new InvalidArgumentError('model.template', template, "must have parameters as whole elements, as in '/users/{id}'");
    return { text };
  });
}
