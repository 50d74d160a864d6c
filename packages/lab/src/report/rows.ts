import { formatDuration } from '../scenario/duration.ts'
import { percent } from '../stats/verdicts.ts'
import type { ContenderResult, Result } from './result.ts'

/** A line of the results table: what, and one cell per contender. */
export interface Row {
  readonly label: string
  readonly cells: readonly string[]
}

/** What terminal and page both show, in the order a reader asks. */
export function resultRows({ contenders }: Result): Row[] {
  const row = (label: string, cell: (each: ContenderResult) => string): Row => ({ label, cells: contenders.map(cell) })
  return [
    row('calls due', ({ calls }) => calls.toLocaleString('en')),
    row('success', ({ success }) => percent(success, 3)),
    ...(contenders.some(({ withinShare }) => withinShare !== undefined)
      ? [row('success in time', ({ withinShare = 0 }) => percent(withinShare, 3))]
      : []),
    row('p50', ({ latencyMs }) => formatDuration(latencyMs.p50)),
    row('p99', ({ latencyMs }) => formatDuration(latencyMs.p99)),
    row('p99 before the first fault', ({ healthy }) => formatDuration(healthy.latencyMs.p99)),
    row('p99.9', ({ latencyMs }) => formatDuration(latencyMs.p999)),
    row('slowest', ({ latencyMs }) => formatDuration(latencyMs.max)),
    row('extra load', ({ extraLoad }) => percent(extraLoad)),
    row('work done twice that must not be', ({ repeatedWork }) => String(repeatedWork)),
    ...(contenders.some(({ cpu }) => cpu !== undefined)
      ? [row('CPU of the machine', ({ cpu = 0 }) => percent(cpu, 1))]
      : [])
  ]
}

/** Seconds until each fault was out of the callers' way. */
export function faultRows({ contenders }: Result): Row[] {
  const faults = contenders[0]?.faults ?? []
  return faults.map(({ name }, at) => ({
    label: name,
    cells: contenders.map(({ faults: own }) => {
      const time = own[at]?.outOfTheWayMs ?? null
      return time === null ? 'never' : `${(time / 1_000).toFixed(1)} s`
    })
  }))
}

export function shareRows({ contenders }: Result): Row[] {
  const replicas = Object.keys(contenders[0]?.share ?? {})
  return replicas.map((name) => ({ label: name, cells: contenders.map(({ share }) => percent(share[name] ?? 0, 1)) }))
}
