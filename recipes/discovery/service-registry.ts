import { constants } from 'node:os';
import { Observable } from 'rxjs';
import { z } from 'zod';
import {
  type Client,
  type Codec,
  Deadline,
  encodeValue,
  joinPath,
  parseOptions,
  RegisterTimeoutError,
  validatePath,
} from '../../src/index.ts';
import { completeOnClose } from '../common/closing.ts';
import { type WaitOptions, waitOptions } from '../common/wait-options.ts';
import type { PersistentNodeState } from '../nodes/node-state.ts';
import { PersistentNode } from '../nodes/persistent-node.ts';
import { instanceCodec, type PayloadOptions, payloadOptions } from './instance-codec.ts';
import { Registration } from './registration.ts';
import { instanceOf, type ServiceDefinition } from './service-definition.ts';
import type { ServiceInstance, ServiceType } from './service-instance.ts';
import { withdrawOnSignal } from './withdraw-on-signal.ts';

export interface RegisterOptions extends WaitOptions {
  /**
   * Withdraw it when the process is told to end by one of these, e.g. `['SIGTERM']`, before that ends the process: callers turn elsewhere at once, instead of when the
   * session expires. A program with a handler of its own calls `unregister` there. Default: none.
   */
  readonly withdrawOn?: readonly NodeJS.Signals[] | undefined;
}

const isSignal = (name: unknown) => typeof name === 'string' && name in constants.signals;

const registerOptions = z.strictObject({
  ...waitOptions.shape,
  withdrawOn: z.array(z.custom<NodeJS.Signals>(isSignal, 'must be the name of a signal')).default([]),
});

const registryOptions = z.strictObject(payloadOptions);

/**
 * Where services tell that they are there. Those who look for them have a `ServiceCatalog`.
 *
 * @example
 * const registry = new ServiceRegistry(client, '/services', { payload: z.object({ zone: z.string() }) });
 * await using registration = await registry.register({ name: 'orders', address: '10.0.0.5', port: 8080, payload: { zone: 'eu' } }, { withdrawOn: ['SIGTERM'] });
 *
 * @see Curator `ServiceDiscovery`: same znodes, so services and callers in Java and TypeScript find each other
 */
export class ServiceRegistry<P = unknown> {
  readonly path: string;
  readonly #client: Client;
  readonly #codec: Codec<ServiceInstance<P>>;

  /**
   * Does no I/O.
   *
   * @param path where all services stand; Curator's base path
   * @throws {InvalidArgumentError}
   */
  constructor(client: Client, path: string, options: PayloadOptions<P> = {}) {
    validatePath(path, 'ServiceRegistry.path');
    parseOptions(registryOptions, options, 'ServiceRegistry.options');
    this.path = path;
    this.#client = client;
    this.#codec = instanceCodec(options);
  }

  /**
   * Registers an instance, and keeps it registered until it is told otherwise. Resolves when callers can find it. Without contact to a server it waits; so it
   * does while an earlier session's znode of the same id is there, of a crashed process, say.
   *
   * @throws {InvalidArgumentError}
   * @throws {RegisterTimeoutError} not registered within `timeoutMs`; nothing of ours is left
   * @throws what cannot heal: no permission, refused credentials, a closed client. The signal's reason, when aborted
   */
  async register(service: ServiceDefinition<P>, options: RegisterOptions = {}): Promise<Registration<P>> {
    const { withdrawOn, timeoutMs, signal } = parseOptions(registerOptions, options, 'ServiceRegistry.register');
    const { node, registration } = this.#prepare(service);
    // However it comes to be closed.
    const stopListening = withdrawOn.map((name) => withdrawOnSignal(name, () => node.close()));
    let problem = '';
    node.state$.subscribe({
      next: (state) => {
        problem = problemOf(state);
      },
      complete: () => {
        for (const stop of stopListening) stop();
      },
    });
    const late = () => new RegisterTimeoutError(node.basePath, timeoutMs ?? 0, problem);
    using deadline = new Deadline(this.#client.clock, { timeoutMs, signal }, late);
    try {
      await node.created({ signal: deadline.signal });
      return registration;
    } catch (error) {
      // It never rejects, and `client.close()` waits for the znode's deletion.
      void node.close();
      throw error;
    }
  }

  /**
   * Registers an instance, does `work`, and unregisters it, however `work` ends; its error wins.
   *
   * @param options bound the registering
   * @throws as `register`, and whatever `work` throws
   */
  async run<T>(
    service: ServiceDefinition<P>,
    work: (registration: Registration<P>) => Promise<T> | T,
    options: RegisterOptions = {},
  ): Promise<T> {
    await using registration = await this.register(service, options);
    return await work(registration);
  }

  /** Subscribing registers an instance, and emits the registration when callers can find it; unsubscribing unregisters. Errors as `register` throws. */
  registered$(service: ServiceDefinition<P>, options: Omit<RegisterOptions, 'signal'> = {}): Observable<Registration<P>> {
    const registered$ = new Observable<Registration<P>>((subscriber) => {
      const interest = new AbortController();
      this.register(service, { ...options, signal: interest.signal }).then(
        (registration) => {
          // Runs at once if the subscriber left while the last reply was on its way.
          subscriber.add(() => void registration.unregister());
          subscriber.next(registration);
        },
        (error: unknown) => subscriber.error(error),
      );
      return () => interest.abort();
    });
    return registered$.pipe(completeOnClose(this.#client));
  }

  #prepare(service: ServiceDefinition<P>): { readonly node: PersistentNode; readonly registration: Registration<P> } {
    const instance = instanceOf(service, this.#client, 'ServiceRegistry.register');
    const directory = joinPath(this.path, instance.name);
    validatePath(directory, 'ServiceRegistry.register.name');
    const path = joinPath(directory, instance.id);
    validatePath(path, 'ServiceRegistry.register.id');
    const data = encodeValue('ServiceRegistry.register', this.#codec, instance);
    const node = new PersistentNode(this.#client, path, data, { mode: modes[instance.type] });
    return { node, registration: new Registration(node, this.#codec, instance) };
  }
}

const modes = {
  dynamic: 'ephemeral',
  'dynamic-sequential': 'ephemeral-sequential',
  static: 'persistent',
  permanent: 'persistent',
} as const satisfies Record<ServiceType, string>;

function problemOf(state: PersistentNodeState): string {
  return state.kind === 'taken' ? `session 0x${state.sessionId.toString(16)} has registered the same id` : 'no server has answered';
}
