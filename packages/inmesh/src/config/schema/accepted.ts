import type * as z from 'zod'

const phrases = new WeakMap<z.ZodType, string>()

/** Notes what a schema accepts, in words, for the phrases of those built upon it. */
export function accepting<S extends z.ZodType>(phrase: string, schema: S): S {
  phrases.set(schema, phrase)
  return schema
}

export function acceptedBy(schema: z.ZodType): string {
  return phrases.get(schema) ?? 'another value'
}
