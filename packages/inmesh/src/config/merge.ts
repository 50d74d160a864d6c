import type { Clock, Engine } from '@inmesh/pipeline'
import type { Random } from '@inmesh/policy'
import type { MeshConfig } from './mesh.ts'
import { deepest, isOpaque, isPlain, own, type Plain } from './plain.ts'
import type { EndpointSource } from './service/endpoints.ts'
import { unfolded } from './unfold.ts'

type Whole = readonly unknown[] | ((...args: never[]) => unknown) | Buffer | AsyncIterable<unknown> | EndpointSource | Clock | Engine | Random

/** Any part of `T`; `null` puts a part back to its default. */
export type Patch<T> = T extends Whole ? T : T extends object ? { readonly [K in keyof T]?: Patch<T[K]> | null } : T

/** A part of a configuration, to be merged over one; `null` for a service takes it out. */
export type MeshPatch<Name extends string = string> = Patch<MeshConfig<Name>>

/**
 * A new configuration: `patch` over `base`. Objects merge, option by option; lists, functions and sources replace; `null`
 * is the default again, which takes the option out; `undefined` changes nothing. A shorthand is merged as what it stands
 * for, so that `timeout: { perTry: '300ms' }` over `timeout: '800ms'` keeps the total. Nothing is checked here: what comes
 * of it is, as a whole, when it is put in force.
 */
export function mergeConfig<Name extends string>(base: MeshConfig<Name>, patch: MeshPatch<Name> | MeshPatch): MeshConfig<Name> {
  return merge(base, patch, []) as MeshConfig<Name>
}

type Keys = readonly string[]

function merge(before: unknown, after: unknown, keys: Keys): unknown {
  if (isOpaque(keys) || keys.length >= deepest) return after
  if (!isPlain(after)) return isPlain(before) ? mergeShorthand(before, after, keys) : after
  const base = unfolded(keys, before)
  return mergeObjects(isPlain(base) ? base : {}, after, keys)
}

/** A shorthand over an object changes only what it stands for. */
function mergeShorthand(before: Plain, after: unknown, keys: Keys): unknown {
  const whole = unfolded(keys, after)
  return isPlain(whole) ? mergeObjects(before, whole, keys) : after
}

function mergeObjects(before: Plain, after: Plain, keys: Keys): Plain {
  const merged: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(before)) if (value !== null) set(merged, key, value)
  for (const [key, value] of Object.entries(after)) {
    if (value === null) delete merged[key]
    else if (value !== undefined) set(merged, key, merge(own(merged, key), value, [...keys, key]))
  }
  return merged
}

/** Defined, never assigned: assigning to `__proto__` would reach the prototype. Such a key is refused when it is checked. */
function set(object: object, key: string, value: unknown): void {
  Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true })
}
