import { bool, bytes, record, ustring } from '../record.ts';
import { statRecord } from '../stat.ts';
import { operation } from './operation.ts';

export const getData = operation(
  4,
  record('GetDataRequest', { path: ustring, watch: bool }),
  record('GetDataResponse', { data: bytes, stat: statRecord }),
);
