import type { Client, Codec } from '../../src/index.ts';
import { codecOf, type ValueForm } from '../common/codec-of.ts';
import { ModelOperations } from './model-operations.ts';
import { ModeledClient } from './modeled-client.ts';
import { type PathParameters, PathTemplate } from './path-template.ts';

/**
 * Says what stands at all paths of a template: a definition, to be made once and shared, without a client.
 *
 * @example
 * export const users = model('/users/{id}', z.object({ name: z.string(), isAdmin: z.boolean() }));
 *
 * const { value } = await users.on(client).get({ id: 'ann' });
 *
 * @param template a path, any elements of which may be parameters
 * @param form a zod schema, whose values are stored as JSON, or a codec
 * @throws {InvalidArgumentError}
 * @see Curator `ModelSpec`, `ZPath`
 */
export function model<const Template extends string, T>(template: Template, form: ValueForm<T>): Model<Template, T> {
  return new Model(template, codecOf(form, 'model.form'));
}

/** What stands at the paths of a template. */
export class Model<Template extends string, T> {
  readonly template: Template;
  /** How values stand in the znodes. */
  readonly codec: Codec<T>;
  /** To change znodes of several models, or others beside them, in one `client.transaction`. */
  readonly operations: ModelOperations<Template, T>;
  readonly #template: PathTemplate<Template>;

  /** @internal Models are made by `model`. */
  constructor(template: Template, codec: Codec<T>) {
    this.#template = new PathTemplate(template);
    this.template = template;
    this.codec = codec;
    this.operations = new ModelOperations(this.#template, codec);
  }

  /**
   * The path with these in the parameters' places.
   *
   * @throws {InvalidArgumentError} one is missing, unknown, empty, `.` or `..`, or has a slash or a character that ZooKeeper forbids
   */
  path(parameters: PathParameters<Template>): string {
    return this.#template.path(parameters);
  }

  /** What is in the parameters' places of that path; undefined if it is none of the template's. */
  match(path: string): PathParameters<Template> | undefined {
    return this.#template.match(path);
  }

  /** The znodes, through a client. Does no I/O. */
  on(client: Client): ModeledClient<Template, T> {
    return new ModeledClient(client, this.#template, this.codec);
  }
}
