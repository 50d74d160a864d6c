import { formatDuration } from '../scenario/duration.ts'
import type { Tick } from '../real/messages.ts'
import type { Colors } from '../report/colors.ts'

const BARS = '▁▂▃▄▅▆▇█'
/** p99 of the lowest and the highest bar, on a log scale. */
const [LOW, HIGH] = [8, 800]

/** One run as a line of bars over time, and a line of words below. */
export interface Lane {
  readonly title: string
  /** By cell of time, what ended in it. */
  readonly cells: (Tick | undefined)[]
  calls: number
  failed: number
  latest: Tick | undefined
  summary: string | undefined
}

export function createLane(title: string): Lane {
  return { title, cells: [], calls: 0, failed: 0, latest: undefined, summary: undefined }
}

/** Takes a tick into its cell; those of the warm-up are only the latest news. */
export function addTick(lane: Lane, tick: Tick, cell: number): void {
  lane.latest = tick
  if (tick.at < 0) return
  lane.calls += tick.calls
  lane.failed += tick.failed
  // A short run has more cells than ticks: those between show the tick that ended them.
  for (let before = cell - 1; before >= 0 && lane.cells[before] === undefined; before--) lane.cells[before] = tick
  lane.cells[cell] = joined(lane.cells[cell], tick)
}

function joined(a: Tick | undefined, b: Tick): Tick {
  if (a === undefined) return b
  return { ...b, calls: a.calls + b.calls, failed: a.failed + b.failed, p99: Math.max(a.p99, b.p99) }
}

export function barsOf({ cells }: Lane, width: number, colors: Colors): string {
  return Array.from({ length: width }, (_, at) => barOf(cells[at], colors)).join('')
}

function barOf(tick: Tick | undefined, { red, cyan, dim }: Colors): string {
  if (tick === undefined) return dim('·')
  const height = Math.log(Math.max(tick.p99, LOW) / LOW) / Math.log(HIGH / LOW)
  const bar = BARS[Math.min(BARS.length - 1, Math.floor(height * BARS.length))] ?? '▁'
  return tick.failed > 0 ? red(bar) : cyan(bar)
}

/** How it goes, or what came of it. */
export function wordsOf({ latest, calls, failed, summary }: Lane, { red }: Colors): string {
  if (summary !== undefined) return summary
  if (latest === undefined) return 'starting'
  if (latest.at < 0) return 'warming up'
  const failures = failed === 0 ? 'none failed' : red(`${failed} failed`)
  return `${(latest.at / 1_000).toFixed(0)} s  p99 ${formatDuration(latest.p99)}  ${calls} calls, ${failures}`
}
