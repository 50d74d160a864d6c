import { OPERATION_BUCKETS, Percentiles } from '@inmesh/policy'
import { seededRandom } from '@inmesh/testing'

/** Lognormal latencies around 5 ms, a thousand a second. */
export function percentileInsert(): () => void {
  const random = seededRandom(1)
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next())
  const latencies = Float64Array.from({ length: 4096 }, () => 5 * Math.exp(0.5 * normal()))
  const percentiles = new Percentiles({ buckets: OPERATION_BUCKETS })
  let turn = 0
  return () => {
    percentiles.insert(latencies[turn & 4095] as number, turn)
    turn++
  }
}
