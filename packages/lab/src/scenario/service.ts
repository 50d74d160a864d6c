import { z } from 'zod'
import { admission } from './admission.ts'
import { duration } from './duration.ts'
import { protocol } from './protocol.ts'
import { classShape, completeClass, method } from './request-class.ts'
import type { RequestClass } from './request-class.ts'
import { completeServiceTime, serviceTime } from './service-time.ts'
import type { ServiceTime } from './service-time.ts'
import { resolveTarget, targetShape } from './targets.ts'

const zone = z.string().min(1)
const { service: _, ...ownTarget } = targetShape

const override = z.strictObject({
  ...ownTarget,
  timeFactor: z.number().gt(0).optional().describe('Service times are multiplied by it: 2 is a machine half as fast.'),
  slots: z.number().int().min(1).optional(),
  zone: zone.optional(),
  weight: z.number().gt(0).optional().describe('Told to clients that weigh.')
})

const { criticality, ...innerShape } = classShape

const innerCall = z.strictObject({
  service: z.string().min(1).describe('Whom it calls.'),
  method: method.default('GET'),
  path: z.string().startsWith('/').default('/'),
  count: z.number().int().min(1).max(100_000).default(1).describe('How many such calls.'),
  to: z
    .enum(['any', 'distinct', 'all'])
    .default('any')
    .describe(
      'any: the client chooses a replica for each, as for any call. distinct: each goes to a replica of its own, drawn. all: one to every replica, `count` is not looked at. The last two leave the client no choice, as with shards.'
    ),
  ...innerShape,
  criticality: criticality
    .unwrap()
    .optional()
    .describe('How much it matters. Default: as much as what it is made for, where that is known, else CRITICAL.')
})

const step = z.strictObject({
  when: z.enum(['before', 'after']).default('before').describe("Before or after the service's own work on a call."),
  mode: z.enum(['sequential', 'parallel']).default('sequential').describe('One after the other, or all at once.'),
  onFailure: z
    .enum(['fail', 'ignore'])
    .default('fail')
    .describe('fail: the call fails with it, with 502, once all of the step have ended. ignore: it goes on without.'),
  calls: z.array(innerCall).min(1)
})

export const service = z.strictObject({
  replicas: z.number().int().min(0).max(100_000).describe('How many; they are called "catalog-1", "catalog-2", ….'),
  protocol,
  work: z
    .enum(['timer', 'cpu'])
    .default('timer')
    .describe(
      'What a service time is spent with. timer: waiting, so that the CPU of the machine is not what is measured. cpu: computing on the event loop, one call at a time, while what comes meanwhile lies in its sockets. A real replica then burns so much CPU time of its own.'
    ),
  slots: z
    .number()
    .int()
    .min(1)
    .optional()
    .describe('Calls a replica works on at once; more wait in its queue. Default 4; who computes has 1.'),
  queue: z.number().int().min(0).optional().describe('Calls that may wait; beyond it 503 at once. Default: no bound.'),
  admission: admission
    .optional()
    .describe(
      'Replicas have the server half: they decide which calls they take, end dead work, and hand deadlines, criticality and retry marks on to what they call. With one slot it is the event loop that works: calls that come meanwhile are seen afterwards, and its delay is how long the first of them has lain there. Default: they take what comes.'
    ),
  rejectCode: z.number().int().min(400).max(599).default(503).describe('What it answers when the queue is full.'),
  serviceTime,
  drawnBy: z
    .enum(['replica', 'call'])
    .default('replica')
    .describe(
      'Whether a service time belongs to the call alone or to the call on that replica. replica: what takes long here may be quick there, so that a second try may be luckier, and an oracle picks the luckiest of all. call: as much work wherever it is done; replicas differ by their queues and faults.'
    ),
  perConcurrent: duration
    .default(0)
    .describe('Added to a service time for each call at work there when it begins, itself included.'),
  failures: z
    .strictObject({
      share: z.number().min(0).max(1).describe('Probability that a call fails.'),
      code: z.number().int().min(400).max(599).default(500),
      latency: serviceTime.optional().describe('How long it takes to fail. Default: at once.')
    })
    .optional()
    .describe('Calls that fail without the work being done and without a slot being taken.'),
  cancelled: z
    .enum(['runs-on', 'leaves-queue', 'stops'])
    .default('runs-on')
    .describe(
      'What a try costs that its client gave up. runs-on: all of its work. leaves-queue: nothing while it waits, all of it once begun. stops: nothing more from then on.'
    ),
  coldStart: z
    .strictObject({
      factor: z.number().gt(1).max(1_000).describe('Service times are multiplied by this at first.'),
      for: duration.describe('How long until it is as fast as ever, along a straight line.')
    })
    .optional()
    .describe('How a replica is that joins or comes back. Those of the beginning are warm.'),
  network: z
    .strictObject({
      delay: serviceTime.optional().describe('One way, drawn for each message. Default: none.'),
      crossZone: serviceTime.optional().describe('More of it between different zones. Default: none.')
    })
    .default({}),
  zones: z.array(zone).default([]).describe('Replicas are in these in turn. Default: no zones.'),
  overrides: z.array(override).default([]).describe('Replicas that differ. Later ones win.'),
  calls: z.array(step).default([]).describe('What it calls for each call it gets, step by step.'),
  holdsSlot: z
    .boolean()
    .default(false)
    .describe('Does a call keep its slot while the service waits for others? In Node it does not.'),
  reports: z
    .boolean()
    .default(false)
    .describe('Whether its replies say what it has in flight, as those of inmesh’s servers do. Peers that weigh by reports get theirs in any case.'),
  replyBytes: z.number().int().min(0).max(1_048_576).default(256).describe('Size of the reply body.')
})

export type ParsedService = z.infer<typeof service>
type ParsedStep = z.infer<typeof step>

export interface Replica {
  readonly name: string
  readonly zone: string | undefined
  readonly weight: number
  readonly timeFactor: number
  readonly slots: number
}

export interface InnerCall {
  readonly requestClass: RequestClass
  readonly count: number
  readonly to: 'any' | 'distinct' | 'all'
  /** It matters as much as what it is made for. */
  readonly inherits: boolean
}

export type Step = Readonly<Omit<ParsedStep, 'calls'>> & { readonly calls: readonly InnerCall[] }

/** A service as worlds see it. `replicas` counts those of the beginning; `instances` are they, one by one. */
export type Service = Readonly<
  Omit<ParsedService, 'slots' | 'serviceTime' | 'failures' | 'network' | 'overrides' | 'calls' | 'zones'>
> & {
  readonly slots: number
  readonly serviceTime: ServiceTime
  readonly failures:
    | { readonly share: number; readonly code: number; readonly latency: ServiceTime | undefined }
    | undefined
  /** Undefined: no delay. */
  readonly network: { readonly delay: ServiceTime | undefined; readonly crossZone: ServiceTime | undefined }
  readonly zones: readonly string[]
  readonly instances: readonly Replica[]
  readonly calls: readonly Step[]
}

export function completeService(name: string, parsed: ParsedService, folder: string): Service {
  const { overrides: __, failures, network, calls, ...rest } = parsed
  const law = (each: ParsedService['serviceTime'] | undefined): ServiceTime | undefined =>
    each && completeServiceTime(each, folder)
  return {
    ...rest,
    slots: slotsOf(parsed),
    serviceTime: completeServiceTime(parsed.serviceTime, folder),
    failures: failures && { ...failures, latency: law(failures.latency) },
    network: { delay: law(network.delay), crossZone: law(network.crossZone) },
    instances: instancesOf(name, parsed),
    calls: calls.map((each) => ({ ...each, calls: each.calls.map(completeCall) }))
  }
}

function completeCall({ count, to, criticality: own, ...call }: ParsedStep['calls'][number]): InnerCall {
  const parsed = { ...call, criticality: own ?? 'CRITICAL', weight: 1, bodyBytes: 0 }
  return { requestClass: completeClass(parsed, call.service), count, to, inherits: own === undefined }
}

function slotsOf({ slots, work }: ParsedService): number {
  return slots ?? (work === 'cpu' ? 1 : 4)
}

/** Name of a service's replica number `index`, from 0. */
export function replicaName(service: string, index: number): string {
  return `${service}-${index + 1}`
}

function instancesOf(name: string, parsed: ParsedService): Replica[] {
  const names = Array.from({ length: parsed.replicas }, (_, index) => replicaName(name, index))
  const { zones } = parsed
  const slots = slotsOf(parsed)
  const instances = new Map(
    names.map((each, at) => [each, { name: each, zone: zones[at % zones.length], weight: 1, timeFactor: 1, slots }])
  )
  for (const { timeFactor, slots: own, zone: place, weight, ...target } of parsed.overrides) {
    for (const each of resolveTarget({ ...target, ...everyone(target, name) }, { [name]: names })) {
      const instance = instances.get(each)
      if (instance === undefined) continue
      if (timeFactor !== undefined) instance.timeFactor = timeFactor
      if (own !== undefined) instance.slots = own
      if (place !== undefined) instance.zone = place
      if (weight !== undefined) instance.weight = weight
    }
  }
  return [...instances.values()]
}

/** An override that names nobody is about all of the service. */
function everyone(target: object, service: string): { service?: string } {
  return 'replica' in target || 'replicas' in target ? {} : { service }
}
