import * as z from 'zod'
import { accepting } from './accepted.ts'

/** One schema for each option of `T`: an option without a schema, or a schema without an option, does not compile. */
export type Shape<T> = { readonly [K in keyof T]-?: z.ZodType<Exclude<T[K], undefined>> }

/**
 * An object of options, all optional but those named as required. The message for unknown keys is the list of known
 * ones, from which the nearest is found.
 */
export function options<T extends object>(what: string, shape: Shape<T>, required: readonly (keyof T & string)[] = []): z.ZodType<T> {
  const schemas = Object.entries<z.ZodType>(shape).map(([key, schema]) => [key, required.some((one) => one === key) ? schema : schema.optional()])
  const known = Object.keys(shape).join(separator)
  const error: z.core.$ZodErrorMap = (issue) => (issue.code === 'unrecognized_keys' ? known : what)
  // The compiler cannot follow keys through `fromEntries`; `Shape<T>` has checked each of them already.
  return accepting(what, z.strictObject(Object.fromEntries(schemas), { error }) as unknown as z.ZodType<T>)
}

/** Between the known keys in the message of an unknown one. */
export const separator = ', '
