import { z } from 'zod'
import { duration } from './duration.ts'

const common = {
  name: z
    .string()
    .min(1)
    .optional()
    .describe('What reports and asserts call it. Default: kind and replica, "hang catalog-4".'),
  at: duration.describe('When it starts, counted from the end of the warm-up.'),
  for: duration.describe('How long it lasts; then the replica is as before.'),
  replica: z.string().min(1).describe('Service and number, from 1: "catalog-4".')
}

const slow = z.strictObject({
  ...common,
  kind: z.literal('slow'),
  factor: z.number().gt(1).max(1_000).describe('Service times are multiplied by this; slots stay taken that long.')
})

const fail = z.strictObject({
  ...common,
  kind: z.literal('fail'),
  code: z
    .number()
    .int()
    .min(400)
    .max(599)
    .default(503)
    .describe('HTTP status answered at once, without doing the work.'),
  share: z.number().gt(0).max(1).default(1).describe('Share of calls that fail.')
})

const hang = z.strictObject({
  ...common,
  kind: z
    .literal('hang')
    .describe('The process is stopped (SIGSTOP) and goes on afterwards (SIGCONT); its sockets stay open.')
})

const kill = z.strictObject({
  ...common,
  kind: z.literal('kill').describe('The process is killed (SIGKILL); a new one takes its port afterwards.')
})

/** Something that goes wrong with one replica for a while. */
export const fault: z.ZodDiscriminatedUnion<[typeof slow, typeof fail, typeof hang, typeof kill], 'kind'> =
  z.discriminatedUnion('kind', [slow, fail, hang, kill])

type Parsed = z.infer<typeof fault>
type Named<F> = F extends Parsed ? Omit<F, 'name'> & { name: string } : never
/** A fault as worlds see it: always named. */
export type Fault = Named<Parsed>

export function nameFault(parsed: Parsed): Fault {
  return { ...parsed, name: parsed.name ?? `${parsed.kind} ${parsed.replica}` }
}
