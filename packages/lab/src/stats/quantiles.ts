/** The value below or at which a share `q` of the samples lies: the nearest rank, no interpolation, no buckets. */
export function quantile(sorted: Float64Array, q: number): number {
  if (sorted.length === 0) return 0
  const rank = Math.ceil(q * sorted.length)
  return sorted[Math.min(Math.max(rank, 1), sorted.length) - 1] ?? 0
}

export interface Latencies {
  readonly p50: number
  readonly p90: number
  readonly p99: number
  readonly p999: number
  readonly max: number
}

export function latencies(samples: Iterable<number>): Latencies {
  const sorted = Float64Array.from(samples).sort()
  return {
    p50: quantile(sorted, 0.5),
    p90: quantile(sorted, 0.9),
    p99: quantile(sorted, 0.99),
    p999: quantile(sorted, 0.999),
    max: quantile(sorted, 1)
  }
}
