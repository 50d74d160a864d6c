import { BUCKETS, CONVENTIONAL_LABELS, LABELS, METRICS, type Label, type Metric } from './names.ts'

/** `docs/metrics.md`, of what `names.ts` says. */
export function metricsPage(): string {
  const all: readonly Metric[] = Object.values(METRICS)
  const lines = [
    '# Metrics',
    '',
    'Made from [`packages/otel/src/metrics/names.ts`](../packages/otel/src/metrics/names.ts). How to get them: [guide](guide/metrics.md);', 'a dashboard and alerts: [Prometheus and Grafana](guide/prometheus.md).',
    '',
    `Durations are in seconds, with the bucket boundaries ${BUCKETS.join(', ')}.`,
    'OpenTelemetry’s Prometheus exporter for Node writes `inmesh.call.duration` as `inmesh_call_duration`, and counters with `_total`; the Collector and',
    'Prometheus’s own OTLP receiver add the unit: `inmesh_call_duration_seconds`. ¹ also by `inmesh.endpoint`, with `endpoints: true`; ² only with it.',
    '',
    '## By the semantic conventions (1.45.0)',
    '',
    ...table(all.filter(({ convention }) => convention !== undefined)),
    '',
    ...labels(CONVENTIONAL_LABELS),
    '',
    '## Ours',
    '',
    ...table(all.filter(({ convention }) => convention === undefined)),
    '',
    ...labels(LABELS),
  ]
  return `${lines.join('\n')}\n`
}

function table(metrics: readonly Metric[]): readonly string[] {
  return ['| Metric | Kind, unit | What it counts | Labels |', '|---|---|---|---|', ...metrics.map(row)]
}

function row({ name, kind, unit, meaning, labels: own, byEndpoint, onlyByEndpoint }: Metric): string {
  const mark = onlyByEndpoint === true ? ' ²' : byEndpoint === true ? ' ¹' : ''
  return `| \`${name}\`${mark} | ${kind === 'total' ? 'counter' : kind}, \`${unit}\` | ${meaning} | ${own.map((label) => `\`${label}\``).join(', ')} |`
}

function labels(known: Readonly<Partial<Record<Label, string>>>): readonly string[] {
  return ['| Label | Values |', '|---|---|', ...Object.entries(known).map(([label, meaning]) => `| \`${label}\` | ${meaning} |`)]
}
