/**
 * How long an instance's znode stays. `dynamic`: as long as the session of whoever registered it, and any session after that, until it is unregistered.
 * `dynamic-sequential`: the same, with a number behind the id, so that one id may be registered many times. `static`, `permanent`: until somebody unregisters it.
 *
 * @see Curator `ServiceType`
 */
export type ServiceType = 'dynamic' | 'dynamic-sequential' | 'static' | 'permanent';

/** What Java calls them. */
export const serviceTypes = {
  dynamic: 'DYNAMIC',
  'dynamic-sequential': 'DYNAMIC_SEQUENTIAL',
  static: 'STATIC',
  permanent: 'PERMANENT',
} as const satisfies Record<ServiceType, string>;

/**
 * One that offers a service, as its znode tells.
 *
 * @see Curator `ServiceInstance`
 */
export interface ServiceInstance<P> {
  /** Of the service. */
  readonly name: string;
  /** Unique among those of the service, but for `dynamic-sequential`. */
  readonly id: string;
  /** Host name or IP address. */
  readonly address: string | null;
  readonly port: number | null;
  /** Where it speaks TLS. */
  readonly sslPort: number | null;
  readonly payload: P;
  /** When it was registered first, by the clock of whoever did: milliseconds since the epoch. */
  readonly registeredMs: number;
  readonly type: ServiceType;
  /** Template of its address, as in `{scheme}://{address}:{port}/api`: see `uriOf`. */
  readonly uriSpec: string | null;
  /** Wants to be called. One that does not stays in the catalog, and providers pass it over. */
  readonly isEnabled: boolean;
  /** Fields of its JSON that neither docent nor Curator knows, as they are. */
  readonly unknown: Readonly<Record<string, unknown>>;
}

/** An instance that has been found. */
export interface FoundInstance<P> extends ServiceInstance<P> {
  /** Of its znode. Tells instances apart, even those of one id. */
  readonly path: string;
}
