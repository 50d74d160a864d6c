import '@inmesh/pipeline/node-version'

// For users.
export { otel } from './otel.ts'
export type { OtelOptions } from './options.ts'
export type { Convention } from './names.ts'

// For dashboards, rules and tests: every name once.
export { BUCKETS, CONVENTIONAL_LABELS, LABELS, METRICS, type Label, type Metric, type MetricKey } from './names.ts'
export { metricsPage } from './metrics-page.ts'
