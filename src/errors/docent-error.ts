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
  /** {@link undisclosed} where it may be secret. */
  readonly value: unknown;
  readonly rule: string;

  constructor(field: string, value: unknown, rule: string, options?: ErrorOptions) {
    super(`${field}: ${rule}; got ${describeValue(value)}`, options);
    this.field = field;
    this.value = value;
    this.rule = rule;
  }
}

/** Something happened that the code holds to be impossible. Please report it. */
export class InternalError extends DocentError {
  override readonly name = 'InternalError';
}

/** One line about any thrown thing, for messages that tell their cause. */
export function describeCause(cause: unknown): string {
  if (cause instanceof AggregateError && cause.message === '') return cause.errors.map(describeCause).join('; ');
  if (cause instanceof Error) return cause.message === '' ? cause.name : cause.message;
  return typeof cause === 'string' ? cause : describeValue(cause);
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
