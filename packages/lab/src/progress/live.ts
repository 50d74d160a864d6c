import { createLogUpdate } from 'log-update'
import type { Colors } from '../report/colors.ts'
import { formatDuration } from '../scenario/duration.ts'
import type { Scenario } from '../scenario/scenario.ts'
import type { Tick } from '../real/messages.ts'
import type { Display, Run } from '../run.ts'
import { percent } from '../stats/verdicts.ts'

const BARS = '▁▂▃▄▅▆▇█'
/** p99 of the lowest and the highest bar, on a log scale. */
const [LOW, HIGH] = [8, 800]

interface Lane {
  readonly title: string
  /** Per cell of time, the worst tick. */
  readonly cells: (Tick | undefined)[]
  calls: number
  failed: number
  latest: Tick | undefined
  summary: string | undefined
}

/** Progress drawn in place: a lane per run, p99 as bars over time, red where calls failed, the timeline above. */
export function liveDisplay(scenario: Scenario, colors: Colors, stream: NodeJS.WriteStream): Display {
  const update = createLogUpdate(stream)
  const duration = scenario.load.duration
  const width = Math.max(20, Math.min(72, (stream.columns ?? 80) - 26))
  const cellOf = (at: number): number => Math.floor((at / duration) * width)
  const lanes: Lane[] = []

  function draw(): void {
    const header = `${colors.bold(scenario.title)}  ${colors.dim(`${scenario.load.rate} calls/s, p99 over ${formatDuration(duration)}, red: calls failed`)}`
    update([header, ...timelineRows(scenario, width).map((row, at) => `${(at === 0 ? 'faults' : '').padEnd(14)}${colors.yellow(row)}`), ...lanes.map(laneText)].join('\n'))
  }

  function laneText({ title, cells, latest, calls, failed, summary }: Lane): string {
    const bars = Array.from({ length: width }, (_, at) => barOf(cells[at], colors)).join('')
    const now = latest === undefined ? 'starting' : latest.at < 0 ? 'warming up' : `${(latest.at / 1_000).toFixed(0)} s  p99 ${formatDuration(latest.p99)}`
    const running = `${now}  ${calls} calls, ${failed === 0 ? 'none' : colors.red(String(failed))} failed`
    return `${title.padEnd(13)} ${bars}\n${' '.repeat(14)}${summary ?? running}`
  }

  function onTick(tick: Tick): void {
    const lane = lanes.at(-1)
    if (lane === undefined) return
    lane.latest = tick
    if (tick.at >= 0) {
      const cell = Math.min(cellOf(tick.at), width - 1)
      lane.calls += tick.calls
      lane.failed += tick.failed
      // A short run has more cells than ticks: those between show the tick that ended them.
      for (let before = cell - 1; before >= 0 && lane.cells[before] === undefined; before--) lane.cells[before] = tick
      lane.cells[cell] = worse(lane.cells[cell], tick)
    }
    draw()
  }

  return {
    begin: ({ name }, seed) => {
      lanes.push({ title: scenario.seeds.length > 1 || lanes.some((lane) => lane.title === name) ? `${name} #${seed}` : name, cells: [], calls: 0, failed: 0, latest: undefined, summary: undefined })
      draw()
    },
    tick: onTick,
    step: () => {},
    end: (run) => {
      const lane = lanes.at(-1)
      if (lane !== undefined) lane.summary = summaryOf(run)
      draw()
    },
    close: () => update.done()
  }
}

function summaryOf({ figures, verdicts }: Run): string {
  const held = verdicts.filter(({ ok }) => ok).length
  const asserts = verdicts.length === 0 ? '' : `, ${held} of ${verdicts.length} asserts hold`
  return `success ${percent(figures.success, 3)}  p99 ${formatDuration(figures.latencyMs.p99)}  extra load ${percent(figures.extraLoad)}${asserts}`
}

function worse(a: Tick | undefined, b: Tick): Tick {
  if (a === undefined) return b
  return { ...b, calls: a.calls + b.calls, failed: a.failed + b.failed, p99: Math.max(a.p99, b.p99) }
}

function barOf(tick: Tick | undefined, { red, cyan, dim }: Colors): string {
  if (tick === undefined) return dim('·')
  const height = Math.log(Math.max(tick.p99, LOW) / LOW) / Math.log(HIGH / LOW)
  const bar = BARS[Math.min(BARS.length - 1, Math.floor(height * BARS.length))] ?? '▁'
  return tick.failed > 0 ? red(bar) : cyan(bar)
}

/** The faults above the lanes, on as many rows as overlaps need: `slow────  hang────`. */
export function timelineRows({ faults, load }: Pick<Scenario, 'faults' | 'load'>, width: number): string[] {
  const rows: { text: string; end: number }[] = []
  for (const { kind, at, for: length, replica } of faults) {
    const from = Math.floor((at / load.duration) * width)
    const cells = Math.max(1, Math.floor((length / load.duration) * width))
    const label = `${kind} ${replica.split('-').at(-1)}`.slice(0, cells).padEnd(cells, '─')
    let row = rows.find(({ end }) => end <= from)
    if (row === undefined) rows.push((row = { text: '', end: 0 }))
    row.text = row.text.padEnd(from) + label
    row.end = from + cells
  }
  return rows.map(({ text }) => text)
}
