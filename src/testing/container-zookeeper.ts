import type { FaultyProxy } from '../embedded/index.ts';
import type { Client } from '../index.ts';
import { expireSession } from './expire-session.ts';

/** What a `ContainerZooKeeper` is made of. */
export interface ContainerParts {
  readonly image: string;
  readonly wire: FaultyProxy;
  /** The path of the znode that clients see as their root; empty for the server's own. */
  readonly tree: string;
  /** Lets go of the container. Idempotent. */
  readonly release: () => Promise<void>;
}

/** A real ZooKeeper in a container for a test. Made by `startTestZooKeeper`. */
export class ContainerZooKeeper implements AsyncDisposable {
  readonly kind = 'container';
  /** The image that it runs. */
  readonly image: string;
  /** All connections go through it, and it can be cut. */
  readonly wire: FaultyProxy;
  readonly #tree: string;
  readonly #release: () => Promise<void>;

  /** @internal Use `startTestZooKeeper`. */
  constructor({ image, wire, tree, release }: ContainerParts) {
    this.image = image;
    this.wire = wire;
    this.#tree = tree;
    this.#release = release;
  }

  /** The address to give to clients, with the tree that is theirs, if there are several. */
  get hosts(): string {
    return `${this.wire.hosts}${this.#tree}`;
  }

  /**
   * Ends a session as if its timeout had passed; its ephemeral znodes are gone when this resolves. Given a client, it is that client's present session,
   * and the client knows of its end when this resolves: at once, or, while the wire is cut, when its own clock tells it.
   *
   * @param of a client that is connected by way of `hosts`, or the id of a session of any such, docent's or not
   * @throws {InvalidArgumentError} the client has no session at present, or no such session lives
   * @throws {ConnectionError} the server does not answer
   * @see `FaultyProxy.expireSession` for how
   */
  expireSession(of: Client | bigint): Promise<void> {
    return expireSession(of, (id) => this.wire.expireSession(id));
  }

  /** Ends all connections and lets go of the container. Idempotent. */
  async close(): Promise<void> {
    await this.wire.close();
    await this.#release();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
