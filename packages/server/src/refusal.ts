import { DO_NOT_RETRY_HEADER, formatRateLimit, formatRetryAfter, REFUSED_HEADER, type Millis, type RateLimitStatus } from '@inmesh/policy'

/** What a request gets instead of its handler's reply. */
export interface Refusal {
  readonly status: 429 | 503 | 504
  /** The policy, as options name it. */
  readonly policy: 'admission' | 'deadline' | 'drain' | 'limits'
  readonly why: string
  /** In words, for whoever debugs. */
  readonly detail: string
  /** When it may be worth asking again; 0 where nobody knows. */
  readonly retryAfter: Millis
  /** Another try, here or elsewhere, is pointless. */
  readonly doNotRetry: boolean
  /** `RateLimit`, where it is one that refused. */
  readonly rateLimit: string | undefined
  /** Over HTTP: name, value, name, value. */
  readonly headers: readonly string[]
  /** Over HTTP: problem details (RFC 9457). */
  readonly body: string
}

const TITLES = { 429: 'Too Many Requests', 503: 'Service Unavailable', 504: 'Gateway Timeout' } as const

interface Facts extends Pick<Refusal, 'status' | 'policy' | 'why' | 'detail'> {
  readonly retryAfter?: Millis
  readonly doNotRetry?: boolean
  readonly rateLimits?: readonly RateLimitStatus[]
}

/** Nothing was done for whoever gets it, and it says so: even what must not be repeated may be sent elsewhere. */
export function refusal({ status, policy, why, detail, retryAfter = 0, doNotRetry = false, rateLimits }: Facts): Refusal {
  const body = JSON.stringify({ title: TITLES[status], status, detail, policy, why })
  const headers = ['content-type', 'application/problem+json', 'content-length', String(Buffer.byteLength(body)), REFUSED_HEADER, '1']
  if (retryAfter > 0) headers.push('retry-after', formatRetryAfter(retryAfter))
  if (doNotRetry) headers.push(DO_NOT_RETRY_HEADER, '1')
  const rateLimit = rateLimits === undefined ? undefined : formatRateLimit(rateLimits)
  if (rateLimit !== undefined) headers.push('ratelimit', rateLimit)
  return { status, policy, why, detail, retryAfter, doNotRetry, rateLimit, headers, body }
}

/** Refusals come in floods: each that says the same is made once. */
export function remembered<K>(make: (key: K) => Refusal): (key: K) => Refusal {
  const made = new Map<K, Refusal>()
  return (key) => {
    let known = made.get(key)
    if (known === undefined) made.set(key, (known = make(key)))
    return known
  }
}
