import * as z from 'zod'
import { accepting } from './accepted.ts'

/** Marks in the published schema what a document cannot hold, so that editors do not offer it. */
export const codeOnlyMark = 'x-code-only'

type Fn = (...args: never[]) => unknown

/** A function. In a document it is refused like any other value that is none, with a phrase that says where it belongs. */
export function fn<T extends Fn>(): z.ZodType<T> {
  return codeOnly<T>('a function, which can only be given in code', (value) => typeof value === 'function')
}

/** A value of the program that is taken as it is, never copied, merged or looked into. */
export function codeOnly<T>(accepted: string, fits: (value: unknown) => boolean): z.ZodType<T> {
  return accepting(accepted, z.custom<T>(fits, { error: accepted }).meta({ [codeOnlyMark]: true }))
}
