import { z } from 'zod'
import { duration } from './duration.ts'

const share = z.number().min(0).max(1)

/** The server half: which of the calls that come a replica takes. All but `refusal` is as `@inmesh/policy` has it. */
export const admission = z.strictObject({
  min: z.number().int().min(1).optional().describe('The least limit of calls worked on at once. Default 4.'),
  max: z.number().int().min(1).optional().describe('The greatest limit; equal to `min` it is fixed. Default 1000.'),
  initial: z.number().int().min(1).optional().describe('The first limit. Default 20.'),
  shares: z
    .strictObject({
      CRITICAL_PLUS: share.optional(),
      CRITICAL: share.optional(),
      SHEDDABLE_PLUS: share.optional(),
      SHEDDABLE: share.optional()
    })
    .optional()
    .describe('What share of the calls that begin is certainly of this criticality while one waits. Default: none.'),
  queue: z.number().int().min(0).optional().describe('How many may wait for their turn. Default 100.'),
  maxWait: duration.optional().describe('The longest wait for a turn. Default 100 ms.'),
  targetDelay: duration.optional().describe('Delay in queues above which a replica counts as overloaded. Default 20 ms.'),
  refusal: duration
    .default(0)
    .describe("What a refusal costs a process that computes (`slots` 1), of the time of its event loop. Default: nothing.")
})

export type AdmissionSpec = Readonly<z.infer<typeof admission>>
