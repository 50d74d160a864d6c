import { parseDuration, type Duration } from '@inmesh/pipeline'
import * as z from 'zod'
import { accepting, acceptedBy } from './accepted.ts'

// What values may look like. Every kind carries one phrase, what it accepts, which is what a mistake shows; the range is
// in the phrase, so that nobody has to look it up.

const day = 86_400_000

export function number(least: number, most: number): z.ZodType<number> {
  const error = `a number from ${written(least)} to ${written(most)}`
  return accepting(error, z.number({ error }).gte(least, fatal(error)).lte(most, fatal(error)))
}

/** For what divides, or would otherwise mean "nothing at all". */
export function above(least: number, most: number): z.ZodType<number> {
  const error = `a number above ${written(least)}, up to ${written(most)}`
  return accepting(error, z.number({ error }).gt(least, fatal(error)).lte(most, fatal(error)))
}

export function whole(least: number, most: number): z.ZodType<number> {
  const error = `a whole number from ${written(least)} to ${written(most)}`
  return accepting(error, z.int({ error }).gte(least, fatal(error)).lte(most, fatal(error)))
}

export function share(): z.ZodType<number> {
  return number(0, 1)
}

/** A day is the longest that means anything here; what is longer is a mistake of units. */
export function duration(least: number, most: number = day): z.ZodType<Duration> {
  const error = `milliseconds, or '250ms', '2s', '1m' (${inWords(least)} to ${inWords(most)})`
  return accepting(error, z.union([z.number().gte(least, fatal(error)).lte(most, fatal(error)), durationText(least, most)], { error }) as z.ZodType<Duration>)
}

/** A duration with its unit, where a number means something else. */
export function durationText(least: number, most: number = day): z.ZodType<DurationText> {
  const error = `a time such as '250ms', '2s' (${inWords(least)} to ${inWords(most)})`
  const inRange = (text: string): boolean => {
    const ms = parseDuration(text)
    return ms !== undefined && ms >= least && ms <= most
  }
  return accepting(error, z.string({ error }).regex(/^\d+(\.\d+)?(ms|s|m|h)$/, fatal(error)).refine(inRange, fatal(error)) as z.ZodType<DurationText>)
}

export type DurationText = Exclude<Duration, number>

export function choice<const T extends string>(...values: readonly T[]): z.ZodType<T> {
  return choiceOf(values.map((value) => `'${value}'`).join(', '), values)
}

/** For choices that are too many for a line. */
export function choiceOf<const T extends string>(error: string, values: readonly T[]): z.ZodType<T> {
  return accepting(error, z.literal(values as readonly [T, ...T[]], { error }) as z.ZodType<T>)
}

export function flag(): z.ZodType<boolean> {
  const error = 'true or false'
  return accepting(error, z.boolean({ error }))
}

/** A name or a label's value: short, one line. */
export function name(error = 'a text of 1 to 200 characters, on one line'): z.ZodType<string> {
  return accepting(error, z.string({ error }).regex(/^[^\r\n]{1,200}$/, fatal(error)))
}

/** Turns the policy, or the rule, out. */
export function orFalse<T>(kind: z.ZodType<T>): z.ZodType<T | false> {
  return oneOf(`${acceptedBy(kind)}, or false`, [kind, off])
}

/** The first that fits. A mistake inside one that fits by kind is shown as it is, not as "none of these". */
export function oneOf<const S extends readonly [z.ZodType, ...z.ZodType[]]>(accepted: string, kinds: S): z.ZodType<z.output<S[number]>> {
  return accepting(accepted, z.union(kinds, { error: accepted }) as z.ZodType<z.output<S[number]>>)
}

export function list<T>(of: z.ZodType<T>, accepted: string, least = 0): z.ZodType<T[]> {
  return accepting(accepted, z.array(of, { error: accepted }).min(least, fatal(accepted)))
}

export function table<T>(of: z.ZodType<T>, accepted: string): z.ZodType<Record<string, T>> {
  return accepting(accepted, z.record(z.string(), of, { error: accepted }))
}

/** The first check that fails is enough: a second one would tell the same mistake again. */
function fatal(error: string): { error: string; abort: true } {
  return { error, abort: true }
}

function inWords(ms: number): string {
  if (ms === 0) return '0'
  if (ms % 3_600_000 === 0) return `${ms / 3_600_000} h`
  if (ms % 60_000 === 0) return `${ms / 60_000} min`
  return ms % 1000 === 0 ? `${ms / 1000} s` : `${ms} ms`
}

/** A policy that is not there. */
export const off: z.ZodType<false> = z.literal(false)

/** With commas between thousands. Not by `toLocaleString`: its first call loads a table, which costs importers 20 ms. */
function written(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ',')
}
