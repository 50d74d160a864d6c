import { z } from 'zod'

/** Who calls. Each process has estimates, budgets and breakers of its own. */
export const clients = z.strictObject({
  processes: z
    .number()
    .int()
    .min(1)
    .max(65_535)
    .default(1)
    .describe('How many processes the calls come from, each call from one that is drawn.'),
  zones: z.array(z.string().min(1)).default([]).describe('Processes are in these in turn. Default: no zones.')
})

export type Clients = Readonly<z.infer<typeof clients>>

export function zoneOfClient({ zones }: Clients, process: number): string | undefined {
  return zones[process % zones.length]
}
