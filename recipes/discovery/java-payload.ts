// How Jackson writes a payload whose Java class only the JSON can tell: `@JsonTypeInfo(use = CLASS)`. An object has its class as a property, anything else
// but strings, booleans, and numbers of the classes Integer and Double stands behind it, in a pair.

const classProperty = '@class';
/** Jackson takes no bare array. */
const listClass = 'java.util.ArrayList';

/**
 * A payload as Curator can read it.
 *
 * @param javaClass what Java is to make of it; undefined: whatever Jackson makes of the JSON, an object a map, an array a list
 */
export function toJavaPayload(value: unknown, javaClass: string | undefined): unknown {
  if (value === null || value === undefined) return null;
  if (Array.isArray(value)) return [javaClass ?? listClass, value];
  if (javaClass === undefined) return value;
  return typeof value === 'object' ? { [classProperty]: javaClass, ...value } : [javaClass, value];
}

/** A payload without the names of Java classes. One that other software has written bare is as it is. */
export function fromJavaPayload(written: unknown): unknown {
  if (isPair(written)) return written[1];
  if (typeof written !== 'object' || written === null || Array.isArray(written)) return written ?? null;
  return Object.fromEntries(Object.entries(written).filter(([name]) => name !== classProperty));
}

function isPair(written: unknown): written is readonly [string, unknown] {
  return Array.isArray(written) && written.length === 2 && typeof written[0] === 'string' && isClassName(written[0]);
}

/** As in `java.lang.Long`, `java.util.Arrays$ArrayList`, `[Ljava.lang.String;`. */
function isClassName(text: string): boolean {
  return /^\[*L?[\p{L}_$][\p{L}\p{N}_$]*(\.[\p{L}_$][\p{L}\p{N}_$]*)+;?$|^\[+[BCDFIJSZ]$/u.test(text);
}
