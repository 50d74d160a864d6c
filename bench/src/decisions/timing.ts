import { measure } from 'mitata'
import type { Row } from '../report/result.ts'

/** Nanoseconds for one `step`, the median over mitata's batches. */
export async function timed(contender: string, metric: string, step: () => unknown): Promise<Row> {
  const { p50, min, max, samples } = await measure(step, { min_cpu_time: 2e9, warmup_samples: 20 })
  return { contender, metric, unit: 'ns', median: p50, min, max, runs: samples.length }
}
