import { absent, durationOf, enforcement, strictest, type Enforcement, type Mode } from '@inmesh/pipeline'
import { formatRateLimit, KeyedGcra, type Instant, type Millis, type RateLimitStatus } from '@inmesh/policy'
import { guardedText } from '../guarded-text.ts'
import type { InboundCall } from '../inbound-call.ts'
import { refusal, type Refusal } from '../refusal.ts'
import type { LimitKey, LimitRule } from './rules.ts'

/** As plain data. */
export interface LimitSnapshot {
  readonly name: string
  readonly rate: number
  readonly per: Millis
  readonly burst: number
  readonly mode: Mode
  /** Keys kept. */
  readonly keys: number
  readonly refused: number
}

/** Longer keys are cut: what anybody can make long must not fill memory. */
const LONGEST_KEY = 256

/** One rule with what it has counted, which stays when modes change. */
export class Limiter {
  readonly name: string
  readonly tells: boolean
  refused = 0
  private readonly rule: LimitRule
  private readonly per: Millis
  private readonly burst: number
  private readonly counts: KeyedGcra
  private readonly keyOf: (call: InboundCall) => string | undefined
  private share: Enforcement = 1

  constructor(rule: LimitRule, tenantHeader: string) {
    const { rate, key, name, per = 1000, burst = Math.max(1, Math.floor(rate / 10)), maxKeys } = rule
    this.rule = rule
    this.name = name ?? (typeof key === 'function' ? 'custom' : (key ?? 'all'))
    this.tells = rule.tell === 'always'
    this.per = durationOf(per, 'limits.per')
    this.burst = burst
    this.counts = new KeyedGcra({ rate, per: this.per, burst, ...(maxKeys === undefined ? {} : { maxKeys }) })
    this.keyOf = keyReader(key, tenantHeader)
  }

  under(ceiling: Mode): void {
    this.share = enforcement(strictest(ceiling, this.rule.mode))
  }

  get on(): boolean {
    return this.share !== absent
  }

  /** Whether it acts for a request with these dice, or only tells. */
  acts(dice: number): boolean {
    return dice < this.share
  }

  /** Under which key a request counts; undefined where it does not. */
  key(call: InboundCall): string | undefined {
    const key = this.keyOf(call)
    return key === undefined || key.length <= LONGEST_KEY ? key : key.slice(0, LONGEST_KEY)
  }

  wait(key: string, now: Instant): Millis {
    return this.counts.wait(key, now)
  }

  /** 0: it has taken its turn. More: none was taken, and when to come back. */
  take(key: string, now: Instant): Millis {
    return this.counts.admit(key, now)
  }

  /** What is left for a key, for its caller. */
  status(key: string, now: Instant): RateLimitStatus {
    const wait = this.counts.wait(key, now)
    return { policy: this.name, remaining: this.counts.available(key, now), ...(wait > 0 && wait < Infinity ? { resetIn: wait } : {}) }
  }

  text(key: string, now: Instant): string {
    return formatRateLimit([this.status(key, now)])
  }

  refusal(key: string, wait: Millis, now: Instant): Refusal {
    const { rate } = this.rule
    return refusal({
      status: 429, policy: 'limits', why: this.name, detail: `more than ${rate} requests in ${this.per} ms (${this.name})`,
      retryAfter: wait, rateLimits: [this.status(key, now)],
    })
  }

  inspect(): LimitSnapshot {
    const { name, per, burst, refused, rule: { rate, mode = 'on' }, counts: { size: keys } } = this
    return { name, rate, per, burst, mode, keys, refused }
  }
}

function keyReader(key: LimitKey | undefined, tenantHeader: string): (call: InboundCall) => string | undefined {
  if (key === undefined) return () => ''
  if (key === 'caller') return (call) => call.caller?.name
  // Not by the operation: of that there is a bound, and `other` would have one rate for all beyond it.
  if (key === 'route') return (call) => call.route ?? call.method
  if (key === 'tenant') {
    return (call) => {
      const value = call.headers[tenantHeader]
      return typeof value === 'string' ? value : value?.[0]
    }
  }
  return guardedText(key, 'the key of a limit', 'requests it is asked about are not limited')
}
