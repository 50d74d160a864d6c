import { utilizationOf } from '../../scenario/capacity.ts'
import type { Scenario } from '../../scenario/scenario.ts'

/**
 * Calls a second at which a slot of the busiest service is never idle: `f_sat`. From mean service times, so it is a
 * long-run figure; what a service fails at once holds no slot and is not counted, nor are faults.
 */
export function saturationOf({ services, load }: Pick<Scenario, 'services' | 'load'>): number {
  return 1 / utilizationOf(services, load.classes)
}

/**
 * The most that any admission policy can make of an overload, as a share of what is asked for: `f_sat ÷ f`, 1 below
 * saturation (the optimum of DAGOR's evaluation, Zhou et al., SoCC 2018). A bound on long-run throughput, not on latency,
 * and a queue can lift a short run above it. A call that needs a service k times has k in its `f_sat`.
 */
export function bestGoodput(saturation: number, rate: number): number {
  return rate <= 0 ? 1 : Math.min(1, saturation / rate)
}

/** The same of a scenario, at the highest rate that its load holds; 1 for a closed loop, which never asks for more. */
export function bestGoodputOf(scenario: Pick<Scenario, 'services' | 'load'>): number {
  const { load } = scenario
  if (load.arrivals === 'closed') return 1
  return bestGoodput(saturationOf(scenario), load.arrivals === 'ramp' ? Math.max(load.rate, load.to) : load.rate)
}
