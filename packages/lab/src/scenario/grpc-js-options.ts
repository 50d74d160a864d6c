import { CODES } from '@inmesh/policy'
import type { Code } from '@inmesh/policy'
import { z } from 'zod'
import { duration } from './duration.ts'

const codes = z.array(z.enum(CODES as [Code, ...Code[]]))
const percentage = z.number().min(0).max(100)
const share = {
  enforcementPercentage: percentage.optional(),
  minimumHosts: z.number().int().min(0).optional(),
  requestVolume: z.number().int().min(0).optional()
}

/** Between 2 and 5: grpc-js takes 5 for whatever is more. */
const maxAttempts = z.number().int().min(2).max(5)

const retry = z.strictObject({
  maxAttempts,
  initialBackoff: duration,
  maxBackoff: duration,
  backoffMultiplier: z.number().gt(0),
  retryableStatusCodes: codes.min(1)
})

const hedging = z.strictObject({
  maxAttempts,
  hedgingDelay: duration.describe('Until the next try is sent beside the one before.'),
  nonFatalStatusCodes: codes.optional().describe('Answers that do not end the call while another try is out.')
})

const outlierDetection = z.strictObject({
  interval: duration.optional(),
  baseEjectionTime: duration.optional(),
  maxEjectionTime: duration.optional(),
  maxEjectionPercent: percentage.optional(),
  successRate: z.strictObject({ stdevFactor: z.number().min(0).optional(), ...share }).optional(),
  failurePercentage: z.strictObject({ threshold: percentage.optional(), ...share }).optional()
})

/** What the service config of a client of @grpc/grpc-js says, and its channel options, by their own names and defaults. */
export const grpcJsOptions = z.strictObject({
  timeout: duration.optional().describe('Deadline of every call, from its sending.'),
  retry: retry.optional().describe('`retryPolicy` of calls that may be repeated; absent: none.'),
  hedging: hedging
    .optional()
    .describe('`hedgingPolicy` of calls of which two may be at work at once; those then have no `retry`: gRPC has one of the two.'),
  retryThrottling: z
    .strictObject({ maxTokens: z.number().gt(0).max(1_000), tokenRatio: z.number().gt(0) })
    .optional()
    .describe('Stops retries while too many calls fail.'),
  outlierDetection: outlierDetection.optional().describe('`outlier_detection` over `round_robin`; absent: `round_robin` alone.'),
  keepalive: z
    .strictObject({ time: duration, timeout: duration })
    .optional()
    .describe('Pings by which a connection is found dead; absent: none.'),
  reconnectBackoff: z
    .strictObject({ initial: duration, max: duration })
    .optional()
    .describe('Between tries to connect to an endpoint.')
})

export type GrpcJsOptions = z.infer<typeof grpcJsOptions>
