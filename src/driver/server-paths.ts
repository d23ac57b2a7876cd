import { ProtocolError } from '../errors/connection.ts';
import { isName, isPath } from '../path.ts';
import { type CreateMode, isSequential } from '../znode.ts';

/**
 * What a server calls a znode, once it is one that ZooKeeper lets anybody make. All paths and names of replies and events come through here: what is
 * behind the driver takes them for good, and uses them as arguments of further calls.
 *
 * @throws {ProtocolError} the bytes were spoilt on their way
 */
export function pathFromServer(record: string, path: string): string {
  if (!isPath(path)) throw new ProtocolError(record, 'path', `${JSON.stringify(path)} is not the path of a znode`);
  return path;
}

/** @throws {ProtocolError} one of them is not the name of a znode */
export function namesFromServer(record: string, names: readonly string[]): readonly string[] {
  for (const name of names) {
    if (!isName(name)) throw new ProtocolError(record, 'children', `${JSON.stringify(name)} is not the name of a znode`);
  }
  return names;
}

/**
 * Where the server has made a znode: at the path asked for, or, if it is a sequential one, there with its number behind.
 *
 * @throws {ProtocolError} it is neither
 */
export function createdPath(asked: { readonly path: string; readonly mode: CreateMode }, made: string): string {
  const isAsAsked = isSequential(asked.mode)
    ? made.startsWith(asked.path) && sequenceNumber.test(made.slice(asked.path.length))
    : made === asked.path;
  if (!isAsAsked) throw new ProtocolError('CreateResponse', 'path', `${JSON.stringify(made)} was made for ${JSON.stringify(asked.path)}`);
  return made;
}

// Java's `%010d`: past 2147483647 the counter goes on below zero.
const sequenceNumber = /^(\d{10}|-\d{9,10})$/;
