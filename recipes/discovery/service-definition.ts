import { z } from 'zod';
import { type Client, parseOptions, randomUuid } from '../../src/index.ts';
import { type ServiceInstance, type ServiceType, serviceTypes } from './service-instance.ts';
import { parseUriSpec } from './uri-spec.ts';

/** What an instance tells of itself. */
export interface ServiceDefinition<P = unknown> {
  /** Of the service. With slashes, the instances stand that much deeper. */
  readonly name: string;
  /** Where callers reach it: a host name or an IP address. */
  readonly address: string;
  readonly port?: number | null | undefined;
  /** Where it speaks TLS. */
  readonly sslPort?: number | null | undefined;
  /** Anything more, as the registry's schema describes it. Default: null. */
  readonly payload?: P | undefined;
  /** Template of its address, as in `{scheme}://{address}:{port}/api`: see `uriOf`. */
  readonly uriSpec?: string | null | undefined;
  /** Whether it is to be called. Default: true. */
  readonly isEnabled?: boolean | undefined;
  /** Unique among the instances of the service. Default: a random one. */
  readonly id?: string | undefined;
  /** Default: `dynamic`. */
  readonly type?: ServiceType | undefined;
}

/** What may change while it is registered. */
export type ServiceChange<P = unknown> = Partial<Omit<ServiceDefinition<P>, 'name' | 'id' | 'type'>>;

const port = z.int('must be a whole number').min(1, 'must be 1 or more').max(65_535, 'must be 65 535 at most').nullish();

const change = {
  address: z.string('must be text').min(1, 'must not be empty'),
  port,
  sslPort: port,
  payload: z.unknown().optional(),
  uriSpec: z.string('must be text').nullish(),
  isEnabled: z.boolean('must be true or false').optional(),
} as const;

const definitionSchema = z.strictObject({
  ...change,
  name: z.string('must be text').min(1, 'must not be empty'),
  id: z
    .string('must be text')
    .regex(/^[^/]+$/, 'must not be empty, nor contain a slash')
    .optional(),
  type: z.enum(Object.keys(serviceTypes), `must be one of ${Object.keys(serviceTypes).join(', ')}`).optional(),
});

const changeSchema = z.strictObject(change).partial();

/**
 * The instance that it defines, which is registered now.
 *
 * @throws {InvalidArgumentError}
 */
export function instanceOf<P>(definition: ServiceDefinition<P>, { clock }: Client, what: string): ServiceInstance<P> {
  parseOptions(definitionSchema, definition, what);
  const { name, id = randomUuid(), type = 'dynamic', ...rest } = definition;
  const blank = { port: null, sslPort: null, uriSpec: null, isEnabled: true, unknown: {} } as const;
  // Without a schema, P is `unknown`; with one, what it does not allow is found when this is written.
  const payload = null as P;
  return changed({ ...blank, name, id, type, payload, address: null, registeredMs: clock.wallTime() }, rest, what);
}

/**
 * The instance with that much changed; undefined stands for no change.
 *
 * @throws {InvalidArgumentError}
 */
export function changed<P>(instance: ServiceInstance<P>, change: ServiceChange<P>, what: string): ServiceInstance<P> {
  parseOptions(changeSchema, change, what);
  if (typeof change.uriSpec === 'string') parseUriSpec(change.uriSpec, `${what}.uriSpec`);
  const given = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
  return { ...instance, ...given };
}
