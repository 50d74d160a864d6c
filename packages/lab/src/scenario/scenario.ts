import { z } from 'zod'
import { assertion } from './asserts.ts'
import type { Assertion } from './asserts.ts'
import { clients } from './clients.ts'
import type { Clients } from './clients.ts'
import { contender, nameContender } from './contenders.ts'
import type { Contender } from './contenders.ts'
import { completeFault } from './complete-fault.ts'
import { completeLoad } from './complete-load.ts'
import { fault } from './faults.ts'
import type { Fault } from './faults.ts'
import { membershipOf } from './fleets.ts'
import { limits, measure } from './limits.ts'
import type { Limits, Measure } from './limits.ts'
import { load } from './load.ts'
import type { Load } from './load.ts'
import { utilizationOf } from './capacity.ts'
import { completeService, replicaName, service } from './service.ts'
import type { Service } from './service.ts'

export type { Service } from './service.ts'

const services = z
  .record(z.string(), service)
  .describe(
    'By name: lower-case letters, digits and dashes, a letter first. Calls go to the first unless they say otherwise.'
  )

/** The scenario file. One schema for every world: what a world cannot do it says itself (`limits.ts` of that world). */
export const scenarioSchema = z.strictObject({
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
  clients: clients.prefault({}),
  load,
  contenders: z.array(contender).min(1).describe('Run one after the other, under the same load.'),
  faults: z.array(fault).default([]).describe('The timeline.'),
  asserts: z.array(assertion).default([]),
  measure: measure.prefault({}),
  limits: limits.prefault({})
})

export type ScenarioInput = z.input<typeof scenarioSchema>

/** A scenario as worlds see it: defaults filled in, everything named, targets resolved, files read. */
export interface Scenario {
  readonly version: 1
  readonly name: string
  readonly title: string
  readonly description: string
  readonly seeds: readonly number[]
  readonly services: Readonly<Record<string, Service>>
  readonly clients: Clients
  readonly load: Load
  readonly contenders: readonly Contender[]
  /** By when they begin. */
  readonly faults: readonly Fault[]
  readonly asserts: readonly Assertion[]
  readonly measure: Measure
  readonly limits: Limits
}

/** `folder`: where the files are found that the scenario names. */
export function completeScenario(parsed: z.output<typeof scenarioSchema>, folder: string): Scenario {
  const { name, title = name, description = '', seeds, contenders, asserts } = parsed
  const [first = ''] = Object.keys(parsed.services)
  const membership = membershipOf(parsed.services, parsed.faults)
  const context = { membership, folder, processes: parsed.clients.processes }
  const services = Object.fromEntries(
    Object.entries(parsed.services).map(([each, definition]) => [each, completeService(each, definition, folder)])
  )
  return {
    version: 1,
    name,
    title,
    description,
    seeds,
    services,
    clients: parsed.clients,
    load: completeLoad(parsed.load, {
      firstService: first,
      folder,
      utilizationOf: (classes) => utilizationOf(services, classes)
    }),
    contenders: contenders.map(nameContender),
    faults: parsed.faults.map((each, at) => completeFault(each, at, context)).sort((a, b) => a.at - b.at),
    asserts,
    measure: parsed.measure,
    limits: parsed.limits
  }
}

/** Names of the replicas of the beginning, service by service, in order: `catalog-1`, `catalog-2`, …. */
export function replicaNames(services: Readonly<Record<string, Pick<Service, 'replicas'>>>): string[] {
  return Object.entries(services).flatMap(([name, { replicas }]) =>
    Array.from({ length: replicas }, (_, index) => replicaName(name, index))
  )
}

/** All replicas there ever are: those of the beginning, then those that join. The order of `Recording.endpoints`. */
export function allReplicaNames({ services, faults }: Pick<Scenario, 'services' | 'faults'>): string[] {
  return [...replicaNames(services), ...faults.flatMap((each) => (each.kind === 'add' ? each.targets : []))]
}
