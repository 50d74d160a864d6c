import type { ParsedFault } from './faults.ts'
import { replicaName } from './service.ts'
import type { Fleets, Membership } from './targets.ts'

interface Join {
  readonly service: string
  readonly names: readonly string[]
  readonly from: number
  readonly to: number
}

export function membershipOf(
  services: Readonly<Record<string, { readonly replicas: number }>>,
  faults: readonly (ParsedFault | undefined)[]
): Membership {
  const first: Fleets = Object.fromEntries(
    Object.entries(services).map(([name, { replicas }]) => [name, numbered(name, 0, replicas)])
  )
  const joins = joinsOf(first, faults)
  const fleets = (counts: (join: Join) => boolean): Fleets =>
    Object.fromEntries(Object.entries(first).map(([name, own]) => [name, [...own, ...namesOf(joins, name, counts)]]))
  return {
    all: fleets(() => true),
    joining: faults.map((_, at) => joins.get(at)?.names ?? []),
    at: (time) => fleets(({ from, to }) => from <= time && time < to)
  }
}

function namesOf(joins: ReadonlyMap<number, Join>, service: string, counts: (join: Join) => boolean): string[] {
  const own = [...joins.values()].filter((join) => join.service === service)
  return own.flatMap((join) => (counts(join) ? join.names : []))
}

/** By the fault's place in the file, in order of time: who joins first has the lower number. */
function joinsOf(first: Fleets, faults: readonly (ParsedFault | undefined)[]): ReadonlyMap<number, Join> {
  const sizes = new Map(Object.entries(first).map(([name, own]) => [name, own.length]))
  const [leader = ''] = sizes.keys()
  const joins = new Map<number, Join>()
  for (const [at, each] of [...faults.entries()].sort(([, a], [, b]) => (a?.at ?? 0) - (b?.at ?? 0))) {
    const service = each?.kind === 'add' ? (each.service ?? leader) : ''
    const size = sizes.get(service)
    if (each?.kind !== 'add' || size === undefined) continue
    const names = numbered(service, size, each.count)
    sizes.set(service, size + each.count)
    joins.set(at, { service, names, from: each.at, to: each.at + (each.for ?? Infinity) })
  }
  return joins
}

function numbered(service: string, from: number, count: number): string[] {
  return Array.from({ length: count }, (_, index) => replicaName(service, from + index))
}
