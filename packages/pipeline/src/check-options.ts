import { gotText } from './got.ts'
import { nearest } from './nearest.ts'

// Options that only code can give, which no schema has read: without a check a slip in plain JavaScript would silently
// mean the default. Plain code, since a parser of schemas is more than a wrapped function should load.

/** What may stand at an option. */
export interface Kind {
  /** In words, with the range. */
  readonly accepted: string
  readonly allows: (value: unknown) => boolean
  /** The words that are accepted, of which a slip is told the nearest. */
  readonly words?: readonly string[]
  /** The options inside. */
  readonly fields?: Fields
  readonly required?: readonly string[]
  /** What must hold between them. */
  readonly together?: Together
}

/** The options that are wrong as they stand together, each with what is accepted in its place. */
export type Together = (given: Readonly<Record<string, unknown>>) => readonly (readonly [option: string, accepted: string])[]

export type Fields = Readonly<Record<string, Kind>>

/** One kind for each option of `T`: an option without a kind does not compile. */
export type FieldsOf<T> = { readonly [K in keyof T]-?: Kind }

/** Throws one `TypeError` that lists every mistake, each with its path, what was given and what is accepted. */
export function assertKind(path: string, value: unknown, kind: Kind): void {
  if (!kind.allows(value)) throw new TypeError(mistakesIn(path, value, kind).join('\n'))
}

function mistakesIn(path: string, value: unknown, kind: Kind): readonly string[] {
  const { accepted, allows, fields, required = [], words = [], together = apart } = kind
  if (allows(value)) return []
  if (fields === undefined || !isObject(value) && value !== undefined) return [`${path}: got ${gotText(value)}${hint(value, words)} (accepted: ${accepted})`]
  const given = (value ?? {}) as Readonly<Record<string, unknown>>
  const missing = required.filter((name) => given[name] === undefined)
  const wrong = Object.keys(given).filter((name) => !missing.includes(name)).flatMap((name) => mistakeAt(`${path}.${name}`, name, given[name], fields))
  const between = together(given).filter(([name]) => given[name] === undefined || fields[name]?.allows(given[name])).map(([name, what]) => `${path}.${name}: got ${given[name] === undefined ? 'nothing' : gotText(given[name])} (accepted: ${what})`)
  const inside = [...missing.map((name) => `${path}.${name}: got nothing (accepted: ${fields[name]?.accepted})`), ...wrong, ...between]
  // Each by itself is right: it is what they are together.
  return inside.length > 0 ? inside : [`${path}: got ${gotText(value)} (accepted: ${accepted})`]
}

/** The same list each time: this runs for each call that has options. */
const nothing: ReturnType<Together> = []
const apart: Together = () => nothing

function mistakeAt(path: string, name: string, value: unknown, fields: Fields): readonly string[] {
  const kind = Object.hasOwn(fields, name) ? fields[name] : undefined
  if (kind !== undefined) return value === undefined ? [] : mistakesIn(path, value, kind)
  const known = Object.keys(fields)
  return [`${path}: unknown option${hint(name, known)} (accepted: ${known.join(', ')})`]
}

function hint(value: unknown, words: readonly string[]): string {
  const meant = typeof value === 'string' ? nearest(value, words) : undefined
  return meant === undefined ? '' : `; did you mean ${meant}?`
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** An object of options. One that is undefined is absent. Read for each call: no list of keys is made. */
export function shape<T>(fields: FieldsOf<T>, required: readonly (keyof T & string)[] = [], together: Together = apart): Kind {
  const table: ReadonlyMap<string, Kind> = new Map(Object.entries<Kind>(fields))
  const allows = (value: unknown): boolean => {
    if (!isObject(value)) return false
    const given = value as Readonly<Record<string, unknown>>
    for (const name in given) {
      const kind = table.get(name)
      if (kind === undefined || given[name] !== undefined && !kind.allows(given[name])) return false
    }
    return required.every((name) => given[name] !== undefined) && together(given).length === 0
  }
  return { accepted: `{ ${[...table.keys()].join(', ')} }`, allows, fields: fields as Fields, required, together }
}

export function choice(...words: readonly string[]): Kind {
  const known = new Set<unknown>(words)
  return { accepted: words.join(', '), allows: (value) => known.has(value), words }
}

export function number(least: number, most: number, accepted = `a number from ${written(least)} to ${written(most)}`): Kind {
  return { accepted, allows: (value) => typeof value === 'number' && value >= least && value <= most }
}

export function whole(least: number, most: number): Kind {
  const { allows } = number(least, most)
  return { accepted: `a whole number from ${written(least)} to ${written(most)}`, allows: (value) => Number.isInteger(value) && allows(value) }
}

export const text: Kind = { accepted: 'a text', allows: (value) => typeof value === 'string' }

export const flag: Kind = { accepted: 'true or false', allows: (value) => typeof value === 'boolean' }

export function fn(accepted: string): Kind {
  return { accepted, allows: (value) => typeof value === 'function' }
}

/** Not by `toLocaleString`: its first call loads a table, which costs importers 20 ms. */
function written(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ',')
}
