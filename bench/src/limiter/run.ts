import type { Bar } from '../report/bar.ts'
import type { Bench, Finding } from '../report/bench.ts'
import type { Row } from '../report/result.ts'
import { Decider, perCall, perSecond, type Terms } from './decide.ts'
import { alike, keyOf, popular } from './keys.ts'
import { playAll } from './fleet-run.ts'
import { inProcess } from './processes.ts'
import { wholeLimiter } from './whole-limiter.ts'

const MILLION = 1_000_000
const metric = 'decision-ns'
const one = 'inmesh, 1 key'
const thousand = 'inmesh, 1,000 keys'
const whole = 'inmesh, its limiter and clock'
const million = 'inmesh, 1,000,000 keys'

const bars: readonly Bar[] = [
  { contender: one, metric, of: 'median', atMost: 300, aim: 100 },
  { contender: thousand, metric, of: 'median', atMost: 300, aim: 100 },
  { contender: million, metric, of: 'median', atMost: 300, aim: 100 },
  { contender: whole, metric, of: 'median', atMost: 300, aim: 100 },
  { contender: one, metric: 'decisions-per-second', of: 'median', atLeast: 3e6 },
  { contender: thousand, metric: 'decisions-per-second', of: 'median', atLeast: 3e6 },
  { contender: whole, metric: 'decisions-per-second', of: 'median', atLeast: 3e6 },
  { contender: 'inmesh', metric: 'heap-million-keys', of: 'median', atMost: 200 * 2 ** 20 },
]

/** A million calls a second, of which a limit admits all. */
const plenty: Terms = { interval: 1e-5, burst: 1e6, ahead: 2, apart: 0.001 }

export const limiter: Bench = { name: 'limiter', run }

/** What a decision costs, what a million keys weigh, and what a fleet over a real Redis admits, whatever happens to either. */
async function run(): Promise<Finding> {
  const rows = [...decisions(), ...(await inProcess('./memory.ts'))]
  const fleet = await playAll()
  const notes = [
    'a decision is `take` with a key that was made just before, and the ask that it makes due with its answer; no engine is asked',
    'of a million keys each call is of another with the probability of Zipf’s law; “all alike” draws them evenly, where memory is all that counts: beside it a Map',
  ]
  return { rows: [...rows, ...fleet.rows], bars: [...bars, ...fleet.bars], notes: [...notes, ...fleet.notes] }
}

function decisions(): Row[] {
  const rows: Row[] = []
  for (const [contender, keys] of [[one, 1], [thousand, 1_000]] as const) {
    const decider = new Decider(keys, plenty)
    const row = perCall(contender, metric, keys, alike, (key) => decider.decide(key))
    rows.push(row, perSecond(row))
  }
  const row = perCall(whole, metric, 1, alike, wholeLimiter())
  rows.push(row, perSecond(row))
  const refusing = new Decider(1, { ...plenty, interval: 50, burst: 1, refuses: true })
  rows.push(perCall('inmesh, 1 key, refused', metric, 1, alike, (key) => refusing.decide(key)))
  const decider = new Decider(MILLION, plenty)
  rows.push(perCall(million, metric, MILLION, popular, (key) => decider.decide(key)))
  rows.push(perCall(`${million} all alike`, metric, MILLION, alike, (key) => decider.decide(key)))
  const map = new Map(Array.from({ length: MILLION }, (_, i) => [keyOf(i), i]))
  rows.push(perCall('Map.get, 1,000,000 keys all alike', metric, MILLION, alike, (key) => map.get(key)))
  return rows
}
