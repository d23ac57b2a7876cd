import { readFileSync } from 'node:fs';

/** What Curator writes for service instances, by what they show. */
export function readGoldenServices(): Readonly<Record<string, string>> {
  const lines = readFileSync(new URL('./curator-discovery.txt', import.meta.url), 'utf8').split('\n');
  const entries = lines.filter((line) => line !== '' && !line.startsWith('#')).map((line) => line.split(' | '));
  return Object.fromEntries(entries.map(([name = '', json = '']) => [name, json]));
}
