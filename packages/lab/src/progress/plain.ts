import { formatDuration } from '../scenario/duration.ts'
import { describeLoad } from '../scenario/load.ts'
import type { Scenario } from '../scenario/scenario.ts'
import type { Display } from '../run.ts'
import type { World } from '../worlds.ts'
import { percent } from '../stats/verdicts.ts'

const EVERY = 5_000

/**
 * Progress as lines, for logs and pipes: every step of the timeline, and every 5 s how it goes. Of virtual time, which
 * passes in a moment, only what came of each run.
 */
export function plainDisplay({ load }: Scenario, write: (line: string) => void, world: World = 'real'): Display {
  let who = ''
  let spoken = 0
  let calls = 0
  let failed = 0
  const at = (ms: number): string => `${who} ${(ms / 1_000).toFixed(0).padStart(3)} s`
  const display: Display = {
    begin: ({ name }, seed) => {
      who = `${name}, seed ${seed}:`
      spoken = calls = failed = 0
      const times = `${formatDuration(load.duration)}, after ${formatDuration(load.warmUp)} of warm-up`
      write(`${who} starts: ${describeLoad(load)} for ${times}`)
    },
    tick: (tick) => {
      calls += tick.calls
      failed += tick.failed
      if (tick.at < spoken + EVERY) return
      spoken = Math.floor(tick.at / EVERY) * EVERY
      write(`${at(tick.at)}  ${calls} calls answered, ${failed} failed; p99 now ${formatDuration(tick.p99)}`)
    },
    step: ({ at: due, what, fault }) => write(`${at(due)}  ${fault.name} ${what === 'begin' ? 'begins' : 'is over'}`),
    end: ({ figures }) =>
      write(`${who} done: success ${percent(figures.success, 3)}, p99 ${formatDuration(figures.latencyMs.p99)}`),
    close: () => {}
  }
  if (world === 'real') return display
  return {
    ...display,
    begin: ({ name }, seed) => void (who = `${name}, seed ${seed}:`),
    tick: () => {},
    step: () => {}
  }
}
