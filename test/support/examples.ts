import { inject } from 'vitest';
import { type Ran, run } from './run.ts';

/** Runs an example, as its page says, to its end. */
export async function runExample(name: string): Promise<Ran> {
  return await run(process.execPath, [`${inject('examples')}/${name}/start.js`]);
}
