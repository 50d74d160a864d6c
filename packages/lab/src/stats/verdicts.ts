import type { Recording } from '../recording.ts'
import type { Assertion } from '../scenario/asserts.ts'
import { formatDuration } from '../scenario/duration.ts'
import type { Scenario } from '../scenario/scenario.ts'
import type { Figures } from './figures.ts'
import { triesShare } from './figures.ts'

/** One assert, looked at for one contender and seed. */
export interface Verdict {
  readonly text: string
  readonly ok: boolean
  readonly got: string
  /** How much of the bar was used; the largest of several seeds is the worst. */
  readonly load: number
}

interface Bar {
  readonly text: string
  readonly value: number
  readonly limit: number
  readonly show: (value: number) => string
  readonly strict?: boolean
}

export function judge(scenario: Scenario, recording: Recording, figures: Figures): Verdict[] {
  return scenario.asserts
    .filter(({ contender }) => contender === undefined || contender === figures.name)
    .map((each) =>
      each.metric === 'success' ? successVerdict(each.atLeast, figures) : below(bar(each, scenario, recording, figures))
    )
}

function successVerdict(atLeast: number, { success }: Figures): Verdict {
  return {
    text: `success >= ${atLeast}`,
    ok: success >= atLeast,
    got: percent(success, 3),
    load: ratio(1 - success, 1 - atLeast)
  }
}

function below({ text, value, limit, show, strict = false }: Bar): Verdict {
  return { text, ok: strict ? value < limit : value <= limit, got: show(value), load: ratio(value, limit) }
}

function ratio(value: number, limit: number): number {
  if (limit > 0) return value / limit
  return value > 0 ? Infinity : 0
}

type Upper = Exclude<Assertion, { metric: 'success' }>

function bar(each: Upper, scenario: Scenario, recording: Recording, figures: Figures): Bar {
  switch (each.metric) {
    case 'latency':
      return latencyBar(each, figures)
    case 'extraLoad':
      return {
        text: `extra load <= ${percent(each.atMost)}`,
        value: figures.extraLoad,
        limit: each.atMost,
        show: percent
      }
    case 'faultShare':
      return faultShareBar(each, scenario, recording)
    case 'outOfTheWay': {
      const value = figures.faults.find(({ name }) => name === each.fault)?.outOfTheWayMs ?? Infinity
      const show = (ms: number): string => (ms === Infinity ? 'not within the fault' : formatDuration(ms))
      return {
        text: `${each.fault}: out of the way within ${formatDuration(each.within)}`,
        value,
        limit: each.within,
        show
      }
    }
    case 'repeatedWork':
      return {
        text: `work repeated that must not be <= ${each.atMost}`,
        value: figures.repeatedWork,
        limit: each.atMost,
        show: String
      }
    case 'cpu':
      return {
        text: `CPU of the machine < ${percent(each.below)}`,
        value: figures.cpu,
        limit: each.below,
        show: percent,
        strict: true
      }
  }
}

function latencyBar(each: Extract<Assertion, { metric: 'latency' }>, figures: Figures): Bar {
  const { quantile, atMost, atMostTimesHealthy = 0 } = each
  const healthy = figures.healthy.latencyMs[quantile]
  const limit = atMost ?? atMostTimesHealthy * healthy
  const text =
    atMost === undefined
      ? `${quantile} <= ${atMostTimesHealthy} × healthy ${quantile}`
      : `${quantile} <= ${formatDuration(atMost)}`
  const show = (ms: number): string =>
    atMost === undefined
      ? `${formatDuration(ms)} = ${(ms / healthy).toFixed(2)} × ${formatDuration(healthy)}`
      : formatDuration(ms)
  return { text, value: figures.latencyMs[quantile], limit, show }
}

function faultShareBar(
  each: Extract<Assertion, { metric: 'faultShare' }>,
  { faults }: Scenario,
  recording: Recording
): Bar {
  const fault = faults.find(({ name }) => name === each.fault)
  const value =
    fault === undefined
      ? 1
      : triesShare(recording, fault.replica, { from: fault.at + each.after, to: fault.at + fault.for })
  const text = `${each.fault}: < ${percent(each.below)} of tries after ${formatDuration(each.after)}`
  return { text, value, limit: each.below, show: (share) => percent(share, 2), strict: true }
}

export function percent(share: number, digits = 2): string {
  return `${Number((share * 100).toFixed(digits))} %`
}
