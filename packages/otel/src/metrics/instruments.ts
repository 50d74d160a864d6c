import type { Counter, Histogram, Meter, Observable } from '@opentelemetry/api'
import { BUCKETS, METRICS, type Convention, type KeyOf, type Metric, type MetricKey } from './names.ts'

export interface Instruments {
  /** Conventions that were not asked for are absent. */
  readonly histograms: Readonly<Partial<Record<KeyOf<'histogram'>, Histogram>>>
  readonly counters: Readonly<Record<KeyOf<'counter'>, Counter>>
  /** Asked for as they are read. */
  readonly asked: Readonly<Record<KeyOf<'gauge' | 'total'>, Observable>>
}

/** All of `METRICS`, but for the conventions that were not asked for: an instrument that is there shows, empty as it is. */
export function instrumentsOf(meter: Meter, conventions: ReadonlySet<Convention>): Instruments {
  return {
    histograms: made('histogram', ({ name, meaning: description, unit, convention }) => {
      if (convention !== undefined && !conventions.has(convention)) return undefined
      return meter.createHistogram(name, { description, unit, advice: { explicitBucketBoundaries: [...BUCKETS] } })
    }),
    counters: made('counter', ({ name, meaning: description, unit }) => meter.createCounter(name, { description, unit })) as Instruments['counters'],
    asked: {
      ...made('gauge', ({ name, meaning: description, unit }) => meter.createObservableGauge(name, { description, unit })),
      ...made('total', ({ name, meaning: description, unit }) => meter.createObservableCounter(name, { description, unit })),
    } as Instruments['asked'],
  }
}

function made<Kind extends Metric['kind'], T>(kind: Kind, make: (metric: Metric) => T | undefined): Partial<Record<KeyOf<Kind>, T>> {
  const found = (Object.entries(METRICS) as [MetricKey, Metric][]).filter(([, metric]) => metric.kind === kind)
  return Object.fromEntries(found.flatMap(([key, metric]) => {
    const instrument = make(metric)
    return instrument === undefined ? [] : [[key, instrument]]
  })) as Partial<Record<KeyOf<Kind>, T>>
}
