import { checks, durationForm, durationOf, parseDuration, type Duration, type MeshEvent, type Observer, type Source } from '@inmesh/pipeline'
import { LabelValues } from './label-values.ts'
import { termsOf, type OtelOptions } from './options.ts'
import { Metering } from './metrics/metering.ts'
import { Tracing } from './traces/tracing.ts'

const asked = checks.shape<{ service: string; length: Duration }>({
  service: { accepted: 'the name of a service', allows: (value) => typeof value === 'string' && value !== '' },
  length: { accepted: durationForm, allows: (value) => parseDuration(value) !== undefined },
}, ['service', 'length'])

/** What `otel()` answers: an observer, and a switch for while somebody looks. */
export interface Otel extends Observer {
  /**
   * Traces every call of one service from now on for so long, whatever the sampler says, and has its callees trace theirs.
   * Answers how to end it sooner; another one for the same service takes its place. A name that no mesh has is no mistake:
   * its service may come. Throws a `TypeError` for what is no duration, and where `traces` is `false`; a `RangeError` where 500
   * services are traced so already.
   *
   * Spans are made beneath what is around the call, or beneath a place of their own, marked as sampled: a sampler that does
   * not look at that (one that is not `ParentBased`) decides by itself.
   */
  traceAll(service: string, length: Duration): () => void
}

/**
 * What a mesh and its servers decide, as OpenTelemetry metrics, and calls with their tries as its traces: `createMesh({
 * observers: [otel()] })`. Needs no SDK to be there; with none it does nothing. An API that throws never reaches a call, and
 * is told of once, as a process warning.
 *
 * Throws one `TypeError` that lists every mistake in the options. Starts nothing, and has nothing to close.
 */
export function otel(options: OtelOptions = {}): Otel {
  const terms = termsOf(options)
  const values = new LabelValues()
  const tracer = terms.traces === undefined ? undefined : new Tracing(terms.traces, values, terms.tracerProvider)
  const keeper = tracer?.keeper
  const metering = terms.metrics ? new Metering(terms, values, keeper === undefined ? undefined : () => keeper.dropped) : undefined
  const traceAll: Otel['traceAll'] = (service, length) => {
    checks.assertKind('traceAll', { service, length }, asked)
    if (tracer === undefined) throw new TypeError('traceAll: got traces: false (accepted: otel() with traces, which is the default)')
    return tracer.traceAll(service, durationOf(length, 'traceAll.length'))
  }
  return Object.assign((event: MeshEvent) => metering?.hear(event), { watch: (source: Source) => metering?.watch(source) ?? nothing, tracer, traceAll })
}

function nothing(): void {}
