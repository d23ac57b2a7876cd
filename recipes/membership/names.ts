import { z } from 'zod';
import { validatePath } from '../../src/index.ts';

/** One that a znode can have. */
export const znodeName = z
  .string('must be a string')
  .refine((name) => name !== '' && !name.includes('/') && isLegal(`/${name}`), 'must be the name of a znode: not empty, without a slash');

function isLegal(path: string): boolean {
  try {
    validatePath(path);
    return true;
  } catch {
    return false;
  }
}
