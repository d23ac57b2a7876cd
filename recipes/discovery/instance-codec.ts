import { z } from 'zod';
import { type Codec, json } from '../../src/index.ts';
import { fromJavaPayload, toJavaPayload } from './java-payload.ts';
import { type ServiceInstance, type ServiceType, serviceTypes } from './service-instance.ts';
import { formatUriSpec, parseUriSpec } from './uri-spec.ts';

/** What payloads are. */
export interface PayloadOptions<P> {
  /** Checks payloads, both that are written and that are found. Unknown fields are kept or dropped as it says (`z.looseObject`, `z.object`). Default: any JSON. */
  readonly payload?: z.ZodType<P> | undefined;
  /**
   * Fully qualified name of the class that Java is to make of payloads, e.g. `com.example.Weight`. Without it a Java peer has to ask for `Object`, or for
   * `String`, `Integer`, `Boolean`, `Map`, `List`.
   */
  readonly javaClass?: string | undefined;
}

export const payloadOptions = {
  payload: z.custom<z.ZodType>((value) => value instanceof z.ZodType, 'must be a schema of zod').optional(),
  javaClass: z.string().regex(/^\S+$/, 'must be the name of a Java class').optional(),
} as const;

const port = z.int().min(0).max(65_535).nullable().default(null);

const parts = z.array(z.object({ value: z.string(), variable: z.boolean() }));
const uriSpec = z.codec(z.object({ parts }), z.string(), {
  decode: ({ parts }) => {
    const template = formatUriSpec(parts);
    // Of a variable with a brace in its name there is no template, so that nobody could make a URI of it.
    parseUriSpec(template, 'uriSpec');
    return template;
  },
  encode: (template) => ({ parts: [...parseUriSpec(template, 'uriSpec')] }),
});

/** What stands in a znode. What may be missing there is what Jackson does without. */
function storedInstance<P>({ payload, javaClass }: PayloadOptions<P>) {
  return z.looseObject({
    name: z.string(),
    id: z.string(),
    address: z.string().nullable().default(null),
    port,
    sslPort: port,
    // Without a schema, P is `unknown`.
    payload: z.codec(z.unknown().default(null), payload ?? (z.unknown() as z.ZodType<P>), {
      decode: fromJavaPayload,
      encode: (value) => toJavaPayload(value, javaClass),
    }),
    registrationTimeUTC: z.number().nullable().default(0),
    serviceType: z.enum(Object.values(serviceTypes)).nullable().default('DYNAMIC'),
    uriSpec: uriSpec.nullable().default(null),
    enabled: z.boolean().nullable().optional(),
  });
}

type JavaType = (typeof serviceTypes)[ServiceType];
type StoredInstance<P> = z.output<ReturnType<typeof storedInstance<P>>>;

/**
 * Instances as curator-x-discovery's `JsonInstanceSerializer` writes them, byte for byte. By default that leaves `enabled` out, since Curators from before that
 * field (CURATOR-275) refuse what they do not know: here it stands only where it is false, so that they can read all the others.
 */
export function instanceCodec<P>(options: PayloadOptions<P>): Codec<ServiceInstance<P>> {
  const stored = json(storedInstance(options));
  return {
    format: 'a service instance in JSON',
    encode: (instance) => stored.encode(toStored(instance)),
    decode: (data) => fromStored(stored.decode(data)),
  };
}

function toStored<P>({ registeredMs, type, isEnabled, unknown, ...same }: ServiceInstance<P>): StoredInstance<P> {
  return {
    ...same,
    registrationTimeUTC: registeredMs,
    serviceType: serviceTypes[type],
    ...(isEnabled ? {} : { enabled: false }),
    ...unknown,
  };
}

function fromStored<P>(stored: StoredInstance<P>): ServiceInstance<P> {
  const { name, id, address, port, sslPort, payload, registrationTimeUTC, serviceType, uriSpec, enabled, ...unknown } = stored;
  return {
    ...{ name, id, address, port, sslPort, payload, uriSpec, unknown },
    registeredMs: registrationTimeUTC ?? 0,
    type: typeOf(serviceType),
    // Missing, it means true; null, Jackson makes false of it.
    isEnabled: enabled === undefined || enabled === true,
  };
}

function typeOf(javaType: JavaType | null): ServiceType {
  switch (javaType) {
    case 'STATIC':
      return 'static';
    case 'PERMANENT':
      return 'permanent';
    case 'DYNAMIC_SEQUENTIAL':
      return 'dynamic-sequential';
    case 'DYNAMIC':
    case null:
      return 'dynamic';
  }
}
