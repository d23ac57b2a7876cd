import { afterEach, beforeEach } from 'vitest';
import { type EmbeddedServer, startEmbeddedServer } from '../../../src/embedded/index.ts';
import { type Client, connect } from '../../../src/index.ts';
import { ScriptFolder } from './script-folder.ts';

/** What a command meets: a server, somebody else's client of it, and scripts to run. */
export interface CliWorld {
  readonly server: EmbeddedServer;
  readonly client: Client;
  readonly folder: ScriptFolder;
}

/** A new one for each test of the file that calls it; gone after the test. */
export function cliWorld(): CliWorld {
  const world = {} as { -readonly [K in keyof CliWorld]: CliWorld[K] }; // whole before any test begins
  beforeEach(async () => {
    world.server = await startEmbeddedServer();
    world.client = await connect(world.server.hosts);
    world.folder = await ScriptFolder.make();
  });
  afterEach(async () => {
    await world.client.close();
    await world.server.close();
    await world.folder[Symbol.asyncDispose]();
  });
  return world;
}
