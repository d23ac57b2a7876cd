import { z } from 'zod';
import { processIdentity } from '../line/identity.ts';
import type { OnSuspended } from './basis.ts';

/** What every recipe that gives out leases can be told. */
export interface HoldOptions {
  /** Who we are, for people who look (`participants`, `docent holders`). Stored in the znode, with a number for the owner. Default: `host:pid`. */
  readonly id?: string;
  /** Default: `keep-until-lost`. */
  readonly onSuspended?: OnSuspended;
}

export const holdOptions = z.strictObject({
  id: z.string('must be a string').default(processIdentity),
  onSuspended: z.enum(['abort', 'keep-until-lost'], "must be 'abort' or 'keep-until-lost'").default('keep-until-lost'),
});
