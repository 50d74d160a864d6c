import { absent, durationOf, type Enforcement } from '@inmesh/pipeline'
import { capCriticality, CRITICALITY_HEADER, INBOUND_RESERVE, suppressesExtraTries, type Criticality, type Millis } from '@inmesh/policy'
import type { InboundCall } from '../inbound-call.ts'
import type { ServerOptions } from '../options.ts'
import type { CallerTerms } from './caller.ts'
import { IgnoredValues } from './ignored.ts'
import { readInbound } from './read-inbound.ts'
import { trusting } from './trust.ts'

/** Turns what a request says of itself into what calls beneath inherit, as far as its sender is believed. */
export class InboundReader {
  readonly ignored: IgnoredValues = new IgnoredValues()
  readonly callerTerms: CallerTerms
  private readonly reserve: Millis
  private readonly maxCriticality: Criticality
  /** Of a request that says nothing: here, and for what calls beneath inherit. */
  private readonly unsaid: Criticality
  private readonly unsaidInherited: Criticality | undefined

  constructor({ deadline, trust, callerHeader = 'x-forwarded-client-cert', criticality, maxCriticality = 'CRITICAL' }: ServerOptions) {
    this.callerTerms = { header: callerHeader, trusts: trusting(trust), ignored: this.ignored }
    this.reserve = deadline === false ? 0 : durationOf(deadline?.reserve ?? INBOUND_RESERVE, 'deadline.reserve')
    this.maxCriticality = maxCriticality
    this.unsaid = criticality ?? capCriticality('CRITICAL', maxCriticality)
    // Nobody said CRITICAL: then each service below keeps its own default.
    this.unsaidInherited = criticality ?? (this.unsaid === 'CRITICAL' ? undefined : this.unsaid)
  }

  /** `share`: for which the mode lets deadlines act; where the call itself does not act, nothing is inherited. Answers whether one that it does not act for has no time left. */
  read(call: InboundCall, share: Enforcement, dice: number): boolean {
    readInbound(call.headers, call, this.ignored)
    const { said, mark, remaining } = call
    if (said === undefined) {
      call.importance = this.unsaid
      call.criticality = this.unsaidInherited
    } else call.importance = call.criticality = this.capped(call, said)
    if (!call.acts) call.criticality = undefined
    else if (mark !== undefined) call.noRetry = suppressesExtraTries(mark)
    if (remaining === undefined || share === absent) return false
    if (dice >= share) return remaining === 0
    call.givenUp = call.arrived + remaining
    call.deadline = call.givenUp - this.reserve
    return false
  }

  private capped(call: InboundCall, said: Criticality): Criticality {
    const capped = capCriticality(said, this.maxCriticality)
    if (capped === said || this.callerTerms.trusts(call.peer)) return said
    this.ignored.count(CRITICALITY_HEADER)
    return capped
  }
}
