/**
 * Freezes a value that many are handed, and all that it holds, as far as it consists of plain objects and lists: whoever changes it in place gets a
 * TypeError, instead of changing what others see. Maps, dates, bytes and objects of a class cannot be frozen and stay as they are.
 */
export function frozen<T>(value: T): T {
  const left: unknown[] = [value];
  while (left.length > 0) {
    const each = left.pop();
    if (!isPlain(each) || Object.isFrozen(each)) continue;
    Object.freeze(each);
    for (const key of Reflect.ownKeys(each)) {
      const property = Reflect.getOwnPropertyDescriptor(each, key);
      // Nobody's getter is called.
      if (property !== undefined && 'value' in property) left.push(property.value);
    }
  }
  return value;
}

function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  if (Array.isArray(value)) return true;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}
