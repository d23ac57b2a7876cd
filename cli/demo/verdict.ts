/** Something that must have come about, and whether it has. */
export interface Verdict {
  readonly claim: string;
  readonly holds: boolean;
}
