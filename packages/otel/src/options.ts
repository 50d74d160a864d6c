import { checks } from '@inmesh/pipeline'
import type { MeterProvider } from '@opentelemetry/api'
import { CONVENTIONS, type Convention } from './names.ts'

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
  /** Where metrics go. Default: OpenTelemetry's global one, also where it is registered after this; none is none. */
  readonly meterProvider?: MeterProvider
}

/** With every default in place. */
export interface OtelTerms {
  readonly endpoints: boolean
  readonly conventions: ReadonlySet<Convention>
  readonly meterProvider: MeterProvider | undefined
}

const known: ReadonlySet<unknown> = new Set(CONVENTIONS)

const kind = checks.shape<OtelOptions>({
  endpoints: checks.flag,
  conventions: {
    accepted: `true, false, or a list of ${CONVENTIONS.join(', ')}`,
    allows: (value) => typeof value === 'boolean' || (Array.isArray(value) && value.every((one) => known.has(one))),
  },
  meterProvider: {
    accepted: 'a meter provider of OpenTelemetry',
    allows: (value) => typeof value === 'object' && value !== null && typeof (value as Partial<MeterProvider>).getMeter === 'function',
  },
})

/** Throws one `TypeError` that lists every mistake. */
export function termsOf(options: OtelOptions): OtelTerms {
  checks.assertKind('otel', options, kind)
  const { endpoints = false, conventions = true, meterProvider } = options
  return { endpoints, conventions: new Set(conventions === true ? CONVENTIONS : conventions === false ? [] : conventions), meterProvider }
}
