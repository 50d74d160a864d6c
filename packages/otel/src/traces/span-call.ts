import type { Attempt, Call, CallTrace, HeaderSink, MeshEvent } from '@inmesh/pipeline'
import type { Instant, Outcome } from '@inmesh/policy'
import { context, propagation, trace, type Context, type Link, type Span, type Tracer } from '@opentelemetry/api'
import type { LabelValues } from '../label-values.ts'
import { refusedWhat } from '../refused-what.ts'
import { headers } from './headers.ts'
import { refusalAttributes, spanEvent } from './span-events.ts'
import { endpointFacts, outcomeFacts, refusedBy, replyFacts, statusFacts, tryFacts } from './span-facts.ts'
import { Unseen } from './suppression.ts'

/** What all spans of one call are made with. */
export interface SpanTerms {
  readonly tracer: Tracer
  readonly values: LabelValues
  /** What is to be added to the mesh's clock to have the time of day in ms. */
  readonly offset: number
}

interface TrySpan {
  readonly span: Span
  readonly context: Context
  resends: number
  sent: boolean
  over: boolean
}

/** A call that is recorded: one span, beneath it one for each try, and what was decided as events. */
export class SpanCall implements CallTrace {
  private readonly terms: SpanTerms
  private readonly call: Call
  private readonly span: Span
  private readonly context: Context
  /** Whoever began the span ends it, and says how it went. */
  private readonly own: boolean
  private readonly tries = new Map<number, TrySpan>()
  private readonly unseen = new Unseen<Attempt | undefined>()
  private head: { readonly outcome: Outcome; readonly at: Instant } | undefined = undefined

  constructor(terms: SpanTerms, call: Call, span: Span, around: Context, own: boolean) {
    this.terms = terms
    this.call = call
    this.span = span
    this.context = own ? trace.setSpan(around, span) : around
    this.own = own
  }

  decided(event: MeshEvent): void {
    if (event.type === 'picked') return this.picked(event)
    if (event.type === 'ended') return this.reported(event)
    const told = spanEvent(event)
    if (told === undefined) return
    const [name, attributes] = told
    this.span.addEvent(name, attributes, this.time(event.at))
    if (event.type === 'refused' && refusedWhat(event) === 'call') this.span.setAttributes(attributes)
  }

  launched(attempt: Attempt): void {
    const { call, terms, tries } = this
    if (tries.size === 0 && attempt.start - call.start >= 1) this.span.setAttribute('inmesh.waited_ms', attempt.start - call.start)
    const { name, kind, attributes } = tryFacts(terms.values, attempt)
    const links = attempt.cause === 'backup' || attempt.cause === 'rescue' ? this.linksToThoseInFlight() : []
    const span = terms.tracer.startSpan(name, { kind, attributes, links, startTime: this.time(attempt.start) }, this.context)
    tries.set(attempt.ordinal, { span, context: trace.setSpan(this.context, span), resends: 0, sent: false, over: false })
  }

  inject(attempt: Attempt | undefined, sink: HeaderSink): void {
    const made = attempt === undefined ? undefined : this.tries.get(attempt.ordinal)
    propagation.inject(made?.context ?? this.context, sink, headers)
    if (made === undefined) return
    if (made.sent) made.span.setAttribute('inmesh.resends', ++made.resends)
    made.sent = true
  }

  run<T>(attempt: Attempt | undefined, sends: 'wire' | 'function', fn: () => T): T {
    if (sends === 'wire') return this.unseen.run(attempt, this.context, fn)
    return context.with((attempt === undefined ? undefined : this.tries.get(attempt.ordinal)?.context) ?? this.context, fn)
  }

  sent(attempt: Attempt | undefined): void {
    this.unseen.made(attempt)
  }

  tried(attempt: Attempt, tail: Outcome, at: Instant): void {
    this.unseen.made(attempt)
    const made = this.tries.get(attempt.ordinal)
    if (made === undefined || made.over) return
    made.over = true
    const { span } = made
    const record = this.call.tries.find(({ ordinal }) => ordinal === attempt.ordinal)
    span.setAttributes({ ...endpointFacts(this.terms.values, this.call, record?.address), ...outcomeFacts(tail), ...replyFacts(tail, this.call.onWire) })
    if (tail.kind === 'failure') span.setAttribute('inmesh.reach', tail.reach)
    if (record?.took !== undefined && at - attempt.start > record.took) span.setAttribute('inmesh.head_ms', record.took)
    const status = statusFacts(tail)
    if (status !== undefined) span.setStatus(status)
    span.end(this.time(at))
  }

  answered(outcome: Outcome, at: Instant): void {
    this.head = { outcome, at }
    this.span.setAttributes(outcomeFacts(outcome))
    const refused = refusedBy(outcome)
    if (refused !== undefined) this.span.setAttributes(refusalAttributes(refused.policy, undefined, refused.numbers))
  }

  ended(tail: Outcome, at: Instant): void {
    const { head, span } = this
    if (head !== undefined && at > head.at) span.setAttribute('inmesh.head_ms', head.at - this.call.start)
    const outcome = head?.outcome.kind === 'failure' ? head.outcome : tail
    if (outcome === tail && tail.kind !== 'success') span.setAttributes(outcomeFacts(tail))
    if (!this.own) return
    const status = statusFacts(outcome)
    if (status !== undefined) span.setStatus(status)
    span.end(this.time(at))
  }

  private picked({ ordinal, by, cost, median, among, of }: Extract<MeshEvent, { readonly type: 'picked' }>): void {
    this.tries.get(ordinal)?.span.setAttributes({ 'inmesh.pick.by': by, 'inmesh.pick.cost': cost, 'inmesh.pick.median': median, 'inmesh.pick.among': among, 'inmesh.pick.of': of })
  }

  private reported({ tries, fallback, answeredBy }: Extract<MeshEvent, { readonly type: 'ended' }>): void {
    this.span.setAttribute('inmesh.tries', tries)
    if (fallback) this.span.setAttribute('inmesh.fallback', true)
    if (answeredBy !== undefined) this.span.setAttribute('inmesh.answered_by', answeredBy)
  }

  private linksToThoseInFlight(): Link[] {
    return [...this.tries.values()].filter(({ over }) => !over).map(({ span }) => ({ context: span.spanContext(), attributes: { 'inmesh.doubles': true } }))
  }

  private time(at: Instant): number {
    return at + this.terms.offset
  }
}
