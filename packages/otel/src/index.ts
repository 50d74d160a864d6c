import '@inmesh/pipeline/node-version'

// For users.
export { otel, type Otel } from './otel.ts'
export type { OtelOptions } from './options.ts'
export type { KeepOptions, TraceOptions } from './traces/options.ts'
export type { Convention } from './metrics/names.ts'

// For dashboards, rules and tests: every name once.
export { BUCKETS, CONVENTIONAL_LABELS, LABELS, METRICS, type Label, type Metric, type MetricKey } from './metrics/names.ts'
export { CONVENTIONAL_ATTRIBUTES, REFUSED_ON, SPAN_ATTRIBUTES, SPAN_EVENTS, type SpanAttribute } from './traces/span-names.ts'
export { spansPage } from './traces/spans-page.ts'
export { metricsPage } from './metrics/metrics-page.ts'
