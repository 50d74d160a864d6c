import { createLogUpdate } from 'log-update'
import type { Colors } from '../report/colors.ts'
import { formatDuration } from '../scenario/duration.ts'
import { describeLoad } from '../scenario/load.ts'
import type { Scenario } from '../scenario/scenario.ts'
import type { Display, Run } from '../run.ts'
import { percent } from '../stats/verdicts.ts'
import { addTick, barsOf, createLane, wordsOf } from './lane.ts'
import type { Lane } from './lane.ts'
import { timelineRows } from './timeline-rows.ts'

const MARGIN = 14
/** ms between two drawings. */
const FRAME = 60
const inMargin = (text: string): string => text.padEnd(MARGIN)

/** Progress drawn in place: the timeline, and below it a lane per run with p99 as bars over time, red where calls failed. */
export function liveDisplay(scenario: Scenario, colors: Colors, stream: NodeJS.WriteStream): Display {
  const update = createLogUpdate(stream)
  const { duration } = scenario.load
  const width = Math.max(20, Math.min(92, (stream.columns ?? 80) - MARGIN - 2))
  const lanes: Lane[] = []

  const laneText = (lane: Lane): string =>
    `${inMargin(lane.title)}${barsOf(lane, width, colors)}\n${inMargin('')}${wordsOf(lane, colors)}`

  let drawnAt = -Infinity

  /** Virtual time ticks thousands of times a second: nobody sees more than a few frames of it. */
  function drawSoon(): void {
    if (performance.now() - drawnAt > FRAME) draw()
  }

  function draw(): void {
    drawnAt = performance.now()
    const legend = `${describeLoad(scenario.load)}, p99 over ${formatDuration(duration)}, red: calls failed`
    const faults = timelineRows(scenario, width).map(
      (row, at) => inMargin(at === 0 ? 'faults' : '') + colors.yellow(row)
    )
    // Sixty runs are sixty lanes: those that fit are the last, the others are counted.
    const room = Math.max(1, Math.floor(((stream.rows ?? 40) - faults.length - 4) / 2))
    const hidden = lanes.length <= room ? [] : [colors.dim(`${lanes.length - room} runs done before these`)]
    const shown = lanes.slice(-room).map(laneText)
    update([colors.bold(scenario.title), colors.dim(legend), ...faults, ...hidden, ...shown].join('\n'))
  }

  function change(how: (lane: Lane) => void): void {
    const lane = lanes.at(-1)
    if (lane !== undefined) how(lane)
  }

  return {
    begin: ({ name }, seed) => {
      lanes.push(createLane(`${name} #${seed}`))
      draw()
    },
    tick: (tick) => {
      change((lane) => addTick(lane, tick, Math.min(Math.floor((tick.at / duration) * width), width - 1)))
      drawSoon()
    },
    step: () => {},
    end: (run) => {
      change((lane) => (lane.summary = summaryOf(run)))
      draw()
    },
    close: () => update.done()
  }
}

function summaryOf({ figures, verdicts }: Run): string {
  const { success, latencyMs, extraLoad } = figures
  const held = verdicts.filter(({ ok }) => ok).length
  const asserts = verdicts.length === 0 ? '' : `, ${held} of ${verdicts.length} asserts hold`
  return `success ${percent(success, 3)}  p99 ${formatDuration(latencyMs.p99)}  extra load ${percent(extraLoad)}${asserts}`
}
