import { int, record, ustring } from '../record.ts';
import { operation } from './operation.ts';

/** The number of znodes below the path, at any depth. */
export const getAllChildrenNumber = operation(
  104,
  record('GetAllChildrenNumberRequest', { path: ustring }),
  record('GetAllChildrenNumberResponse', { totalNumber: int }),
);
