import { existsSync } from 'node:fs';
import { type RequestOptions, request } from 'node:http';

const defaultSocket = '/var/run/docker.sock';
const patienceMs = 1_500;

/** Whether a Docker engine answers, told within two seconds: most machines have none, and a dead socket must not hold the run up. */
export function dockerAnswers(): Promise<boolean> {
  const endpoint = engineEndpoint();
  if (endpoint === undefined) return Promise.resolve(false);
  return new Promise((resolve) => {
    const ping = request({ ...endpoint, path: '/_ping', timeout: patienceMs }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    ping.on('timeout', () => ping.destroy());
    ping.on('error', () => resolve(false));
    ping.on('close', () => resolve(false));
    ping.end();
  });
}

/** Where the engine would be; engines behind TLS or SSH are left to `ZK_HOSTS`. */
function engineEndpoint(): RequestOptions | undefined {
  const given = process.env['DOCKER_HOST'];
  if (given === undefined || given === '') return existsSync(defaultSocket) ? { socketPath: defaultSocket } : undefined;
  const url = new URL(given);
  if (url.protocol === 'unix:') return { socketPath: url.pathname };
  return url.protocol === 'tcp:' || url.protocol === 'http:' ? { host: url.hostname, port: url.port } : undefined;
}
