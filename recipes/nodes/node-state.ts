/** What a persistent node goes through. The last two are for good. */
export type PersistentNodeState =
  /** Not started. */
  | { readonly kind: 'idle' }
  /** On the way to make it, in whatever session there will be. */
  | { readonly kind: 'creating' }
  /** There, as far as is known. Told again when it has been made anew. */
  | { readonly kind: 'present'; readonly path: string; readonly czxid: bigint }
  /** Another znode is at the path: of our earlier session, which is about to go, or of somebody else. It is made when that has gone. */
  | { readonly kind: 'taken'; readonly path: string; readonly sessionId: bigint }
  | { readonly kind: 'closed' }
  /** Something that cannot heal: no permission, refused credentials, a closed client, an ephemeral parent. */
  | { readonly kind: 'failed'; readonly error: unknown };
