import type { Mode } from '@inmesh/pipeline'
import type { HealthThresholds, Millis } from '@inmesh/policy'

/** What endpoints are asked, how often, and what is made of it. */
export interface HealthOptions extends HealthThresholds {
  /** Asked for by GET, with its query; where `grpc` is set, nothing is. */
  readonly path: string
  /** Asked by `grpc.health.v1` instead, of this service; `''`: of the whole server. By whichever gRPC client of the service there is; without one nothing is asked. */
  readonly grpc?: string | undefined
  /** From one check's begin to the next one's of the same endpoint, give or take a tenth. */
  readonly interval: Millis
  /** Until the head of the answer; its body is not looked at. */
  readonly timeout: Millis
  /** The statuses that are a success; undefined: 200–299. */
  readonly expect: readonly number[] | undefined
  /** Asked there instead of at the endpoint's own port. */
  readonly port: number | undefined
  readonly mode?: Mode
}
