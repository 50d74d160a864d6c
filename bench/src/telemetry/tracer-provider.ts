import { context, propagation } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { CompositePropagator, ExportResultCode, W3CBaggagePropagator, W3CTraceContextPropagator } from '@opentelemetry/core'
import { BatchSpanProcessor, ParentBasedSampler, TraceIdRatioBasedSampler, TracerProvider, type SpanExporter } from '@opentelemetry/sdk-trace'

/** As an SDK registers them: context is followed, and W3C's headers are written. */
export function registerContext(): void {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  propagation.setGlobalPropagator(new CompositePropagator({ propagators: [new W3CTraceContextPropagator(), new W3CBaggagePropagator()] }))
}

/** Takes what it is given and sends it nowhere: what an exporter does is not on a call's way. */
const nowhere: SpanExporter = {
  export: (_spans, done) => done({ code: ExportResultCode.SUCCESS }),
  shutdown: () => Promise.resolve(),
}

/** The SDK as users have it, sampling this share of what begins a trace. */
export function tracerProvider(share: number): TracerProvider {
  const sampler = new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(share) })
  return new TracerProvider({ sampler, spanProcessors: [new BatchSpanProcessor({ exporter: nowhere })] })
}
