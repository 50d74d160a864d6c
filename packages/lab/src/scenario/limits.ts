import { z } from 'zod'
import { duration } from './duration.ts'

/** Bounds of one run of one contender under one seed; a run that hits one ends there and says so. */
export const limits = z.strictObject({
  events: z
    .number()
    .int()
    .min(1)
    .default(2_000_000_000)
    .describe('Events of the virtual world: arrivals, messages, timers.'),
  time: duration.default(1_800_000).describe("Time of the machine's own clock that a virtual run may take."),
  virtualTime: duration.default(86_400_000).describe('Virtual time that it may take, warm-up and drain included.'),
  memoryMiB: z.number().gt(0).default(4_096).describe('Memory of the process that a virtual run may take.')
})

export type Limits = Readonly<z.infer<typeof limits>>

/** What to measure beside what always is. */
export const measure = z.strictObject({
  interval: duration.default(1_000).describe('Step of the series over time, in reports.'),
  within: duration.optional().describe('Adds a figure: share of calls answered with success within this time.')
})

export type Measure = Readonly<z.infer<typeof measure>>
