import { formatDuration } from './duration.ts'
import { completeFault } from './complete-fault.ts'
import type { Fault, FaultKind, ParsedFault } from './faults.ts'
import { membershipOf } from './fleets.ts'
import type { Mistake } from './mistakes.ts'
import { nameMistakes, unknownName } from './parts.ts'
import type { Parts } from './parts.ts'
import { lawMistakes } from './service-references.ts'
import { TARGET_ACCEPTED, targetWays } from './targets.ts'

/** What leaves nothing of a replica that something else could go wrong with. */
const GONE: ReadonlySet<FaultKind> = new Set(['hang', 'kill', 'remove'])

export function faultMistakes(parts: Parts): Mistake[] {
  const names = faultNames(parts)
  return [
    ...nameMistakes('faults', names),
    ...parts.faults.flatMap((each, at) => (each === undefined ? [] : ownMistakes(each, at, parts))),
    ...overlapMistakes(parts)
  ]
}

/** Undefined entries of the file have a name that nobody can mean. */
export function faultNames(parts: Parts): string[] {
  return resolved(parts).map((each, at) => each?.name ?? `#${at}`)
}

/** The well-formed faults with their names and targets, at their places in the file. */
export function resolved({ faults, membership = membershipOf({}, []), processes }: Parts): (Fault | undefined)[] {
  // Files are looked at elsewhere: what a fault is called and whom it hits does not depend on them.
  const context = { membership, processes, folder: '.' }
  return faults.map((each, at) => each && completeFault(withoutLaws(each), at, context))
}

function withoutLaws(each: ParsedFault): ParsedFault {
  if (each.kind !== 'fail') return each
  const { latency: _, ...rest } = each
  return rest
}

function ownMistakes(each: ParsedFault, at: number, parts: Parts): Mistake[] {
  const path = `faults[${at}]`
  const { load } = parts
  const mistakes = [...targetMistakes(each, path, parts), ...lateMistakes(each, path, load?.duration)]
  if (each.kind === 'fail' && each.latency !== undefined) mistakes.push(...lawMistakes(`${path}.latency`, each.latency))
  if (each.kind === 'coldStart' && each.for === undefined) {
    mistakes.push({ path: `${path}.for`, got: 'nothing', accepted: 'how long it takes to warm up' })
  }
  if (each.kind === 'partition') mistakes.push(...partitionMistakes(each, path, parts))
  return mistakes
}

function lateMistakes({ at, for: length = 0 }: ParsedFault, path: string, duration: number | undefined): Mistake[] {
  if (duration === undefined || at + length <= duration) return []
  const accepted = `an end within load.duration (${formatDuration(duration)})`
  return [{ path, got: `an end at ${formatDuration(at + length)}`, accepted }]
}

function targetMistakes(each: ParsedFault, path: string, { membership, services }: Parts): Mistake[] {
  if (each.kind === 'clockStep') return []
  if (each.kind === 'add') return unknownName(`${path}.service`, each.service, services)
  // One that has not joined yet, or has left again, cannot be hit.
  const known = membership && Object.values(membership.at(each.at)).flat()
  const ways = targetWays(each)
  const count = ways === 1 ? [] : [{ path, got: ways === 0 ? 'no replica' : 'several ways', accepted: TARGET_ACCEPTED }]
  return [
    ...count,
    ...unknownName(`${path}.replica`, each.replica, known),
    ...(each.replicas ?? []).flatMap((name, index) => unknownName(`${path}.replicas[${index}]`, name, known)),
    ...unknownName(`${path}.service`, each.service, services)
  ]
}

function partitionMistakes(
  { clients = [], callers }: Extract<ParsedFault, { kind: 'partition' }>,
  path: string,
  { processes, membership }: Parts
): Mistake[] {
  const known = membership && Object.values(membership.all).flat()
  const strangers = clients.flatMap((process, at) =>
    process < processes
      ? []
      : [{ path: `${path}.clients[${at}]`, got: String(process), accepted: `0 to ${processes - 1}` }]
  )
  return [...strangers, ...callers.flatMap((name, at) => unknownName(`${path}.callers[${at}]`, name, known))]
}

function overlapMistakes(parts: Parts): Mistake[] {
  const all = resolved(parts)
  return all.flatMap((each, at) => {
    const clash = each && all.slice(0, at).find((other) => other !== undefined && clashes(other, each))
    if (clash === undefined) return []
    const accepted = 'one fault at a time on a replica: these two cannot both be'
    return [{ path: `faults[${at}]`, got: `a time that overlaps ${clash.name}`, accepted }]
  })
}

function clashes(a: Fault, b: Fault): boolean {
  const exclusive = a.kind === b.kind ? a.kind !== 'add' : GONE.has(a.kind) && GONE.has(b.kind)
  return exclusive && overlap(a, b) && shareTarget(a, b)
}

/** Do they happen at the same time? */
export function overlap(a: Fault, b: Fault): boolean {
  return a.at < b.at + b.for && b.at < a.at + a.for
}

export function shareTarget(a: Fault, b: Fault): boolean {
  if (a.kind === 'clockStep' && b.kind === 'clockStep') return true
  const targets = new Set(a.targets)
  return b.targets.some((each) => targets.has(each))
}
