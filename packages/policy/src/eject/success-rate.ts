import type { Endpoint } from '../balance/endpoint.ts'
import type { Instant } from '../types.ts'
import { completedLately } from './completed.ts'
import type { EjectOptions } from './options.ts'

/**
 * Endpoints whose success rate is below mean − σ-factor · standard deviation (Envoy; gRPC A50), among those with enough
 * tries. Blind when more than 1 / (1 + 1.9²) = 21.7 % are dead: they pull the mean and widen the deviation.
 */
export function belowMean<T>(
  members: readonly Endpoint<T>[], options: Required<EjectOptions>, now: Instant,
): readonly Endpoint<T>[] {
  let count = 0
  let sum = 0
  let squares = 0
  for (const member of members) {
    const rate = successRate(member, options, now)
    if (rate === undefined) continue
    count += 1
    sum += rate
    squares += rate * rate
  }
  if (count < options.sigmaMinEndpoints) return []
  const mean = sum / count
  const deviation = Math.sqrt(Math.max(0, squares / count - mean * mean))
  const threshold = Math.min(mean - options.sigma * deviation, 1 - options.sigmaMinFailureRate)
  return members.filter((member) => (successRate(member, options, now) ?? 1) < threshold)
}

function successRate<T>(endpoint: Endpoint<T>, options: Required<EjectOptions>, now: Instant): number | undefined {
  const trial = endpoint.trial
  if (trial === undefined) {
    return completedLately(endpoint, options.window, now) >= options.sigmaMinRequests ? 1 : undefined
  }
  if (trial.isOut) return undefined
  const tries = trial.window.tries(now)
  return tries >= options.sigmaMinRequests ? 1 - trial.window.failures(now) / tries : undefined
}
