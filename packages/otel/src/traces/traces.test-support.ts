import type { ServicePolicy } from '@inmesh/pipeline'
import { testService, type TestService, type TestServiceOptions } from '@inmesh/testing'
import { context, propagation, ROOT_CONTEXT, trace, TraceFlags, type Attributes } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { W3CTraceContextPropagator } from '@opentelemetry/core'
import { AlwaysOffSampler, InMemorySpanExporter, ParentBasedSampler, SimpleSpanProcessor, TracerProvider, type ReadableSpan, type Sampler, type SpanExporter } from '@opentelemetry/sdk-trace'
import { otel, type Otel } from '../otel.ts'
import type { TraceOptions } from './options.ts'

// As an application has them, once for the process.
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
propagation.setGlobalPropagator(new W3CTraceContextPropagator())

/** Takes nothing that begins a trace, and follows what is around a span. */
export const nothingByItself: Sampler = new ParentBasedSampler({ root: new AlwaysOffSampler() })

export interface Span {
  readonly name: string
  readonly id: string
  readonly traceId: string
  readonly parent: string | undefined
  readonly attributes: Attributes
  readonly ms: number
  /** Since the first span of all began. */
  readonly at: number
  readonly error: string | undefined
  readonly kind: number
  readonly links: readonly string[]
  readonly events: readonly { readonly name: string; readonly at: number; readonly attributes: Attributes }[]
}

/** `otel()` with traces alone before the real SDK, in memory, around a service on virtual time. */
export class Traced {
  readonly s: TestService
  readonly otel: Otel
  readonly provider: TracerProvider
  private readonly exporter = new InMemorySpanExporter()

  constructor(traces: boolean | TraceOptions, policy: ServicePolicy, service: TestServiceOptions = {}, sampler?: Sampler, exporter?: SpanExporter) {
    this.provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter: exporter ?? this.exporter })], ...(sampler === undefined ? {} : { sampler }) })
    this.otel = otel({ metrics: false, traces, tracerProvider: this.provider })
    this.s = testService(policy, service)
    this.s.service.observers.add(this.otel)
  }

  /** Of what was before nobody wants to know. */
  clear(): void {
    this.exporter.reset()
  }

  /** In the order in which they began, a call before its tries. */
  spans(): Span[] {
    const all = this.exporter.getFinishedSpans().toSorted((a, b) => epochOf(a.startTime) - epochOf(b.startTime) || Number('inmesh.cause' in a.attributes) - Number('inmesh.cause' in b.attributes))
    const first = all[0] === undefined ? 0 : epochOf(all[0].startTime)
    return all.map((span) => shown(span, first))
  }

  calls(): Span[] {
    return this.spans().filter(({ attributes }) => attributes['inmesh.cause'] === undefined)
  }

  tries(): Span[] {
    return this.spans().filter(({ attributes }) => attributes['inmesh.cause'] !== undefined)
  }
}

/** Runs `fn` beneath a span of somebody else's in another process. */
export function beneath<T>(flags: 'sampled' | 'unsampled', fn: () => T): T {
  const place = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', traceFlags: flags === 'sampled' ? TraceFlags.SAMPLED : TraceFlags.NONE, isRemote: true }
  return context.with(trace.setSpanContext(ROOT_CONTEXT, place), fn)
}

function epochOf([seconds, nanos]: readonly [number, number]): number {
  return seconds * 1e3 + nanos / 1e6
}

function shown(span: ReadableSpan, first: number): Span {
  const { name, attributes, startTime, duration, kind, status, links, events, parentSpanContext } = span
  const { spanId, traceId } = span.spanContext()
  const since = (at: readonly [number, number]): number => Math.round((epochOf(at) - first) * 100) / 100
  return {
    name, id: spanId, traceId, parent: parentSpanContext?.spanId, attributes, kind,
    ms: Math.round(epochOf(duration) * 100) / 100,
    at: since(startTime),
    error: status.message,
    links: links.map((link) => link.context.spanId),
    events: events.map((event) => ({ name: event.name, at: since(event.time), attributes: event.attributes ?? {} })),
  }
}
