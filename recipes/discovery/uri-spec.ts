import { InvalidArgumentError } from '../../src/index.ts';
import { type ServiceInstance, serviceTypes } from './service-instance.ts';

/** A piece of a template: text, or the name of a variable. */
export interface UriPart {
  readonly value: string;
  readonly variable: boolean;
}

/**
 * Splits a template such as `{scheme}://{address}:{port}`.
 *
 * @param what names the template in the error
 * @throws {InvalidArgumentError} braces that do not match
 */
export function parseUriSpec(template: string, what: string): readonly UriPart[] {
  if (!/^([^{}]|\{[^{}]*\})*$/.test(template))
    throw new InvalidArgumentError(what, template, 'must have its variables in braces, which cannot be nested');
  const pieces = template.match(/\{[^{}]*\}|[^{}]+/g) ?? [];
  return pieces
    .map((piece) => (piece.startsWith('{') ? { value: piece.slice(1, -1).trim(), variable: true } : { value: piece, variable: false }))
    .filter(({ value }) => value !== '');
}

/** The template that has these pieces. Braces that stand in a text are written as the variables that make them. */
export function formatUriSpec(parts: readonly UriPart[]): string {
  const braces: Readonly<Record<string, string>> = { '{': '{[}', '}': '{]}' };
  const inText = (text: string) => text.replace(/[{}]/g, (brace) => braces[brace] ?? brace);
  return parts.map(({ value, variable }) => (variable ? `{${value}}` : inText(value))).join('');
}

/**
 * Where to reach an instance: its `uriSpec` filled in. One that has none gets `https://ADDRESS:SSL-PORT` if there is an `sslPort`, else `http://ADDRESS:PORT`.
 *
 * A template may use `{scheme}` (`https` if there is an `sslPort`, else `http`), `{name}`, `{id}`, `{address}`, `{port}`, `{ssl-port}`, `{registration-time-utc}`,
 * `{service-type}`, `{[}` and `{]}` for braces, and names of your own. A variable without a value leaves nothing.
 *
 * @param variables values for names of your own, and instead of the above
 * @see Curator `ServiceInstance.buildUriSpec`
 */
export function uriOf(instance: ServiceInstance<unknown>, variables: Readonly<Record<string, string>> = {}): string {
  const { uriSpec, sslPort } = instance;
  const values: Readonly<Record<string, string>> = { ...valuesOf(instance), ...variables };
  if (uriSpec !== null)
    return (
      parseUriSpec(uriSpec, 'uriOf.uriSpec')
        // Templates come from others: what every object has is none of their variables.
        .map(({ value, variable }) => (variable ? (Object.hasOwn(values, value) ? values[value] : '') : value))
        .join('')
    );
  const port = values[sslPort === null ? 'port' : 'ssl-port'];
  return `${values['scheme']}://${bracketed(values['address'] ?? '')}${port === '' ? '' : `:${port}`}`;
}

function valuesOf({ name, id, address, port, sslPort, registeredMs, type }: ServiceInstance<unknown>): Readonly<Record<string, string>> {
  return {
    scheme: sslPort === null ? 'http' : 'https',
    name,
    id,
    address: address ?? '',
    port: String(port ?? ''),
    'ssl-port': String(sslPort ?? ''),
    'registration-time-utc': String(registeredMs),
    'service-type': serviceTypes[type].toLowerCase(),
    '[': '{',
    ']': '}',
  };
}

/** An IPv6 address as it stands in a URI. */
function bracketed(address: string): string {
  return address.includes(':') && !address.startsWith('[') ? `[${address}]` : address;
}
