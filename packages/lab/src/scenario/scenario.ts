import { z } from 'zod'
import { assertion } from './asserts.ts'
import { contender, nameContender } from './contenders.ts'
import type { Contender } from './contenders.ts'
import { fault, nameFault } from './faults.ts'
import type { Fault } from './faults.ts'
import { completeClass, load } from './load.ts'
import type { Load } from './load.ts'
import { serviceTime } from './service-time.ts'
import type { Assertion } from './asserts.ts'

const service = z.strictObject({
  replicas: z.number().int().min(1).describe('How many; they are called "catalog-1", "catalog-2", ….'),
  slots: z.number().int().min(1).default(4).describe('Calls a replica works on at once; more wait in its queue.'),
  queue: z.number().int().min(0).optional().describe('Calls that may wait; beyond it 503 at once. Default: no bound.'),
  serviceTime,
  replyBytes: z.number().int().min(0).max(1_048_576).default(256).describe('Size of the reply body.')
})

const services = z
  .record(z.string(), service)
  .describe(
    'By name: lower-case letters, digits and dashes, a letter first. Calls go to the first unless they say otherwise.'
  )

/** The scenario file. One schema for every world: what a world cannot do it says itself (`Limits` of that world). */
export const scenarioSchema: z.ZodObject<{
  $schema: z.ZodOptional<z.ZodString>
  version: z.ZodLiteral<1>
  name: z.ZodString
  title: z.ZodOptional<z.ZodString>
  description: z.ZodOptional<z.ZodString>
  seeds: z.ZodDefault<z.ZodArray<z.ZodNumber>>
  services: typeof services
  load: typeof load
  contenders: z.ZodArray<typeof contender>
  faults: z.ZodDefault<z.ZodArray<typeof fault>>
  asserts: z.ZodDefault<z.ZodArray<typeof assertion>>
}> = z.strictObject({
  $schema: z.string().optional().describe('For editors.'),
  version: z.literal(1).describe('Version of this format.'),
  name: z.string().regex(/^[a-z0-9][a-z0-9-]*$/, { error: () => 'lower-case letters, digits and dashes' }),
  title: z.string().optional().describe('One line for reports.'),
  description: z.string().optional(),
  seeds: z
    .array(z.number().int().min(0).max(4_294_967_295))
    .min(1)
    .default([1])
    .describe('One run each. Arrivals, service times and failures follow from the seed.'),
  services,
  load,
  contenders: z.array(contender).min(1).describe('Run one after the other, under the same load.'),
  faults: z.array(fault).default([]).describe('The timeline.'),
  asserts: z.array(assertion).default([])
})

export type Service = z.infer<typeof service>
export type ScenarioInput = z.input<typeof scenarioSchema>

/** A scenario as worlds see it: defaults filled in, everything named. */
export interface Scenario {
  readonly version: 1
  readonly name: string
  readonly title: string
  readonly description: string
  readonly seeds: readonly number[]
  readonly services: Readonly<Record<string, Service>>
  readonly load: Load
  readonly contenders: readonly Contender[]
  readonly faults: readonly Fault[]
  readonly asserts: readonly Assertion[]
}

export function completeScenario(parsed: z.output<typeof scenarioSchema>): Scenario {
  const { name, title = name, description = '', seeds, services, contenders, faults, asserts } = parsed
  const [first = ''] = Object.keys(services)
  return {
    version: 1,
    name,
    title,
    description,
    seeds,
    services,
    load: { ...parsed.load, classes: parsed.load.classes.map((each) => completeClass(each, first)) },
    contenders: contenders.map(nameContender),
    faults: faults.map(nameFault).sort((a, b) => a.at - b.at),
    asserts
  }
}

/** Names of a service's replicas, in order: `catalog-1`, `catalog-2`, …. */
export function replicaNames(services: Readonly<Record<string, Pick<Service, 'replicas'>>>): string[] {
  return Object.entries(services).flatMap(([name, { replicas }]) =>
    Array.from({ length: replicas }, (_, index) => `${name}-${index + 1}`)
  )
}
