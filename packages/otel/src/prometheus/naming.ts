import { METRICS, type Label, type Metric, type MetricKey } from '../metrics/names.ts'

/**
 * What Prometheus calls our metrics, which is not the same on every way there. `exporter`: OpenTelemetry's Prometheus
 * exporter for Node, which adds no unit. `otlp`: the Collector and Prometheus's own OTLP receiver, which do.
 */
export const NAMINGS = ['exporter', 'otlp'] as const
export type Naming = (typeof NAMINGS)[number]

/** Of a histogram the part that is meant. */
export type Part = 'bucket' | 'count' | 'sum'

/**
 * As the exporter writes it, or as OpenTelemetry's specification has it ("Prometheus and OpenMetrics Compatibility"): units
 * in words, `_ratio` for gauges of unit 1, nothing for what stands in braces.
 */
export function seriesOf(key: MetricKey, naming: Naming, part?: Part): string {
  const { name, kind, unit }: Metric = METRICS[key]
  const plain = `${name.replaceAll('.', '_')}${naming === 'otlp' ? unitOf(kind, unit) : ''}`
  if (kind === 'histogram') return `${plain}_${part ?? 'count'}`
  return kind === 'gauge' ? plain : `${plain}_total`
}

export function labelOf(label: Label | 'le'): string {
  return label.replaceAll('.', '_')
}

/** Labels that a series of a metric may have, as Prometheus calls them. */
export function labelsOf(key: MetricKey): readonly Label[] {
  const { labels, byEndpoint }: Metric = METRICS[key]
  return byEndpoint === true ? [...labels, 'inmesh.endpoint'] : labels
}

function unitOf(kind: Metric['kind'], unit: string): string {
  if (unit.startsWith('{')) return ''
  if (unit === '1') return kind === 'gauge' ? '_ratio' : ''
  const word = UNITS[unit]
  if (word === undefined) throw new Error(`what Prometheus calls the unit ${unit} is not known`)
  return word
}

const UNITS: Readonly<Record<string, string>> = { s: '_seconds' }
