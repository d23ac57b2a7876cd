import { expect } from 'vitest';
import { z } from 'zod';
import { model } from '../../recipes/index.ts';
import { NoNodeError, OutcomeUnknownError } from '../../src/index.ts';
import { sweepFaults } from '../support/sweep.ts';

const users = model('/users/{id}', z.object({ roles: z.array(z.string()) }));

sweepFaults('a modelled znode is made, changed, listed and deleted, once each', {
  mayStay: ['/users'],
  play: async (world) => {
    const modeled = users.on(await world.client());
    const ann = { id: 'ann' };
    await modeled.create(ann, { roles: ['reader'] }).catch((error: unknown) => expect(error).toBeInstanceOf(OutcomeUnknownError));
    await modeled.update(ann, ({ roles }) => ({ roles: [...new Set([...roles, 'writer'])] }), { signal: world.signal });
    expect((await modeled.list()).map(({ parameters, value }) => [parameters.id, value?.roles])).toEqual([['ann', ['reader', 'writer']]]);
    await modeled.delete(ann).catch((error: unknown) => expect([NoNodeError, OutcomeUnknownError]).toContain((error as Error).constructor));
    expect(await modeled.exists(ann)).toBeNull();
  },
});
