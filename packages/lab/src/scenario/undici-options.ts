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

export const undiciOptions = z.strictObject({
  timeout: duration.optional().describe('AbortSignal on every call, from its sending.'),
  connections: z.number().int().min(1).optional().describe('Sockets per endpoint.'),
  pipelining: z
    .number()
    .int()
    .min(0)
    .optional()
    .describe('Requests on a connection at once; 0: a connection for each, as from clients that keep none.'),
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

export type UndiciOptions = z.infer<typeof undiciOptions>
