import type { Assertion } from '../scenario/asserts.ts'
import { formatDuration } from '../scenario/duration.ts'
import type { Scenario } from '../scenario/scenario.ts'
import type { Figures } from './figures.ts'
import { shareOfWay } from './share-of-way.ts'

/** One assert, looked at for one contender and seed. */
export interface Verdict {
  readonly text: string
  readonly ok: boolean
  readonly got: string
  /** How much of the bar was used; the largest of several seeds is the worst. */
  readonly load: number
}

/** What of a run is judged. */
export interface Judged {
  readonly figures: Figures
  /** By the scenario's asserts, in their order. */
  readonly readings: readonly (number | undefined)[]
}

interface Bar {
  readonly text: string
  readonly value: number
  readonly limit: number
  readonly show: (value: number) => string
  /** at most (default), less, or at least */
  readonly sign?: '<' | '>='
}

/**
 * Looks at every assert about this run. `others`: the runs under the same seed, itself included; what is relative to
 * one that is not among them is not judged, nor is a figure that the world does not have.
 */
export function judge(scenario: Scenario, run: Judged, others: readonly Judged[] = [run]): Verdict[] {
  return scenario.asserts.flatMap((each, at) => {
    const value = run.readings[at]
    if (value === undefined || (each.contender !== undefined && each.contender !== run.figures.name)) return []
    const reading = (name: string | undefined): number | undefined =>
      others.find(({ figures }) => figures.name === name)?.readings[at]
    const bar = barOf(each, value, { scenario, figures: run.figures, reading })
    return bar === undefined ? [] : [verdictOf(bar)]
  })
}

function verdictOf({ text, value, limit, show, sign }: Bar): Verdict {
  const got = show(value)
  if (sign === '>=') return { text, ok: value >= limit, got, load: ratio(limit, value) }
  return { text, ok: sign === '<' ? value < limit : value <= limit, got, load: ratio(value, limit) }
}

function ratio(value: number, limit: number): number {
  if (limit > 0) return value / limit
  return value > 0 ? Infinity : 0
}

interface Context {
  readonly scenario: Scenario
  readonly figures: Figures
  /** The same reading of another contender. */
  readonly reading: (name: string | undefined) => number | undefined
}

function barOf(each: Assertion, value: number, context: Context): Bar | undefined {
  switch (each.metric) {
    case 'success':
      // Judged by what failed: 99.9 % against 99.99 % is ten times the bar, not 0.1 % of it.
      return { ...success(each), value: 1 - value, show: (failed) => percent(1 - failed, 3) }
    case 'served':
      return servedBar(each, value, context)
    case 'latency':
      return latencyBar(each, value, context)
    case 'shareOfOracle':
      return oracleBar(each, value, context)
    case 'extraLoad':
      return { text: `extra load <= ${percent(each.atMost)}${partOf(each)}`, value, limit: each.atMost, show: percent }
    case 'tries': {
      const show = (times: number): string => `${Number(times.toFixed(3))} ×`
      return { text: `tries at ${each.service} <= ${show(each.atMost)} of the calls`, value, limit: each.atMost, show }
    }
    case 'faultShare': {
      const text = `${each.fault}: < ${percent(each.below)} of tries after ${formatDuration(each.after)}`
      return { text, value, limit: each.below, show: (share) => percent(share, 2), sign: '<' }
    }
    case 'outOfTheWay': {
      const text = `${each.fault}: out of the way within ${formatDuration(each.within)}`
      const show = (ms: number): string => (ms === Infinity ? 'not within the fault' : formatDuration(ms))
      return { text, value, limit: each.within, show }
    }
    case 'repeatedWork':
      return { text: `work repeated that must not be <= ${each.atMost}`, value, limit: each.atMost, show: String }
    case 'cpu':
      return { text: `CPU of the machine < ${percent(each.below)}`, value, limit: each.below, show: percent, sign: '<' }
  }
}

function success(each: Extract<Assertion, { metric: 'success' }>): Pick<Bar, 'text' | 'limit'> {
  // 1 − 0.999 is a hair above 0.001 in binary: a share that is reached exactly must count as reached.
  return { text: `success >= ${each.atLeast}${partOf(each)}`, limit: 1 - each.atLeast + 1e-12 }
}

function servedBar(
  each: Extract<Assertion, { metric: 'served' }>,
  value: number,
  { reading }: Context
): Bar | undefined {
  const { atLeast, atLeastTimes = 0, of, within } = each
  const other = reading(of)
  const what = `served${within === undefined ? '' : ` within ${formatDuration(within)}`}`
  const show = (rate: number): string => `${Number(rate.toFixed(1))} a second`
  if (atLeast !== undefined) {
    return { text: `${what} >= ${show(atLeast)}${partOf(each)}`, value, limit: atLeast, show, sign: '>=' }
  }
  if (other === undefined) return undefined
  const text = `${what} >= ${atLeastTimes} × ${of}'s${partOf(each)}`
  return { text, value, limit: atLeastTimes * other, show: (rate) => `${show(rate)}, ${of} ${show(other)}`, sign: '>=' }
}

function latencyBar(
  each: Extract<Assertion, { metric: 'latency' }>,
  value: number,
  { figures, reading }: Context
): Bar | undefined {
  const { quantile, calls, atMost, atMostTimes, atMostTimesHealthy = 0, of } = each
  const what = calls === 'served' ? `${quantile} of the served` : quantile
  if (atMost !== undefined) {
    const text = `${what} <= ${formatDuration(atMost)}${partOf(each)}`
    return { text, value, limit: atMost, show: (ms) => (ms === Infinity ? 'nobody' : formatDuration(ms)) }
  }
  const times = atMostTimes ?? atMostTimesHealthy
  const base = atMostTimes === undefined ? figures.healthy.latencyMs[quantile] : reading(of)
  if (base === undefined) return undefined
  const whose = atMostTimes === undefined ? `healthy ${quantile}` : `${of}'s`
  const show = (ms: number): string => `${formatDuration(ms)} = ${(ms / base).toFixed(2)} × ${formatDuration(base)}`
  return { text: `${what} <= ${times} × ${whose}${partOf(each)}`, value, limit: times * base, show }
}

function oracleBar(
  { quantile, atLeast }: Extract<Assertion, { metric: 'shareOfOracle' }>,
  value: number,
  { scenario, reading }: Context
): Bar | undefined {
  const nameOf = (peer: string): string | undefined => scenario.contenders.find((each) => each.peer === peer)?.name
  const worst = reading(nameOf('round-robin'))
  const best = reading(nameOf('oracle'))
  if (worst === undefined || best === undefined) return undefined
  const share = shareOfWay(value, worst, best)
  if (share === undefined) return undefined
  const text = `${quantile}: ${percent(atLeast)} of the way from round robin to the oracle`
  return { text, value: share, limit: atLeast, show: (each) => percent(each, 1), sign: '>=' }
}

function partOf(part: {
  readonly from?: number | undefined
  readonly until?: number | undefined
  readonly operation?: string | undefined
}): string {
  const { from, until, operation } = part
  const span = `${from === undefined ? '' : ` from ${formatDuration(from)}`}${until === undefined ? '' : ` until ${formatDuration(until)}`}`
  return `${operation === undefined ? '' : `, ${operation}`}${span}`
}

export function percent(share: number, digits = 2): string {
  return `${Number((share * 100).toFixed(digits))} %`
}
