import type { Bar } from '../report/bar.ts'
import type { Bench, Finding } from '../report/bench.ts'
import { measureHeap } from './heap.ts'
import { percentileInsert } from './percentile-insert.ts'
import { pickAndReport } from './pick-report.ts'
import { timed } from './timing.ts'

const contender = 'inmesh'
const bars: readonly Bar[] = [
  { contender, metric: 'pick-report-10', of: 'median', atMost: 200 },
  { contender, metric: 'pick-report-10000', of: 'median', atMost: 300 },
  { contender, metric: 'percentile-insert', of: 'median', atMost: 20 },
  { contender, metric: 'heap-per-call', of: 'median', atMost: 3072, aim: 1536 },
  { contender, metric: 'state-per-endpoint', of: 'median', atMost: 512 },
]

export const decisions: Bench = { name: 'decisions', run }

async function run(): Promise<Finding> {
  const rows = [
    await timed(contender, 'pick-report-10', pickAndReport(10)),
    await timed(contender, 'pick-report-10000', pickAndReport(10_000)),
    await timed(contender, 'percentile-insert', percentileInsert()),
    ...(await measureHeap()),
  ]
  return { rows, bars, notes: ['a decision is a pick and the head and end of an earlier one, 16 in flight', 'state in use includes the percentiles, which an endpoint gets with its first success'] }
}
