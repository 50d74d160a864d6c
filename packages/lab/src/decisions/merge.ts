import { MOST_CHANGES } from './decisions.ts'
import type { Beyond, Change, ChangeType, Count, Decisions } from './decisions.ts'

/** What several processes told, as of one log; undefined when none of them tells anything. */
export function mergeDecisions(logs: readonly Decisions[]): Decisions | undefined {
  const [first] = logs
  const by = [...new Set(logs.flatMap((log) => log.by))]
  if (first === undefined || by.length === 0) return undefined
  if (logs.length === 1) return first
  const sorted = logs.flatMap(({ changes }) => changes).toSorted((a, b) => a.at - b.at)
  const { changes, beyond } = bounded(sorted, logs.flatMap((log) => Object.entries(log.beyond) as [ChangeType, Beyond][]))
  return { by, every: first.every, changes, beyond, counts: added(logs.flatMap(({ counts }) => counts)) }
}

/** As many of each type as one log keeps, and none after the first that some log left out: between those there is a gap. */
function bounded(sorted: readonly Change[], left: readonly (readonly [ChangeType, Beyond])[]): Pick<Decisions, 'changes' | 'beyond'> {
  const kept = new Map<ChangeType, number>()
  const beyond = new Map<ChangeType, Beyond>()
  for (const [type, { count, from }] of left) {
    const known = beyond.get(type)
    beyond.set(type, { count: (known?.count ?? 0) + count, from: Math.min(known?.from ?? Infinity, from) })
  }
  const changes = sorted.filter(({ type, at }) => {
    const count = kept.get(type) ?? 0
    const over = beyond.get(type)
    if (count < MOST_CHANGES && at < (over?.from ?? Infinity)) {
      kept.set(type, count + 1)
      return true
    }
    beyond.set(type, { count: (over?.count ?? 0) + 1, from: Math.min(over?.from ?? Infinity, at) })
    return false
  })
  return { changes, beyond: Object.fromEntries(beyond) }
}

function added(counts: readonly Count[]): Count[] {
  const all = new Map<string, Count>()
  for (const count of counts) {
    const key = `${count.type} ${count.service} ${count.why ?? ''}`
    const known = all.get(key)
    all.set(key, known === undefined ? count : { ...known, each: sum(known.each, count.each) })
  }
  return [...all.values()]
}

function sum(a: readonly number[], b: readonly number[]): number[] {
  return Array.from({ length: Math.max(a.length, b.length) }, (_, step) => (a[step] ?? 0) + (b[step] ?? 0))
}
