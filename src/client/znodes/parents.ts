import { prefixed } from '../../driver/prefix.ts';
import { NodeExistsError, NoNodeError, RefusedError, refusedBy } from '../../errors/refusal.ts';
import { parentOf } from '../../path.ts';
import type { Acl, CreateMode } from '../../znode.ts';
import type { Call } from '../calls/call.ts';

/** How parents are made. */
export interface ParentTerms {
  /** From the whole path, namespace included. */
  readonly aclOf: (path: string) => readonly Acl[];
  /** Containers go by themselves once their last child has gone. */
  readonly containers: boolean;
}

const noBytes = Buffer.alloc(0);

/** Makes `path` and whatever is missing above it, the namespace's root included. What is there stays as it is. */
export async function makePath(call: Call, path: string, terms: ParentTerms, prefix = call.prefix): Promise<void> {
  if (path === '/') {
    if (prefix !== '') await makePath(call, prefix, terms, '');
    return;
  }
  for (;;) {
    try {
      await makeNode(call, path, terms, prefix);
      return;
    } catch (error) {
      if (error instanceof NodeExistsError) return;
      if (!(error instanceof NoNodeError)) throw error;
      await makeParentOf(call, path, terms, error, prefix);
    }
  }
}

/** Makes what is missing above `path`, on whose creation the server has answered `error`. */
export async function makeParentOf(call: Call, path: string, terms: ParentTerms, error: NoNodeError, prefix = call.prefix): Promise<void> {
  const parent = parentOf(path);
  if (parent === '/' && prefix === '') throw withoutRoot(error);
  await makePath(call, parent, terms, prefix);
}

/** The root of the whole tree cannot be missing, that of a chroot can; making it is not ours, since a wrong chroot is a likelier reason. */
function withoutRoot({ code, operation, path }: NoNodeError): RefusedError {
  return refusedBy(code, operation, path, 'the chroot of the connection string does not exist. Make it first, or correct it');
}

async function makeNode(call: Call, path: string, { aclOf, containers }: ParentTerms, prefix: string): Promise<void> {
  const acl = aclOf(prefixed(prefix, path));
  const make = (mode: CreateMode) => call.perform('create', { path, data: noBytes, acl, mode }, 'unknown', prefix);
  if (!containers) {
    await make('persistent');
    return;
  }
  try {
    await make('container');
  } catch (error) {
    // Servers before 3.5.3, or with containers switched off.
    if (!(error instanceof RefusedError && error.code === 'UNIMPLEMENTED')) throw error;
    await make('persistent');
  }
}
