import { connect } from 'docent';
import { type JobRun, LeaderSchedule } from 'docent/recipes';

// One instance of a service, of which there are several: `node instance.js HOSTS NAME`.
// All of them are given the same jobs, and whichever leads runs them.

const [hosts = '127.0.0.1:2181', name = `instance-${process.pid}`] = process.argv.slice(2);

// Short, so that a killed leader is soon followed by the next.
const client = await connect(hosts, { sessionTimeoutMs: 4_000 });

const schedule = new LeaderSchedule(client, '/examples/leader-schedule', {
  id: name,
  jobs: {
    report: { everyMs: 1_000, work: writeReport },
    nightly: { cron: '0 3 * * *', timeZone: 'Europe/Berlin', guarantee: 'at-least-once', work: cleanUp },
  },
});

/** A run is told what it is for. What it changes elsewhere should refuse a smaller token than it has seen. */
function writeReport({ id, token }: JobRun): void {
  process.stdout.write(`report ${id} by ${name}, token ${token}\n`);
}

/** Long work looks at its signal: it aborts when somebody else may lead. */
async function cleanUp({ signal }: JobRun): Promise<void> {
  for (const path of await client.children('/examples')) {
    signal.throwIfAborted();
    process.stdout.write(`would look after ${path}\n`);
  }
}

const stop = new AbortController();
process.once('SIGTERM', () => stop.abort());
// Of what the recipe can tell nobody else, such as a job's state that somebody has spoilt.
client.errors$.subscribe((error) => process.stderr.write(`${name}: ${error.message}\n`));

await schedule.run({ signal: stop.signal });
await client.close();
