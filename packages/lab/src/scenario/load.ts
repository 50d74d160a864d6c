import { z } from 'zod'
import { duration } from './duration.ts'

const requestClass = z.strictObject({
  method: z.enum(['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE']),
  path: z.string().startsWith('/').describe('`:name` parts become a number drawn for each call: "/items/:id".'),
  operation: z
    .string()
    .min(1)
    .optional()
    .describe('Low-cardinality name of what is called, told to clients that take one. Default: nothing is told.'),
  service: z.string().min(1).optional().describe('Which service is called. Default: the first.'),
  weight: z.number().gt(0).default(1).describe('Share of this class, relative to the other weights.'),
  repeat: z
    .enum(['concurrent', 'sequential', 'if-unprocessed', 'never'])
    .optional()
    .describe(
      'May the call be sent again? Default by method: concurrent for GET, HEAD and OPTIONS, sequential for PUT and DELETE, if-unprocessed for the rest.'
    ),
  bodyBytes: z.number().int().min(0).max(65_536).default(0).describe('Size of the request body.')
})

/** Open-loop load: calls are sent when they are due, whether or not earlier ones were answered. */
export const load: z.ZodObject<{
  arrivals: z.ZodLiteral<'poisson'>
  rate: z.ZodNumber
  warmUp: z.ZodDefault<typeof duration>
  duration: typeof duration
  drain: z.ZodDefault<typeof duration>
  classes: z.ZodArray<typeof requestClass>
}> = z.strictObject({
  arrivals: z
    .literal('poisson')
    .describe('Exponential gaps, drawn from the seed; the same instants for every contender.'),
  rate: z.number().gt(0).describe('Calls a second, all classes together.'),
  warmUp: duration.default(0).describe('Load before the measured time. Its calls are in no figure.'),
  duration: duration.describe('Measured time: calls due in it are counted, every one.'),
  drain: duration
    .default(5_000)
    .describe('How long the last calls may still take after that; what is unanswered then has failed.'),
  classes: z.array(requestClass).min(1)
})

type Parsed = z.infer<typeof requestClass>
export type RequestClass = Omit<Parsed, 'service' | 'repeat'> & { service: string; repeat: Repeat }
export type Load = Omit<z.infer<typeof load>, 'classes'> & { classes: RequestClass[] }

type Repeat = NonNullable<Parsed['repeat']>

/** What a method promises (RFC 9110 §9.2), where a class says nothing. */
export const REPEAT_BY_METHOD: Readonly<Record<Parsed['method'], Repeat>> = {
  GET: 'concurrent',
  HEAD: 'concurrent',
  OPTIONS: 'concurrent',
  PUT: 'sequential',
  DELETE: 'sequential',
  POST: 'if-unprocessed',
  PATCH: 'if-unprocessed'
}

export function completeClass(parsed: Parsed, firstService: string): RequestClass {
  return {
    ...parsed,
    service: parsed.service ?? firstService,
    repeat: parsed.repeat ?? REPEAT_BY_METHOD[parsed.method]
  }
}

/** Work of such a call must never be done twice; worlds count it when it is. */
export function isOnceOnly(requestClass: Pick<RequestClass, 'repeat'>): boolean {
  return requestClass.repeat === 'if-unprocessed' || requestClass.repeat === 'never'
}
