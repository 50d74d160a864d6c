import { loud } from '@inmesh/pipeline'
import type { RequestFacts } from './inbound-call.ts'

/** Which requests ask how the server is: never refused for load, limits or deadlines. */
export interface HealthOptions {
  /** Their paths, or a function of the request. Default `/healthz`, `/readyz`, `/livez`, `/health`. */
  readonly paths?: readonly string[] | ((request: RequestFacts) => boolean)
  /**
   * Of them, those that say whether to send requests here: while the server drains they are answered 503 without their handler.
   * Default `/healthz`, `/readyz`, `/health`; not `/livez`, since a process that drains is alive.
   */
  readonly readiness?: readonly string[]
}

export const HEALTH_DEFAULTS = { paths: ['/healthz', '/readyz', '/livez', '/health'], readiness: ['/healthz', '/readyz', '/health'] } as const

export class HealthPaths {
  private readonly asks: (call: RequestFacts) => boolean
  private readonly readiness: ReadonlySet<string>

  constructor({ paths = HEALTH_DEFAULTS.paths, readiness = HEALTH_DEFAULTS.readiness }: HealthOptions = {}) {
    const known = new Set(typeof paths === 'function' ? [] : paths)
    this.asks = typeof paths === 'function' ? guarded(paths) : (call) => known.has(call.path)
    this.readiness = new Set(readiness)
  }

  has(call: RequestFacts): boolean {
    return this.asks(call)
  }

  asksReadiness(call: RequestFacts): boolean {
    return this.readiness.has(call.path)
  }
}

function guarded(asks: (call: RequestFacts) => boolean): (call: RequestFacts) => boolean {
  let told = false
  return (call) => {
    try {
      return asks(call) === true
    } catch (error) {
      if (!told) loud('"health.paths" threw; the request is treated as any other', error)
      told = true
      return false
    }
  }
}
