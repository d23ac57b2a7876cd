/** What a change has done. Changes that travelled together have been made one after the other, in the order of the calls. */
export interface Changed<Before, After = Before> {
  readonly before: Before;
  readonly after: After;
  /** How often it was tried: 1 unless others were faster. */
  readonly attempts: number;
}

/** What has become of a change on a condition. */
export interface Tried<Before, After = Before> extends Changed<Before, After> {
  /** Did the condition hold? If not, `before` and `after` are what was found. */
  readonly succeeded: boolean;
}
