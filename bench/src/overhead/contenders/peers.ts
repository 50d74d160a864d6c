import { circuitBreaker, ExponentialBackoff, handleAll, retry, SamplingBreaker, timeout, TimeoutStrategy, wrap } from 'cockatiel'
import CircuitBreaker from 'opossum'
import pRetry from 'p-retry'
import type { Contender } from '../contender.ts'
import { consume, type RoundRobin } from './round-robin.ts'

const timeoutMs = 800

/**
 * Request and body inside the policies: cockatiel aborts its signal when the function it was given is done, and a breaker
 * that has counted a success at the head would never hear of a body that broke off. A 5xx is thrown, else it counts as a success.
 */
async function whole(roundRobin: RoundRobin, signal?: AbortSignal): Promise<void> {
  await consume(await roundRobin.send(signal))
}

/** The README's breaker, without the statistics that it allows to be switched off. Its timeout leaves the request running. */
function breakerOf(roundRobin: RoundRobin): CircuitBreaker<[], void> {
  return new CircuitBreaker(() => whole(roundRobin), {
    timeout: timeoutMs, errorThresholdPercentage: 50, resetTimeout: 30_000, volumeThreshold: 10,
    rollingPercentilesEnabled: false, enableSnapshots: false,
  })
}

export function opossum(roundRobin: RoundRobin): Contender {
  const breaker = breakerOf(roundRobin)
  return { name: 'opossum', send: () => breaker.fire() }
}

export function opossumWithRetry(roundRobin: RoundRobin): Contender {
  const breaker = breakerOf(roundRobin)
  const options = { retries: 1, minTimeout: 25, maxTimeout: 250, randomize: true }
  return { name: 'opossum + p-retry', send: () => pRetry(() => breaker.fire(), options) }
}

/** Composed as its README has it, the timeout innermost and cooperative: its signal ends the request. */
export function cockatiel(roundRobin: RoundRobin): Contender {
  const policy = wrap(
    retry(handleAll, { maxAttempts: 1, backoff: new ExponentialBackoff({ initialDelay: 25, maxDelay: 250 }) }),
    circuitBreaker(handleAll, { halfOpenAfter: 10_000, breaker: new SamplingBreaker({ threshold: 0.5, duration: 10_000 }) }),
    timeout(timeoutMs, TimeoutStrategy.Cooperative),
  )
  return { name: 'cockatiel', send: () => policy.execute(({ signal }) => whole(roundRobin, signal)) }
}
