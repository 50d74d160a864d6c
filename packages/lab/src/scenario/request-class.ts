import { z } from 'zod'
import { duration } from './duration.ts'

/** What a call is, wherever it is made: by the clients, or by a service of another. */
export const classShape = {
  operation: z
    .string()
    .min(1)
    .optional()
    .describe('Low-cardinality name of what is called, told to clients that take one. Default: nothing is told.'),
  repeat: z
    .enum(['concurrent', 'sequential', 'if-unprocessed', 'never'])
    .optional()
    .describe(
      'May the call be sent again? Default by method: concurrent for GET, HEAD and OPTIONS, sequential for PUT and DELETE, if-unprocessed for the rest.'
    ),
  criticality: z
    .enum(['CRITICAL_PLUS', 'CRITICAL', 'SHEDDABLE_PLUS', 'SHEDDABLE'])
    .default('CRITICAL')
    .describe('How much it matters (SRE book).'),
  affinity: z
    .strictObject({
      keys: z.number().int().min(1).describe('How many different keys there are.'),
      zipf: z
        .number()
        .min(0)
        .default(0)
        .describe(
          'Exponent of how unevenly they are called for: key k in proportion to 1 ÷ k to the power of it. 0: evenly.'
        )
    })
    .optional()
    .describe('Calls carry a key by which a client may choose. Default: none.'),
  timeFactor: z.number().gt(0).default(1).describe('Service times of this class are multiplied by it.'),
  timeout: duration.optional().describe("The caller's own: what takes longer has failed for it. Default: none.")
}

export const method = z.enum(['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE'])

export const requestClass = z.strictObject({
  method,
  path: z.string().startsWith('/').describe('`:name` parts become a number drawn for each call: "/items/:id".'),
  service: z.string().min(1).optional().describe('Which service is called. Default: the first.'),
  weight: z.number().gt(0).default(1).describe('Share of this class, relative to the other weights.'),
  bodyBytes: z.number().int().min(0).max(65_536).default(0).describe('Size of the request body.'),
  ...classShape
})

type Parsed = z.infer<typeof requestClass>
type Repeat = NonNullable<Parsed['repeat']>
export type RequestClass = Readonly<Omit<Parsed, 'service' | 'repeat'>> & {
  readonly service: string
  readonly repeat: Repeat
}

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
