import type { Fault, ParsedFault } from './faults.ts'
import { completeServiceTime } from './service-time.ts'
import { describeTarget, resolveTarget } from './targets.ts'
import type { Fleets, Membership } from './targets.ts'

export interface FaultContext {
  readonly membership: Membership
  readonly processes: number
  readonly folder: string
}

export function completeFault(parsed: ParsedFault, at: number, context: FaultContext): Fault {
  const base = { ...whoIsHit(parsed, at, context.membership), at: parsed.at, for: parsed.for ?? Infinity }
  switch (parsed.kind) {
    case 'fail': {
      const { code, share, latency } = parsed
      const law = latency === undefined ? undefined : completeServiceTime(latency, context.folder)
      return { ...base, kind: 'fail', code, share, latency: law }
    }
    case 'partition': {
      const { mode, callers, clients = firstOf(parsed.clientShare, context.processes) } = parsed
      return { ...base, kind: 'partition', mode, callers, clients }
    }
    case 'add': {
      const { service = Object.keys(context.membership.all)[0] ?? '', ...rest } = parsed
      return { ...rest, ...base, service }
    }
    case 'clockStep':
      return { ...parsed, ...base }
    default: {
      const { replica: _, replicas: __, service: ___, fleetShare: ____, ...rest } = parsed
      return { ...rest, ...base }
    }
  }
}

/** Of a whole service, or a share of one, those are hit that belong to it when the fault begins. */
function whoIsHit(parsed: ParsedFault, at: number, membership: Membership): Pick<Fault, 'name' | 'targets' | 'where'> {
  const fleets = membership.at(parsed.at)
  const where = whereOf(parsed, fleets)
  const name = parsed.name ?? (where === '' ? parsed.kind : `${parsed.kind} ${where}`)
  if (parsed.kind === 'add') return { name, where, targets: membership.joining[at] ?? [] }
  return { name, where, targets: parsed.kind === 'clockStep' ? [] : resolveTarget(parsed, fleets) }
}

function whereOf(parsed: ParsedFault, fleets: Fleets): string {
  if (parsed.kind === 'clockStep') return ''
  if (parsed.kind === 'add') return `${parsed.count} to ${parsed.service ?? Object.keys(fleets)[0] ?? ''}`
  return describeTarget(parsed, fleets)
}

function firstOf(share: number, processes: number): number[] {
  return Array.from({ length: Math.round(share * processes) }, (_, index) => index)
}
