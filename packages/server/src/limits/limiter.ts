import { absent, durationOf, enforcement, GlobalLimiter, loud, SHARING_DEFAULTS, strictest, type Clock, type Enforcement, type Engine, type LimitSnapshot as Counted, type Mode, type Observers } from '@inmesh/pipeline'
import { formatRateLimit, type Criticality, type Instant, type Millis, type Random, type RateLimitStatus } from '@inmesh/policy'
import { guardedText } from '../guarded-text.ts'
import type { InboundCall } from '../inbound-call.ts'
import { refusal, type Refusal } from '../refusal.ts'
import { OwnCounts, type Counts } from './counts.ts'
import { ruleName, type LimitKey, type LimitRule } from './rules.ts'

/** As plain data. */
export interface LimitSnapshot {
  readonly name: string
  readonly rate: number
  readonly per: Millis
  readonly burst: number
  readonly mode: Mode
  readonly scope: 'process' | 'global'
  /** Keys kept. */
  readonly keys: number
  /** Requests that it has let through, and that it has not. */
  readonly admitted: number
  readonly refused: number
  /** Of a rule that counts with other processes. */
  readonly shared?: Counted['shared']
}

/** What a rule that counts with other processes needs of its server. */
export interface LimitHost {
  readonly service: string
  readonly clock: Clock
  readonly observers: Observers
  readonly random: Random
  readonly engine: Engine | undefined
}

/** Longer keys are cut: what anybody can make long must not fill memory. */
const LONGEST_KEY = 256

/** One rule with what it has counted, which stays when modes change. */
export class Limiter {
  readonly name: string
  readonly tells: boolean
  admitted = 0
  refused = 0
  private readonly rule: LimitRule
  private readonly per: Millis
  private readonly burst: number
  private readonly counts: Counts
  private readonly shared: GlobalLimiter | undefined
  private readonly keyOf: (call: InboundCall) => string | undefined
  private share: Enforcement = 1

  constructor(rule: LimitRule, tenantHeader: string, host: LimitHost) {
    const { rate, key, per = 1000, burst = Math.max(1, Math.floor(rate / 10)), maxKeys } = rule
    this.rule = rule
    this.name = ruleName(rule)
    this.tells = rule.tell === 'always'
    this.per = durationOf(per, 'limits.per')
    this.burst = burst
    this.shared = this.sharedBy(host, maxKeys)
    this.counts = this.shared ?? new OwnCounts({ rate, per: this.per, burst, ...(maxKeys === undefined ? {} : { maxKeys }) })
    this.keyOf = keyReader(key, tenantHeader)
  }

  under(ceiling: Mode): void {
    this.share = enforcement(strictest(ceiling, this.rule.mode))
  }

  get isShared(): boolean {
    return this.shared !== undefined
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

  /** 0: it has taken its turn. More: none was taken, and when to come back. */
  take(key: string, now: Instant, criticality: Criticality): Millis {
    const wait = this.counts.take(key, now, criticality)
    if (wait === 0) this.admitted += 1
    return wait
  }

  giveBack(key: string, criticality: Criticality): void {
    this.admitted -= 1
    this.counts.giveBack(key, criticality)
  }

  /** Leaves what it counts with others. */
  close(): void {
    this.shared?.retire()
  }

  /** What is left for a key, for its caller. */
  status(key: string, now: Instant, criticality: Criticality): RateLimitStatus {
    const wait = this.counts.wait(key, now, criticality)
    return { policy: this.name, remaining: this.counts.available(key, now, criticality), ...(wait > 0 && wait < Infinity ? { resetIn: wait } : {}) }
  }

  text(key: string, now: Instant, criticality: Criticality): string {
    return formatRateLimit([this.status(key, now, criticality)])
  }

  refusal(key: string, wait: Millis, now: Instant, criticality: Criticality): Refusal {
    const { rate } = this.rule
    return refusal({
      status: 429, policy: 'limits', why: this.name, detail: `more than ${rate} requests in ${this.per} ms (${this.name})`,
      retryAfter: wait, rateLimits: [this.status(key, now, criticality)],
    })
  }

  inspect(now: Instant): LimitSnapshot {
    const { name, per, burst, admitted, refused, rule: { rate, mode = 'on' } } = this
    const { scope, keys, shared } = this.counts.inspect(now)
    return { name, rate, per, burst, mode, scope, keys, admitted, refused, ...(shared === undefined ? {} : { shared }) }
  }

  private sharedBy(host: LimitHost, maxKeys = 10_000): GlobalLimiter | undefined {
    const { rule: { rate, ...rule }, per, burst, name } = this
    const { scope, weight, byCriticality, engineLost, minProcesses } = { ...SHARING_DEFAULTS, ...rule }
    if (scope !== 'global') return undefined
    if (host.engine === undefined) {
      loud(`${host.service}: limits.${name} has scope "global" and there is no engine, so each process admits ${rate} in ${per} ms (give the server a mesh with an engine, such as redis(client) of @inmesh/redis)`)
      return undefined
    }
    const id = `${host.service}/limits.${name}`
    return new GlobalLimiter({ id, rate, per, burst, maxKeys, weight, byCriticality, engineLost, minProcesses }, host.engine, host)
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
