/** Root of every error that docent throws on purpose. Never thrown itself. */
export abstract class DocentError extends Error {
  abstract override readonly name: string;
}

/** Stands in errors for a value that may be secret. */
export const undisclosed = Symbol('undisclosed');

/** An argument or option breaks a rule. Nothing was done. */
export class InvalidArgumentError extends DocentError {
  override readonly name = 'InvalidArgumentError';
  readonly field: string;
  /** {@link undisclosed} where it may be secret, and for every object: what it holds under names that docent does not know may be. */
  readonly value: unknown;
  readonly rule: string;

  constructor(field: string, value: unknown, rule: string, options?: ErrorOptions) {
    super(`${field}: ${rule}; got ${withoutThrowing(() => describeValue(value))}`, options);
    this.field = field;
    this.value = isPrimitive(value) ? value : undisclosed;
    this.rule = rule;
  }
}

/** Something happened that the code holds to be impossible. Please report it. */
export class InternalError extends DocentError {
  override readonly name = 'InternalError';
}

/** One line about any thrown thing, for messages that tell their cause. Never throws, whatever it is given: programs throw stranger things than errors. */
export function describeCause(cause: unknown): string {
  return withoutThrowing(() => describeThrown(cause, 0));
}

// Errors may hold themselves, or any number of others.
const deepest = 3;
const mostAtOnce = 10;

function describeThrown(cause: unknown, depth: number): string {
  if (cause instanceof AggregateError && cause.message === '' && Array.isArray(cause.errors) && depth < deepest) {
    const shown = cause.errors.slice(0, mostAtOnce).map((each) => describeThrown(each, depth + 1));
    const more = cause.errors.length - shown.length;
    return [...shown, ...(more > 0 ? [`and ${more} more`] : [])].join('; ');
  }
  if (cause instanceof Error) return describeError(cause.name, cause.message);
  return typeof cause === 'string' ? cause : describeValue(cause);
}

/** The types say that both are strings; some libraries put objects and lists there. */
function describeError(name: unknown, message: unknown): string {
  if (typeof message === 'string' && message !== '') return message;
  const kind = typeof name === 'string' ? name : 'Error';
  return message === '' ? kind : `${kind} with ${describeValue(message)} for a message`;
}

function withoutThrowing(describe: () => string): string {
  try {
    return describe();
  } catch {
    return 'something that cannot be described';
  }
}

function isPrimitive(value: unknown): boolean {
  return value === null || (typeof value !== 'object' && typeof value !== 'function');
}

/** Of an object only the keys, since what it holds may be secret. */
function describeValue(value: unknown): string {
  if (value === undisclosed) return 'a value that is not shown, since it may be secret';
  if (typeof value === 'string') return shortened(JSON.stringify(value));
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'function') return 'a function';
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value !== 'object' || value === null) return String(value);
  const keys = Object.keys(value);
  return keys.length === 0 ? 'an object' : shortened(`an object with ${keys.join(', ')}`);
}

function shortened(text: string): string {
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}
