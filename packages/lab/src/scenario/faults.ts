import { z } from 'zod'
import { duration } from './duration.ts'
import { serviceTime } from './service-time.ts'
import type { ServiceTime } from './service-time.ts'
import { targetShape } from './targets.ts'

const when = {
  name: z
    .string()
    .min(1)
    .optional()
    .describe('What reports and asserts call it. Default: kind and replica, "hang catalog-4".'),
  at: duration.describe('When it starts, counted from the end of the warm-up.'),
  for: duration.optional().describe('How long it lasts; then all is as before. Default: for good.')
}
const common = { ...when, ...targetShape }

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
    .describe('HTTP status answered without doing the work and without taking a slot.'),
  share: z.number().gt(0).max(1).default(1).describe('Share of calls that fail.'),
  latency: serviceTime.optional().describe('How long it takes to fail. Default: at once.')
})

const hang = z.strictObject({
  ...common,
  kind: z
    .literal('hang')
    .describe('The process is stopped (SIGSTOP) and goes on afterwards (SIGCONT); its sockets stay open.')
})

const kill = z.strictObject({
  ...common,
  kind: z
    .literal('kill')
    .describe(
      'The process is killed (SIGKILL): what it worked on is lost, connections are reset, new ones refused. Afterwards a new one takes its port. Clients are told nothing.'
    )
})

const partition = z.strictObject({
  ...common,
  kind: z.literal('partition').describe('Some clients cannot reach these replicas, nor hear from them.'),
  mode: z
    .enum(['silent', 'refused'])
    .default('silent')
    .describe('silent: what is sent is lost and nobody says so. refused: it fails at once as a refused connection.'),
  clients: z
    .array(z.number().int().min(0))
    .optional()
    .describe('Processes of the clients that are cut off, from 0. Default: by `clientShare`.'),
  clientShare: z.number().min(0).max(1).default(1).describe('Else: this share of them, the first ones.'),
  callers: z.array(z.string().min(1)).default([]).describe('Replicas of other services that are cut off as well.')
})

const pause = z.strictObject({
  ...common,
  kind: z.literal('pause').describe('The process stands still now and then, as in a garbage collection.'),
  length: duration.describe('Of one pause.'),
  share: z.number().gt(0).lt(1).describe('Share of time it stands still: 0.01 with 200 ms is a pause every 20 s.'),
  spacing: z
    .enum(['exponential', 'regular'])
    .default('exponential')
    .describe('Time between pauses: drawn, or always the same with a first one that is drawn.')
})

const antagonist = z.strictObject({
  ...common,
  kind: z
    .literal('antagonist')
    .describe("A neighbour on the machine takes and leaves CPU: the replica's speed changes."),
  amount: z.number().gt(0).lt(1).describe('0.6: speed is drawn evenly from 40 % to 160 %, by replica.'),
  every: duration.default(1_000).describe('How long a speed lasts.')
})

const coldStart = z.strictObject({
  ...common,
  kind: z.literal('coldStart').describe('Slow at first, then faster along a straight line; as usual at the end.'),
  factor: z.number().gt(1).max(1_000).describe('Service times are multiplied by this at the start.')
})

const capacity = z.strictObject({
  ...common,
  kind: z.literal('capacity').describe('Slots are lost.'),
  slots: z.number().int().min(0).describe('How many are left. Work that has begun goes on.')
})

const told = duration.default(0).describe('How much later clients hear of it.')

const add = z.strictObject({
  ...when,
  kind: z.literal('add').describe('New replicas join: "catalog-6" after "catalog-5". They leave at the end of it.'),
  service: z.string().min(1).optional().describe('Default: the first.'),
  count: z.number().int().min(1).max(100_000),
  zone: z.string().min(1).optional(),
  weight: z.number().gt(0).default(1),
  toldAfter: told
})

const remove = z.strictObject({
  ...common,
  kind: z.literal('remove').describe('Replicas leave the fleet, and clients are told. They are back at the end of it.'),
  toldAfter: told,
  grace: duration.default(0).describe('How much later than `at` the process ends. What it then works on is lost.')
})

const clockStep = z.strictObject({
  ...when,
  kind: z.literal('clockStep').describe('The wall clock of all clients jumps; their monotonic clock does not.'),
  by: z.number().describe('Milliseconds; below zero: backwards. It jumps back at the end.')
})

/** Something that goes wrong for a while. */
export const fault = z.discriminatedUnion('kind', [
  slow,
  fail,
  hang,
  kill,
  partition,
  pause,
  antagonist,
  coldStart,
  capacity,
  add,
  remove,
  clockStep
])

export type ParsedFault = z.infer<typeof fault>
export type FaultKind = ParsedFault['kind']

type TargetKey = keyof typeof targetShape
type Completed<F> = F extends ParsedFault
  ? Readonly<Omit<F, TargetKey | 'name' | 'for' | 'latency' | 'clients' | 'clientShare'>> & {
      readonly name: string
      /** Infinity: for good. */
      readonly for: number
      /** Names of the replicas it hits: of `add` those that join; of `clockStep` none. */
      readonly targets: readonly string[]
      /** For people: `catalog-4`, `30 % of catalog`. */
      readonly where: string
    } & (F extends { kind: 'fail' } ? { readonly latency: ServiceTime | undefined } : object) &
      (F extends { kind: 'partition' } ? { readonly clients: readonly number[] } : object) &
      (F extends { kind: 'add' } ? { readonly service: string } : object)
  : never
/** A fault as worlds see it: named, its targets resolved. */
export type Fault = Completed<ParsedFault>
