/** What a worker is told to do, once. */
export interface QueueOrders {
  /** Of this process; the one that takes its place has another. */
  readonly name: string;
  readonly role: Role;
  readonly hosts: string;
  readonly sessionTimeoutMs: number;
  readonly path: string;
  readonly safety: Safety;
}

export type Role = 'producer' | 'consumer';
export type Safety = 'at-least-once' | 'at-most-once';

/** Items are known by texts that no two puts share. */
export type QueueReport =
  /** Their puts were acknowledged. */
  | { readonly kind: 'put'; readonly items: readonly string[] }
  | { readonly kind: 'handled'; readonly item: string }
  /** Its session was over, so that what it had in hand may be another's. */
  | { readonly kind: 'lost its session' }
  /** What users would be told, and cope with. */
  | { readonly kind: 'trouble'; readonly name: string }
  /** What nobody should ever see. */
  | { readonly kind: 'failed'; readonly what: string };
