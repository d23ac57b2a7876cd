import { z } from 'zod';

/** What the demo tells a worker to do. */
export const commandSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('begin'),
    name: z.string(),
    hosts: z.string(),
    lockPath: z.string(),
    sessionTimeoutMs: z.number(),
    connectTimeoutMs: z.number(),
    auth: z.array(z.object({ scheme: z.string(), credential: z.string() })),
  }),
  /** Enter so often, and write to the file each time. */
  z.object({ kind: z.literal('take-turns'), turns: z.number(), holdMs: z.number(), file: z.string() }),
  /** Get in line, and hold until told to release. */
  z.object({ kind: z.literal('acquire') }),
  z.object({ kind: z.literal('release') }),
  /** Get in line to lead, and work whenever leading. */
  z.object({ kind: z.literal('stand') }),
  z.object({ kind: z.literal('step-down') }),
  /** Stand no more. */
  z.object({ kind: z.literal('retire') }),
  /** Take part in a schedule with one job, which only reports that it is run. The run of the number `endlessAt`, counted from 1, does not end. */
  z.object({ kind: z.literal('keep-schedule'), everyMs: z.number(), endlessAt: z.number().optional() }),
  /** Handle the queue's items, one at a time, each for so long. */
  z.object({ kind: z.literal('handle-items'), eachMs: z.number() }),
  z.object({ kind: z.literal('quit') }),
]);

export type WorkerCommand = z.infer<typeof commandSchema>;

const atMs = z.number();

/** What a worker tells: what happened to it, and when by `machineNowMs`, taken where it happened. */
export const reportSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('connected'), atMs, sessionId: z.bigint(), timeoutMs: z.number() }),
  z.object({ kind: z.literal('suspended'), atMs }),
  z.object({ kind: z.literal('session-lost'), atMs }),
  z.object({ kind: z.literal('queued'), atMs, ahead: z.number() }),
  /** `path` is the lease's znode. */
  z.object({ kind: z.literal('entered'), atMs, token: z.bigint(), path: z.string() }),
  /** About to release. */
  z.object({ kind: z.literal('leaving'), atMs, token: z.bigint() }),
  /** The lease's signal has fired. */
  z.object({ kind: z.literal('lease-lost'), atMs, token: z.bigint() }),
  /** Leads, and begins its work. */
  z.object({ kind: z.literal('leads'), atMs, token: z.bigint() }),
  /** Its work was told to stop, and has. */
  z.object({ kind: z.literal('stops-leading'), atMs, token: z.bigint() }),
  z.object({ kind: z.literal('retired'), atMs }),
  /** Runs the schedule's job. */
  z.object({ kind: z.literal('job-run'), atMs, dueMs: z.number(), token: z.bigint() }),
  /** Has an item of the queue in hand. */
  z.object({ kind: z.literal('item-begun'), atMs, item: z.string(), attempt: z.number() }),
  z.object({ kind: z.literal('item-handled'), atMs, item: z.string() }),
  z.object({ kind: z.literal('finished'), atMs }),
  z.object({ kind: z.literal('failed'), atMs, why: z.string() }),
]);

export type WorkerReport = z.infer<typeof reportSchema>;
export type ReportKind = WorkerReport['kind'];
export type ReportOf<K extends ReportKind> = Extract<WorkerReport, { kind: K }>;
