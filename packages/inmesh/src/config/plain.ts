export type Plain = { readonly [key: string]: unknown }

/** Data, as JSON or an object literal makes it, of whatever realm; not an instance of a class, not a list. */
export function isPlain(value: unknown): value is Plain {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || (typeof prototype === 'object' && Object.getPrototypeOf(prototype) === null && !(Symbol.asyncIterator in value))
}

/** An own property, never one that every object has. */
export function own(object: Plain, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined
}

/** Keys that reach a prototype instead of naming an option; refused wherever they stand. */
export const forbidden: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype'])

/** Deeper than any configuration, shallower than the stack. */
export const deepest = 32

/**
 * Values of the program that are taken as they are: never copied, merged or compared by their parts. Two sources that
 * were merged property by property would be a third one that nobody has written.
 */
export function isOpaque(keys: readonly (string | number)[]): boolean {
  if (keys.length === 1) return keys[0] === 'clock' || keys[0] === 'random' || keys[0] === 'engine'
  if (keys[0] === 'observers') return true
  if (keys[0] !== 'services') return false
  if (keys[2] === 'endpoints') return keys.length === 3 || (keys.length === 4 && keys[3] === 'resolver')
  return (keys[2] === 'policy' && keys[3] === 'interceptors' && keys.length === 5)
}
