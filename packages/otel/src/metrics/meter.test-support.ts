import type { MeshEvent, Observer } from '@inmesh/pipeline'
import { MeterProvider, MetricReader, type DataPoint, type Histogram } from '@opentelemetry/sdk-metrics'
import type { OtelOptions } from '../options.ts'
import { otel } from '../otel.ts'

class Reader extends MetricReader {
  protected override onForceFlush(): Promise<void> {
    return Promise.resolve()
  }

  protected override onShutdown(): Promise<void> {
    return Promise.resolve()
  }
}

/** A series: of a histogram with how many there were and what they came to. */
export interface Point {
  readonly name: string
  readonly attributes: Readonly<Record<string, unknown>>
  readonly value: number
  readonly count?: number
  readonly boundaries?: readonly number[]
}

/** `otel()` before the real SDK, in memory. */
export class Metered {
  readonly observer: Observer
  readonly provider: MeterProvider
  private readonly reader = new Reader()

  constructor(options: OtelOptions = {}) {
    this.provider = new MeterProvider({ readers: [this.reader] })
    this.observer = otel({ meterProvider: this.provider, ...options })
  }

  hear(...events: readonly MeshEvent[]): void {
    for (const event of events) this.observer(event)
  }

  /** All series, or those of one metric. */
  async points(name?: string): Promise<Point[]> {
    const { resourceMetrics, errors } = await this.reader.collect()
    if (errors.length > 0) throw new AggregateError(errors)
    const all = resourceMetrics.scopeMetrics.flatMap(({ metrics }) => metrics.flatMap(({ descriptor, dataPoints }) => dataPoints.map((point) => pointOf(descriptor.name, point))))
    return name === undefined ? all : all.filter((point) => point.name === name)
  }

  /** Every kind of instrument that there is, by name, whether it has a series or not. */
  async kinds(): Promise<Readonly<Record<string, { readonly unit: string; readonly description: string }>>> {
    const { resourceMetrics } = await this.reader.collect()
    return Object.fromEntries(resourceMetrics.scopeMetrics.flatMap(({ metrics }) => metrics.map(({ descriptor: { name, unit, description } }) => [name, { unit, description }])))
  }
}

function pointOf(name: string, { attributes, value }: DataPoint<number | Histogram | object>): Point {
  if (typeof value === 'number') return { name, attributes, value }
  const { sum, count, buckets } = value as Histogram
  return { name, attributes, value: Number((sum ?? 0).toPrecision(6)), count, boundaries: buckets.boundaries }
}
