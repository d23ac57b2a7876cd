// For `node --import`: lets a Node without vitest run our sources, as `docent/embedded` in a thread of its own.
import { register } from 'node:module';

register('./typescript-loader.mjs', import.meta.url);
