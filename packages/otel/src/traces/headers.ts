import type { HeaderSink } from '@inmesh/pipeline'
import type { TextMapSetter } from '@opentelemetry/api'

/** As OpenTelemetry's propagators write to what a try sends. */
export const headers: TextMapSetter<HeaderSink> = { set: (sink, name, value) => sink.set(name, value) }
