import { numbersIn } from './files.ts'
import type { Load, LoadCommon, ParsedLoad } from './load.ts'
import { completeClass } from './request-class.ts'
import type { RequestClass } from './request-class.ts'
import { completeServiceTime } from './service-time.ts'

export interface LoadContext {
  readonly firstService: string
  readonly folder: string
  /** Of the busiest service, at one call a second. */
  readonly utilizationOf: (classes: readonly RequestClass[]) => number
}

export function completeLoad(parsed: ParsedLoad, { firstService, folder, utilizationOf }: LoadContext): Load {
  const { warmUp, duration: length, drain } = parsed
  const classes = parsed.classes.map((each) => completeClass(each, firstService))
  const shared: LoadCommon = { warmUp, duration: length, drain, classes }
  switch (parsed.arrivals) {
    case 'poisson':
    case 'uniform':
      return {
        ...shared,
        arrivals: parsed.arrivals,
        rate: parsed.rate ?? (parsed.utilization ?? 0) / utilizationOf(classes)
      }
    case 'ramp': {
      const { arrivals, rate: from, to, at, for: time = Math.max(0, length - at), gaps: how } = parsed
      return { ...shared, arrivals, rate: from, to, at, for: time, gaps: how }
    }
    case 'spike': {
      const { arrivals, rate: base, peak, at, for: time, gaps: how } = parsed
      return { ...shared, arrivals, rate: base, peak, at, for: time, gaps: how }
    }
    case 'trace': {
      const all = parsed.instants ?? numbersIn(parsed.file ?? '', folder)
      const instants = all.filter((at) => at >= -warmUp && at < length).sort((a, b) => a - b)
      const measured = instants.filter((at) => at >= 0).length
      return { ...shared, arrivals: 'trace', instants, rate: (measured / length) * 1_000 }
    }
    case 'closed': {
      const think = parsed.think ?? { kind: 'constant', value: 0 }
      return {
        ...shared,
        arrivals: 'closed',
        concurrency: parsed.concurrency,
        think: completeServiceTime(think, folder)
      }
    }
  }
}
