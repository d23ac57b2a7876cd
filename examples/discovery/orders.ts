import type { Client } from 'docent';
import { type PayloadOptions, ServiceCatalog, ServiceRegistry } from 'docent/recipes';
import { z } from 'zod';

// What services and callers agree on.

const path = '/examples/discovery';

/** Beside where it is, an instance tells which version it is. A field that comes later is kept, and disturbs nobody. */
const details = z.looseObject({ version: z.string() });
const options: PayloadOptions<z.output<typeof details>> = { payload: details };

export const serviceName = 'orders';

export function registryOf(client: Client): ServiceRegistry<z.output<typeof details>> {
  return new ServiceRegistry(client, path, options);
}

export function catalogOf(client: Client): ServiceCatalog<z.output<typeof details>> {
  return new ServiceCatalog(client, path, options);
}
