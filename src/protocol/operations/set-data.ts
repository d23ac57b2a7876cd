import { bytes, int, record, ustring } from '../record.ts';
import { statRecord } from '../stat.ts';
import { operation } from './operation.ts';

export const setData = operation(
  5,
  record('SetDataRequest', { path: ustring, data: bytes, version: int }),
  record('SetDataResponse', { stat: statRecord }),
);
