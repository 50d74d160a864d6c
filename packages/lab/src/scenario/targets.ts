import { z } from 'zod'

/** Which replicas: one, some, a share of a service, or all of one. */
export const targetShape = {
  replica: z.string().min(1).optional().describe('Service and number, from 1: "catalog-4".'),
  replicas: z.array(z.string().min(1)).min(1).optional().describe('Several: ["catalog-1", "catalog-4"].'),
  service: z.string().min(1).optional().describe('All replicas of this service.'),
  fleetShare: z
    .number()
    .gt(0)
    .max(1)
    .optional()
    .describe('With `service` (default: the first): only this share of its replicas, the first ones, at least one.')
}

export interface Target {
  readonly replica?: string | undefined
  readonly replicas?: readonly string[] | undefined
  readonly service?: string | undefined
  readonly fleetShare?: number | undefined
}

export const TARGET_ACCEPTED = 'one of replica, replicas, service (with fleetShare for a part of it)'

/** Names of the replicas by service, those that join later included. */
export type Fleets = Readonly<Record<string, readonly string[]>>

/** Who belongs to which service, and when. */
export interface Membership {
  /** All there ever are: those of the beginning, then those that join. */
  readonly all: Fleets
  /** Whom each fault brings, by its place in the file. */
  readonly joining: readonly (readonly string[])[]
  /** Those of the beginning and those that have joined by then and not left again. */
  readonly at: (time: number) => Fleets
}

/** How many ways of saying it were used: one is right. */
export function targetWays({ replica, replicas, service, fleetShare }: Target): number {
  return [replica, replicas, service ?? fleetShare].filter((each) => each !== undefined).length
}

export function resolveTarget({ replica, replicas, service, fleetShare }: Target, fleets: Fleets): readonly string[] {
  if (replica !== undefined) return [replica]
  if (replicas !== undefined) return replicas
  if (service === undefined && fleetShare === undefined) return []
  const fleet = fleets[service ?? Object.keys(fleets)[0] ?? ''] ?? []
  return fleetShare === undefined ? fleet : fleet.slice(0, Math.max(1, Math.round(fleetShare * fleet.length)))
}

/** For people: `catalog-4`, `catalog`, `30 % of catalog`, `12 replicas`. */
export function describeTarget({ replica, replicas, service, fleetShare }: Target, fleets: Fleets): string {
  if (replica !== undefined) return replica
  if (replicas !== undefined) return replicas.length > 3 ? `${replicas.length} replicas` : replicas.join(', ')
  const name = service ?? Object.keys(fleets)[0] ?? ''
  return fleetShare === undefined ? name : `${Number((fleetShare * 100).toFixed(1))} % of ${name}`
}
