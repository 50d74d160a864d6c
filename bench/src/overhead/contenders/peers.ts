import { circuitBreaker, ExponentialBackoff, handleAll, retry, SamplingBreaker, timeout, TimeoutStrategy, wrap } from 'cockatiel'
import CircuitBreaker from 'opossum'
import pRetry from 'p-retry'
import type { Dispatcher } from 'undici'
import type { Contender } from '../contender.ts'
import { consume, type RoundRobin } from './round-robin.ts'

const timeoutMs = 800

/** A 5xx is a failure to a breaker and a retry only if it is thrown. */
function checked(reply: Dispatcher.ResponseData): Dispatcher.ResponseData {
  if (reply.statusCode >= 500) throw new Error(`got a ${reply.statusCode}`)
  return reply
}

/** The README's breaker, without the statistics that it allows to be switched off. Its timeout leaves the request running. */
function breakerOf(roundRobin: RoundRobin): CircuitBreaker<[], Dispatcher.ResponseData> {
  return new CircuitBreaker(async () => checked(await roundRobin.send()), {
    timeout: timeoutMs, errorThresholdPercentage: 50, resetTimeout: 30_000, volumeThreshold: 10,
    rollingPercentilesEnabled: false, enableSnapshots: false,
  })
}

export interface Peer extends Contender {
  readonly close: () => void
}

export function opossum(roundRobin: RoundRobin): Peer {
  const breaker = breakerOf(roundRobin)
  return { name: 'opossum', send: async () => consume(await breaker.fire()), close: () => breaker.shutdown() }
}

export function opossumWithRetry(roundRobin: RoundRobin): Peer {
  const breaker = breakerOf(roundRobin)
  const attempt = (): Promise<Dispatcher.ResponseData> => breaker.fire()
  const options = { retries: 1, minTimeout: 25, maxTimeout: 250, randomize: true }
  return { name: 'opossum + p-retry', send: async () => consume(await pRetry(attempt, options)), close: () => breaker.shutdown() }
}

/** Composed as its README has it, the timeout innermost and cooperative: its signal ends the request. */
export function cockatiel(roundRobin: RoundRobin): Peer {
  const policy = wrap(
    retry(handleAll, { maxAttempts: 1, backoff: new ExponentialBackoff({ initialDelay: 25, maxDelay: 250 }) }),
    circuitBreaker(handleAll, { halfOpenAfter: 10_000, breaker: new SamplingBreaker({ threshold: 0.5, duration: 10_000 }) }),
    timeout(timeoutMs, TimeoutStrategy.Cooperative),
  )
  return {
    name: 'cockatiel',
    send: async () => consume(await policy.execute(async ({ signal }) => checked(await roundRobin.send(signal)))),
    close: () => {},
  }
}
