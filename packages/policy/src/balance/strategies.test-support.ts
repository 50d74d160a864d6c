import { seeded } from '../attempt/chance.test-support.ts'
import { Trial } from '../eject/trial.ts'
import type { Instant } from '../types.ts'
import { request, visited } from './balancer.test-support.ts'
import { Costs } from './costs.ts'
import { Endpoint } from './endpoint.ts'
import type { PickRequest } from './pick-request.ts'
import type { Strategy } from './strategy.ts'

export { endpoints, request, visited } from './balancer.test-support.ts'
export { seeded }

export function weighted(...weights: readonly number[]): Endpoint<number>[] {
  return weights.map((weight, i) => new Endpoint(`host-${i}`, i, weight, 0))
}

export function costs(): Costs<number> {
  return new Costs<number>()
}

/** The endpoint ramps up from now on, for the default ramp of 5 s. */
export function ramping(endpoint: Endpoint<number>, now: Instant = 0): void {
  endpoint.trial = new Trial(10_000, now)
  endpoint.trial.comeBack(now)
}

/** How often each is picked, without anything under way. */
export function counts(
  strategy: Strategy<number>, pool: readonly Endpoint<number>[], times: number, said: Partial<PickRequest<number>> = {}, now: Instant = 0,
): number[] {
  const picked = pool.map(() => 0)
  for (let i = 0; i < times; i++) {
    const asked = request(said)
    const endpoint = strategy.pick(pool, asked, asked.visited, now, true)
    if (endpoint !== undefined) picked[pool.indexOf(endpoint)]! += 1
  }
  return picked
}

/** Where one call’s tries would go, until it has been everywhere. */
export function order(strategy: Strategy<number>, pool: readonly Endpoint<number>[], said: Partial<PickRequest<number>> = {}): number[] {
  const seen = visited()
  const targets: number[] = []
  for (;;) {
    const endpoint = strategy.pick(pool, request({ ...said, visited: seen }), seen, 0, true)
    if (endpoint === undefined) return targets
    seen.add(endpoint)
    targets.push(endpoint.target)
  }
}
