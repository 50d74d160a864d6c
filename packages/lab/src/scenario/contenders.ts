import { z } from 'zod'
import { duration } from './duration.ts'

const METHODS = ['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'TRACE', 'QUERY', 'POST', 'PATCH'] as const

const undiciRetry = z.strictObject({
  maxRetries: z.number().int().min(0).optional(),
  minTimeout: duration.optional(),
  maxTimeout: duration.optional(),
  timeoutFactor: z.number().min(1).optional(),
  retryAfter: z.boolean().optional(),
  methods: z.array(z.enum(METHODS)).optional(),
  statusCodes: z.array(z.number().int().min(100).max(599)).optional(),
  errorCodes: z.array(z.string()).optional()
})

const undiciOptions = z.strictObject({
  timeout: duration.optional().describe('AbortSignal on every call, from its sending.'),
  connections: z.number().int().min(1).optional().describe('Sockets per endpoint.'),
  pipelining: z.number().int().min(1).optional(),
  errorPenalty: z
    .number()
    .int()
    .min(1)
    .optional()
    .describe('Weight lost by an endpoint on a connection error, of 100.'),
  headersTimeout: duration.optional(),
  keepAliveTimeout: duration.optional(),
  retry: undiciRetry.optional().describe("Options of undici's retry interceptor; absent: no retry.")
})

const undici = z.strictObject({
  name: z.string().min(1).optional(),
  peer: z.literal('undici').describe('BalancedPool over the endpoints, with the retry interceptor.'),
  options: undiciOptions.default({})
})

const inmesh = z.strictObject({
  name: z.string().min(1).optional(),
  peer: z.literal('inmesh').describe('createMesh over the endpoints.'),
  policy: z.record(z.string(), z.unknown()).default({}).describe('The policy of each service, as createMesh takes it.')
})

/** A client that gets the same load as the others. */
export const contender: z.ZodDiscriminatedUnion<[typeof undici, typeof inmesh], 'peer'> = z.discriminatedUnion('peer', [
  undici,
  inmesh
])

type Parsed = z.infer<typeof contender>
type Named<C> = C extends Parsed ? Omit<C, 'name'> & { name: string } : never
export type Contender = Named<Parsed>
export type UndiciOptions = z.infer<typeof undiciOptions>

export function nameContender(parsed: Parsed): Contender {
  return { ...parsed, name: parsed.name ?? parsed.peer }
}
