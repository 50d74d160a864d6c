import type { Path } from './path.ts'

// What this version does not have, though other meshes do: named, so that nobody who writes it believes it is in force.

const policies = new Set(['mirror', 'split', 'quota', 'access', 'fault', 'loadReport', 'engine'])
const options: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['', new Set(['server', 'inbound', 'control', 'console', 'plugins'])],
  ['service', new Set(['subset', 'grpc'])],
  ['policy', policies],
  ['limit', new Set(['engine'])],
  ['balance', new Set(['subset', 'aperture'])],
])
const balancers: ReadonlySet<unknown> = new Set(['random', 'prequal', 'lalb', 'subset', 'aperture'])

/** Balancers by the names that others give them. */
const otherBalancers: ReadonlyMap<unknown, string> = new Map([
  ['affinity', 'hash'], ['rendezvous', 'hash'], ['maglev', 'hash'], ['ring-hash', 'hash'], ['consistent-hash', 'hash'], ['sticky', 'hash'],
  ['least-connections', 'least-request'], ['least-loaded', 'least-request'], ['p2c', 'latency'], ['ewma', 'latency'], ['peak-ewma', 'latency'],
  ['weighted', 'weighted-round-robin'], ['wrr', 'weighted-round-robin'], ['rr', 'round-robin'],
])

/** Whether an unknown option is one that other versions may have. */
export function isUnavailable(keys: Path): boolean {
  const [, , , policy] = keys
  const where = keys.length === 1 ? '' : keys.length === 3 ? 'service' : keys.length === 4 ? 'policy' : String(policy)
  return options.get(where)?.has(String(keys.at(-1))) ?? false
}

export function isUnavailableBalancer(keys: Path, value: unknown): boolean {
  return keys.includes('balance') && balancers.has(value)
}

export function balancerMeant(keys: Path, value: unknown): string | undefined {
  return keys.includes('balance') ? otherBalancers.get(value) : undefined
}

/** Words of other libraries and of everyday speech for options of ours; which is meant depends on where they stand. */
export const otherNames: readonly (readonly [string, string])[] = [
  ['retries', 'retry'], ['policies', 'policy'],
  ['maxRetries', 'maxExtraTries'], ['retries', 'maxExtraTries'], ['attempts', 'maxExtraTries'], ['maxAttempts', 'maxExtraTries (one less: it does not count the first)'],
  ['hedge', 'backup'], ['hedging', 'backup'], ['healthCheck', 'health'], ['healthChecks', 'health'], ['outlierDetection', 'eject'], ['ejection', 'eject'],
  ['rateLimit', 'limit'], ['loadBalancer', 'balance'], ['loadBalancing', 'balance'], ['lb', 'balance'],
  ['bulkhead', 'concurrency'], ['concurrencyLimit', 'concurrency'], ['maxConcurrent', 'max'], ['maxConcurrency', 'max'],
  ['circuitBreaker', 'breaker'], ['throttle', 'breaker'], ['throttling', 'breaker'],
  ['penalty', 'keepOff'], ['hosts', 'endpoints'], ['upstreams', 'endpoints'], ['targets', 'endpoints'], ['dns', 'endpoints'], ['discovery', 'endpoints'], ['urls', 'endpoints'], ['addresses', 'endpoints'],
  ['origin', 'origins'], ['url', 'endpoints'], ['retryBudget', 'budget'], ['keepAlive', 'keepAliveTimeout'], ['perAttempt', 'perTry'],
]
