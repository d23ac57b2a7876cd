import { getAcl, setAcl } from './operations/acl.ts';
import { auth, sasl } from './operations/auth.ts';
import { check } from './operations/check.ts';
import { create, create2, createContainer, createTtl } from './operations/create.ts';
import { deleteNode } from './operations/delete.ts';
import { exists } from './operations/exists.ts';
import { getAllChildrenNumber } from './operations/get-all-children-number.ts';
import { getChildren, getChildren2 } from './operations/get-children.ts';
import { getData } from './operations/get-data.ts';
import { getEphemerals } from './operations/get-ephemerals.ts';
import { multi, multiRead } from './operations/multi.ts';
import { reconfig } from './operations/reconfig.ts';
import { setData } from './operations/set-data.ts';
import { sync } from './operations/sync.ts';
import { addWatch, checkWatches, removeWatches, setWatches, setWatches2 } from './operations/watches.ts';
import { whoAmI } from './operations/who-am-i.ts';
import type { ValueOf } from './record.ts';

/** Every operation of the protocol, by name. */
export const operations = {
  addWatch,
  auth,
  check,
  checkWatches,
  create,
  create2,
  createContainer,
  createTtl,
  delete: deleteNode,
  exists,
  getAcl,
  getAllChildrenNumber,
  getChildren,
  getChildren2,
  getData,
  getEphemerals,
  multi,
  multiRead,
  reconfig,
  removeWatches,
  sasl,
  setAcl,
  setData,
  setWatches,
  setWatches2,
  sync,
  whoAmI,
} as const;

export type Operations = typeof operations;
export type WireOperation = keyof Operations;
export type WireRequest<N extends WireOperation> = ValueOf<Operations[N]['request']>;
export type WireReply<N extends WireOperation> = ValueOf<Operations[N]['reply']>;

const names: ReadonlyMap<number, WireOperation> = new Map(
  (Object.keys(operations) as WireOperation[]).map((name) => [operations[name].opcode, name]),
);

/** The operation with that number, or undefined if ZooKeeper 3.8 has none that clients may send. */
export function operationOf(opcode: number): WireOperation | undefined {
  return names.get(opcode);
}
