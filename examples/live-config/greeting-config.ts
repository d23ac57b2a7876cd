import type { Client } from 'docent';
import { Config } from 'docent/recipes';
import { z } from 'zod';

const greeting = z.object({
  text: z.string().regex(/\{name\}/, 'must say where the {name} goes'),
  maxNameLength: z.int().min(1).max(100),
});

/** The one place that says where the configuration is, what it looks like, and what holds while nobody has written one. */
export function greetingConfig(client: Client): Config<z.output<typeof greeting>> {
  return new Config(client, '/examples/live-config/greeting', greeting, {
    defaults: { text: 'Hello, {name}!', maxNameLength: 20 },
    history: { keep: 10 },
  });
}
