import type { ParsedFault } from './faults.ts'
import { replicaName } from './service.ts'
import type { Fleets } from './targets.ts'

/** The replicas of every service, those that join later after those of the beginning, and who joins by which fault. */
export function fleetsOf(
  services: Readonly<Record<string, { readonly replicas: number }>>,
  faults: readonly (ParsedFault | undefined)[]
): { readonly fleets: Fleets; readonly joining: readonly (readonly string[])[] } {
  const fleets: Record<string, string[]> = {}
  for (const [name, { replicas }] of Object.entries(services)) {
    fleets[name] = Array.from({ length: replicas }, (_, index) => replicaName(name, index))
  }
  const [first = ''] = Object.keys(services)
  const joining = faults.map(() => [] as string[])
  const inOrder = [...faults.entries()].sort(([, a], [, b]) => (a?.at ?? 0) - (b?.at ?? 0))
  for (const [at, each] of inOrder) {
    const name = each?.kind === 'add' ? (each.service ?? first) : undefined
    const fleet = name === undefined ? undefined : fleets[name]
    if (each?.kind !== 'add' || name === undefined || fleet === undefined) continue
    const names = Array.from({ length: each.count }, (_, index) => replicaName(name, fleet.length + index))
    joining[at] = names
    fleet.push(...names)
  }
  return { fleets, joining }
}
