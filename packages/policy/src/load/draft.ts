import {
  isLevel, isMetricName, type LevelField, type LoadReport, type Metrics, type MetricsField, MOST_METRICS,
} from './report.ts'

/**
 * A report as it is being read. Whatever is wrong with a part spoils the whole: half a report may lack the very number that
 * makes the rest true (a rate without its errors).
 */
export class Draft {
  readonly #fields: { -readonly [K in keyof LoadReport]: LoadReport[K] } = {}
  readonly #counts: Record<MetricsField, number> = { requestCost: 0, utilization: 0, namedMetrics: 0 }
  #spoilt = false
  /** ORCA's older, whole number of requests a second; says something where the newer one is absent. */
  #rps = 0

  level(field: LevelField, value: unknown): void {
    if (!isLevel(value)) this.spoil()
    else if (value > 0) this.#fields[field] = value
    else delete this.#fields[field]
  }

  rps(value: unknown): void {
    if (isLevel(value)) this.#rps = value
    else this.spoil()
  }

  metric(field: MetricsField, name: string, value: unknown): void {
    const finite = typeof value === 'number' && Number.isFinite(value) && (field !== 'utilization' || value >= 0)
    if (!finite || !isMetricName(name)) return this.spoil()
    const metrics = (this.#fields[field] ??= Object.create(null) as Metrics) as Record<string, number>
    if (!(name in metrics) && ++this.#counts[field] > MOST_METRICS) return this.spoil()
    metrics[name] = value
  }

  spoil(): void {
    this.#spoilt = true
  }

  /** Undefined for one that is spoilt. */
  get report(): LoadReport | undefined {
    if (this.#spoilt) return undefined
    if (this.#rps > 0) this.#fields.rpsFractional ??= this.#rps
    return this.#fields
  }
}
