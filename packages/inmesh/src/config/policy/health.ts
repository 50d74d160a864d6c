import type { HealthOptions } from '@inmesh/http'
import { HEALTH_DEFAULTS } from '@inmesh/policy'
import type { Duration } from '@inmesh/pipeline'
import * as z from 'zod'
import { defined, millis } from '../defined.ts'
import { accepting } from '../schema/accepted.ts'
import { duration, list, off, oneOf, whole } from '../schema/kinds.ts'
import { options } from '../schema/options.ts'
import { modeOption, type Moded } from './mode.ts'

/**
 * Asks every endpoint, again and again, whether it is well, over a connection of its own; one that is not gets no traffic
 * until it is. Off until set: what calls themselves tell is enough for most. Checks of one endpoint never overlap.
 */
export interface HealthConfig extends Moded {
  /** What is asked for by GET, such as `'/healthz'`; with its query, if any. Either this or `grpc`. */
  readonly path?: string | undefined
  /**
   * Asked by `grpc.health.v1.Health/Check` instead, of this service, such as `'shop.Catalog'`; `''` of the whole server. By a
   * gRPC client of the service, with its credentials; while there is none, nothing is asked. With it, `expect` and `port`
   * say nothing.
   */
  readonly grpc?: string | undefined
  /** From one check's begin to the next one's, give or take a tenth. Default 5 s. 100 ms–1 h. */
  readonly interval?: Duration | undefined
  /** Until the head of the answer; connecting counts. Default 1 s (Kubernetes), or `interval` where that is shorter. 1 ms–1 min. */
  readonly timeout?: Duration | undefined
  /** Checks in a row that fail before an endpoint gets no traffic. Default 3 (Kubernetes, HAProxy). 1–100. */
  readonly unhealthyAfter?: number | undefined
  /** Checks in a row that succeed before it gets traffic again. Default 2 (HAProxy). 1–100. */
  readonly healthyAfter?: number | undefined
  /** The statuses that are a success. Default: 200–299. */
  readonly expect?: readonly number[] | undefined
  /** Asked there instead of at the endpoint's own port, such as that of a management server. Default: its own. 1–65,535. */
  readonly port?: number | undefined
}

const target = "a path such as '/healthz'"

const path = accepting(target, z.string({ error: target }).regex(/^\/[\x21-\x7e]{0,2000}$/, { error: target, abort: true }))

const service = "a service such as 'shop.Catalog', or '' for the whole server"

const grpcName = accepting(service, z.string({ error: service }).regex(/^[\w./-]{0,200}$/, { error: service, abort: true }))

export const health: z.ZodType<HealthConfig | false> = oneOf("{ path: '/healthz', interval, … }, or false", [
  options<HealthConfig>("an object such as { path: '/healthz', interval: '5s' }", {
    path: path.describe('What is asked for by GET. Either this or grpc.'),
    grpc: grpcName.describe('Asked by grpc.health.v1 instead, of this service; empty: of the whole server.'),
    interval: duration(100, 3_600_000).describe("From one check's begin to the next one's. Default 5 s."),
    timeout: duration(1, 60_000).describe('Until the head of the answer. Default 1 s.'),
    unhealthyAfter: whole(1, 100).describe('Checks in a row that fail before an endpoint gets no traffic. Default 3.'),
    healthyAfter: whole(1, 100).describe('Checks in a row that succeed before it gets traffic again. Default 2.'),
    expect: list(whole(200, 599), 'a list of at least one status, such as [200]', 1).describe('The statuses that are a success. Default: 200–299.'),
    port: whole(1, 65_535).describe("Asked there instead of at the endpoint's own port."),
    mode: modeOption,
  }),
  off,
])

const usualInterval = 5000
const usualTimeout = 1000

export function resolveHealth(config: HealthConfig | false): HealthOptions | false {
  if (config === false) return false
  const { path = '', grpc, mode, unhealthyAfter = HEALTH_DEFAULTS.unhealthyAfter, healthyAfter = HEALTH_DEFAULTS.healthyAfter, expect, port } = config
  const interval = millis(config.interval) ?? usualInterval
  const timeout = millis(config.timeout) ?? Math.min(usualTimeout, interval)
  return { path, interval, timeout, unhealthyAfter, healthyAfter, expect, port, ...defined({ grpc, mode }) }
}
