import { checks } from '@inmesh/pipeline'
import type { MeterProvider, TracerProvider } from '@opentelemetry/api'
import type { MeteringTerms } from './metrics/metering.ts'
import { CONVENTIONS, type Convention } from './metrics/names.ts'
import { traceKind, traceTermsOf, type TraceOptions, type TraceTerms } from './traces/options.ts'

/** Every option has a default: `otel()` is a whole configuration. */
export interface OtelOptions {
  /**
   * Whether what is about endpoints is also told by endpoint. Default `false`: each is a series of its own for each
   * operation, code and cause, and addresses change with every rollout.
   */
  readonly endpoints?: boolean
  /**
   * Which durations by OpenTelemetry's semantic conventions are recorded: all, none, or some of `http.client`, `http.server`,
   * `rpc.client`, `rpc.server`. Default all. Leave those out that an instrumentation beside this one records as well
   * (`@opentelemetry/instrumentation-undici`, `-http`): they would be counted twice.
   */
  readonly conventions?: boolean | readonly Convention[]
  /** Whether there are metrics. Default `true`. */
  readonly metrics?: boolean
  /**
   * Traces: one span for each call, beneath it one for each try. `true`, the default: of calls that the SDK’s sampler takes, and
   * where each try goes is told to its callee. `false`: none, and nothing is written into requests.
   */
  readonly traces?: boolean | TraceOptions
  /** Where spans go. Default: OpenTelemetry's global one, also where it is registered after this; until one is, there are no spans. */
  readonly tracerProvider?: TracerProvider
  /** Where metrics go. Default: OpenTelemetry's global one, also where it is registered after this; until one is, nothing is recorded. */
  readonly meterProvider?: MeterProvider
}

/** With every default in place. */
export interface OtelTerms extends MeteringTerms {
  readonly metrics: boolean
  /** Undefined: none. */
  readonly traces: TraceTerms | undefined
  readonly tracerProvider: TracerProvider | undefined
}

const known: ReadonlySet<unknown> = new Set(CONVENTIONS)

const kind = checks.shape<OtelOptions>({
  endpoints: checks.flag,
  conventions: {
    accepted: `true, false, or a list of ${CONVENTIONS.join(', ')}`,
    allows: (value) => typeof value === 'boolean' || (Array.isArray(value) && value.every((one) => known.has(one))),
  },
  metrics: checks.flag,
  traces: traceKind,
  tracerProvider: {
    accepted: 'a tracer provider of OpenTelemetry',
    allows: (value) => typeof value === 'object' && value !== null && typeof (value as Partial<TracerProvider>).getTracer === 'function',
  },
  meterProvider: {
    accepted: 'a meter provider of OpenTelemetry',
    allows: (value) => typeof value === 'object' && value !== null && typeof (value as Partial<MeterProvider>).getMeter === 'function',
  },
})

/** Throws one `TypeError` that lists every mistake. */
export function termsOf(options: OtelOptions): OtelTerms {
  checks.assertKind('otel', options, kind)
  const { endpoints = false, conventions = true, meterProvider, metrics = true, traces, tracerProvider } = options
  return {
    endpoints,
    conventions: new Set(conventions === true ? CONVENTIONS : conventions === false ? [] : conventions),
    meterProvider,
    metrics,
    traces: traceTermsOf(traces),
    tracerProvider,
  }
}
