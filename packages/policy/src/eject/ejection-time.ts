import type { Instant, Millis } from '../types.ts'
import type { Trial } from './trial.ts'

const JITTER = 0.2

/** 5 s, 10 s, 20 s … up to the maximum. */
export function ejectionLength(times: number, baseTime: Millis, maxTime: Millis): Millis {
  return Math.min(Math.max(baseTime, maxTime), baseTime * 2 ** (times - 1))
}

/** The count at which an ejection is as long as can be: past it a higher one would only make forgiving slower. */
export function mostTimes(baseTime: Millis, maxTime: Millis): number {
  return Math.ceil(Math.log2(Math.max(1, maxTime / baseTime))) + 1
}

/** Many clients see one endpoint fail at one time; without jitter their probes would all meet it at one time too. */
export function jittered(length: Millis, dice: number): Millis {
  return length * (1 + JITTER * dice)
}

/** Forgives one earlier ejection for each healthy interval as long as the ejection it earned (Envoy, gRPC A50). */
export function forgive(trial: Trial, now: Instant, baseTime: Millis, maxTime: Millis): void {
  let healthy = now - trial.returnedAt
  while (trial.times > 0 && healthy >= trial.length) {
    healthy -= trial.length
    trial.times -= 1
    trial.length = trial.times === 0 ? 0 : ejectionLength(trial.times, baseTime, maxTime)
  }
}
