import { durationOf, type Duration } from '@inmesh/pipeline'

type Optional<T> = { [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined> }
type Given<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] }

/** Leaves out what is undefined: below the face an option is there or absent, never present and undefined. */
export function defined<T extends object>(from: T): Optional<T> & Given<T> {
  return Object.fromEntries(Object.entries(from).filter(([, value]) => value !== undefined)) as Optional<T> & Given<T>
}

/** What the schema has let through cannot fail here. */
export function millis(value: Duration): number
export function millis(value: Duration | undefined): number | undefined
export function millis(value: Duration | undefined): number | undefined {
  return value === undefined ? undefined : durationOf(value, 'duration')
}
