import { z } from 'zod'

const value = z.json()

const plain = z.strictObject({
  path: z
    .string()
    .min(1)
    .describe('Where in the scenario: "load.rate", "contenders[inmesh].policy.backup.maxExtraLoad".'),
  values: z.array(value).min(1).describe('What stands there, one after the other.')
})

const together = z.strictObject({
  name: z.string().min(1).describe('What reports call it.'),
  values: z
    .array(
      z.strictObject({
        label: z.string().min(1),
        set: z.record(z.string(), value).describe('Several places of the scenario at once, by path.')
      })
    )
    .min(1)
})

/** A scenario run again and again with something changed. */
export const sweepSchema = z.strictObject({
  $schema: z.string().optional(),
  version: z.literal(1),
  name: z.string().regex(/^[a-z0-9][a-z0-9-]*$/, { error: () => 'lower-case letters, digits and dashes' }),
  title: z.string().optional(),
  description: z.string().optional(),
  scenario: z
    .union([z.string().min(1), z.record(z.string(), z.unknown())])
    .describe('The scenario itself, or its file, found from where the sweep is.'),
  set: z
    .array(z.union([plain, together], { error: () => 'a path with values, or a name with labelled values' }))
    .min(1)
    .describe('The knobs. Every value of each with every value of the others.'),
  seeds: z.number().int().min(1).max(100).optional().describe("Default: the scenario's own."),
  world: z.enum(['real', 'virtual']).default('virtual')
})

export type ParsedSweep = z.infer<typeof sweepSchema>
