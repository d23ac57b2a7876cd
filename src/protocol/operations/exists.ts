import { bool, record, ustring } from '../record.ts';
import { statRecord } from '../stat.ts';
import { operation } from './operation.ts';

/** For a missing znode the reply's header says NONODE, there is no body, and the watch, if asked for, is set all the same. */
export const exists = operation(3, record('ExistsRequest', { path: ustring, watch: bool }), record('ExistsResponse', { stat: statRecord }));
