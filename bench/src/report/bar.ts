import type { Row } from './result.ts'

/** What a row is asked to reach; `aim` is what it would like to. */
export interface Bar {
  readonly contender: string
  readonly metric: string
  readonly of: 'ratio' | 'median'
  readonly atMost?: number
  /** Of speeds: the more the better. */
  readonly atLeast?: number
  readonly aim?: number
}

export type Verdict = 'PASS' | 'MISS' | 'NOISY'

/** The baseline against itself, in every metric that is a ratio, has this name. */
export function controlOf(baseline: string): string {
  return `${baseline} again`
}

/** Three rounds there and back: the interval of fewer has no width, and that is not because they agree. */
const fewestRuns = 6

/**
 * A ratio's bar means something only where it lies at least three half-widths of the control's interval above 1: below
 * that, the same code against itself would miss it now and then.
 */
export function judge(bar: Bar, row: Row, rows: readonly Row[]): Verdict {
  const { atMost = Infinity, atLeast = -Infinity } = bar
  if (bar.of === 'median') return row.median <= atMost && row.median >= atLeast ? 'PASS' : 'MISS'
  const control = controlOf(row.baseline ?? '')
  const { ciLow = 1, ciHigh = 1, runs = 0 } = rows.find(({ contender, metric }) => contender === control && metric === row.metric) ?? {}
  if (runs < fewestRuns || atMost - 1 < (3 * (ciHigh - ciLow)) / 2) return 'NOISY'
  return (row.ratio ?? Infinity) <= atMost ? 'PASS' : 'MISS'
}
