import type { Call, CallTrace, CallTracer, RequestTrace } from '@inmesh/pipeline'
import type { Millis } from '@inmesh/policy'
import { context, isSpanContextValid, SpanKind, trace, TraceFlags, type Attributes, type Context, type Span, type SpanContext, type Tracer, type TracerProvider } from '@opentelemetry/api'
import type { LabelValues } from '../label-values.ts'
import { SCOPE } from '../scope.ts'
import { KeepableCall } from './keepable-call.ts'
import { Keeper, type Kept } from './keeper.ts'
import type { TraceTerms } from './options.ts'
import { QuietCall } from './quiet-call.ts'
import { note } from './request-notes.ts'
import { SpanCall, type SpanTerms } from './span-call.ts'
import { callFacts } from './span-facts.ts'
import { isSuppressed } from './suppression.ts'
import { Switches } from './switches.ts'

/** The instrumentation of whoever calls gRPC makes a span of the call already. */
const OF_GRPC_CALLS = '@opentelemetry/instrumentation-grpc'

/** Decides of each call, as it begins, whether and how it is followed. */
export class Tracing implements CallTracer {
  readonly keeper: Keeper | undefined
  private readonly terms: TraceTerms
  private readonly values: LabelValues
  private readonly provider: TracerProvider | undefined
  private readonly switches = new Switches(() => performance.now())
  private readonly taken = new WeakSet<Span>()
  private known: Tracer | undefined = undefined

  constructor(terms: TraceTerms, values: LabelValues, provider: TracerProvider | undefined) {
    this.terms = terms
    this.values = values
    this.provider = provider
    this.keeper = terms.keep === undefined ? undefined : new Keeper(terms.keep, values)
  }

  /** Until then every call of the service is recorded, and its callees are told to record theirs, whatever the sampler says. */
  traceAll(service: string, length: Millis): () => void {
    return this.switches.turnOn(service, length)
  }

  begin(call: Call): CallTrace | undefined {
    const around = context.active()
    if (isSuppressed(around)) return undefined
    // A call begins now: its clock and the time of day are read at once. When it is over they may have drifted.
    const terms: SpanTerms = { tracer: this.tracer, values: this.values, offset: performance.timeOrigin + performance.now() - call.start }
    const forced = this.switches.isOn(call.service)
    if (!forced && !this.terms.sampled) return this.unrecorded(call, around, terms)
    const instrumented = call.onWire?.protocol === 'grpc' ? spanOfGrpcCall(around) : undefined
    if (instrumented !== undefined && !this.taken.has(instrumented)) {
      // A stream's handlers run beneath its span: what they call in turn is not that call.
      this.taken.add(instrumented)
      return within(call, instrumented, around, terms)
    }
    if (forced) return insisted(call, around, terms)
    const span = spanOf(call, around, terms)
    if (span.isRecording()) return new SpanCall(terms, call, span, around, true)
    // With no SDK there is nothing around it, and nothing that could be.
    return isSpanContextValid(span.spanContext()) ? this.unrecorded(call, trace.setSpan(around, span), terms) : undefined
  }

  /** Of a request that a server has taken: what is decided is written on the span that its instrumentation has made. */
  readonly serve = (): RequestTrace | undefined => {
    const span = trace.getSpan(context.active())
    return span?.isRecording() === true ? (event) => note(span, event) : undefined
  }

  private unrecorded(call: Call, around: Context, terms: SpanTerms): CallTrace {
    const { keeper } = this
    return keeper === undefined ? new QuietCall(around) : new KeepableCall(around, call, keeper, (kept) => insisted(call, around, terms, keptFacts(kept)))
  }

  private get tracer(): Tracer {
    // The API's own provider hands out tracers that find an SDK registered after them.
    return (this.known ??= (this.provider ?? trace.getTracerProvider()).getTracer(SCOPE))
  }
}

/** SDKs say who made a span; the API does not know of it. */
function spanOfGrpcCall(around: Context): Span | undefined {
  const span = trace.getSpan(around) as (Span & { readonly instrumentationScope?: { readonly name?: unknown }; readonly kind?: unknown }) | undefined
  const isOne = span?.instrumentationScope?.name === OF_GRPC_CALLS && span.kind === SpanKind.CLIENT && span.isRecording()
  return isOne ? span : undefined
}

function spanOf(call: Call, around: Context, { tracer, values, offset }: SpanTerms, more: Attributes = {}): Span {
  const { name, attributes } = callFacts(values, call)
  return tracer.startSpan(name, { kind: SpanKind.INTERNAL, attributes: { ...attributes, ...more }, startTime: call.start + offset }, around)
}

/** Somebody else has its span. What we know of it is written on that one. */
function within(call: Call, span: Span, around: Context, terms: SpanTerms): CallTrace {
  span.setAttributes(callFacts(terms.values, call).attributes)
  return new SpanCall(terms, call, span, around, false)
}

/**
 * Recorded though the sampler would not have it: beneath what is around it, which counts as sampled for it even where it is
 * not, so that its own is then there, in the same trace, and what is around it is missing. Where nothing is around it, beneath the
 * place that it would have had.
 */
function insisted(call: Call, around: Context, terms: SpanTerms, more?: Attributes): SpanCall {
  const parent = trace.getSpanContext(around)
  const followed = parent === undefined || !isSpanContextValid(parent) ? around : sampled(around, parent)
  const span = spanOf(call, followed, terms, more)
  const own = span.spanContext()
  if (span.isRecording() || !isSpanContextValid(own)) return new SpanCall(terms, call, span, followed, true)
  const beneath = sampled(around, own)
  return new SpanCall(terms, call, spanOf(call, beneath, terms, more), beneath, true)
}

function keptFacts({ why, over }: Kept): Attributes {
  return over === undefined ? { 'inmesh.kept': why } : { 'inmesh.kept': why, 'inmesh.slow_over_ms': over }
}

/** The same place in the same trace, as if it were recorded: samplers that follow what is around a span take what is beneath it. */
function sampled(around: Context, place: SpanContext): Context {
  return trace.setSpanContext(around, { ...place, traceFlags: place.traceFlags | TraceFlags.SAMPLED })
}
