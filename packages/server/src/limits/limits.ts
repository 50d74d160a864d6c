import type { Mode } from '@inmesh/pipeline'
import type { Instant } from '@inmesh/policy'
import type { InboundCall } from '../inbound-call.ts'
import type { Refusal } from '../refusal.ts'
import type { Teller } from '../teller.ts'
import { Limiter, type LimitSnapshot } from './limiter.ts'
import type { LimitRule } from './rules.ts'

/**
 * All rate limits of a server. A request takes its turn in each of them or in none: one that is refused by the second has
 * not used up the first.
 */
export class Limits {
  private readonly all: readonly Limiter[]
  private active: readonly Limiter[] = []

  constructor(rules: readonly LimitRule[], tenantHeader: string) {
    this.all = rules.map((rule) => new Limiter(rule, tenantHeader))
  }

  under(ceiling: Mode): void {
    for (const limit of this.all) limit.under(ceiling)
    this.active = this.all.filter(({ on }) => on)
  }

  get none(): boolean {
    return this.active.length === 0
  }

  /** Undefined: it may go on. What a limit would have done that only observes is told. */
  admit(call: InboundCall, dice: number, now: Instant, teller: Teller): Refusal | undefined {
    const { active } = this
    // Nearly always there is one, which takes the turn as it looks.
    const alone = active.length === 1
    // A user's function is asked once: what it does need not be the same twice, nor cheap.
    const keys: (string | undefined)[] | undefined = alone && active[0]?.tells !== true ? undefined : []
    for (const limit of active) {
      const key = limit.key(call)
      keys?.push(key)
      if (key === undefined) continue
      const wait = alone ? limit.take(key, now) : limit.wait(key, now)
      if (wait === 0) continue
      if (limit.acts(dice)) {
        limit.refused += 1
        return limit.refusal(key, wait, now)
      }
      teller.would(call, `limits.${limit.name}`, 'refuse')
    }
    if (keys === undefined) return undefined
    for (const [at, limit] of active.entries()) {
      const key = keys[at]
      if (key === undefined) continue
      if (!alone) limit.take(key, now)
      if (limit.tells && limit.acts(dice)) call.setHeader('ratelimit', limit.text(key, now))
    }
    return undefined
  }

  inspect(): readonly LimitSnapshot[] {
    return this.all.map((limit) => limit.inspect())
  }
}
