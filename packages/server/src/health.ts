import { loud } from '@inmesh/pipeline'
import type { RequestFacts } from './inbound-call.ts'

/**
 * Which requests ask how the server is: never refused for load, limits or deadlines. A path is meant however it is written in
 * capitals, and with a slash at its end too: frameworks route both to the same handler.
 */
export interface HealthOptions {
  /** Their paths, or a function of the request. Default `/healthz`, `/readyz`, `/livez`, `/health`. */
  readonly paths?: readonly string[] | ((request: RequestFacts) => boolean)
  /**
   * Those that say whether to send requests here: while the server drains they are answered 503 without their handler. They
   * are health checks whether or not `paths` names them. Default all of `paths` but `/livez`, since a process that drains is
   * alive; with a function `/healthz`, `/readyz`, `/health`. `[]`: none.
   */
  readonly readiness?: readonly string[]
}

const PATHS: readonly string[] = ['/healthz', '/readyz', '/livez', '/health']
const LIVENESS = '/livez'

export class HealthPaths {
  private readonly asks: (call: RequestFacts) => boolean
  private readonly readiness: ReadonlySet<string>

  constructor({ paths = PATHS, readiness }: HealthOptions = {}) {
    const listed = typeof paths === 'function' ? [] : paths.map(plain)
    this.readiness = new Set(readiness?.map(plain) ?? (typeof paths === 'function' ? PATHS : listed).filter((path) => path !== LIVENESS))
    // Readiness by default is of what is asked after at all; where it is listed it is meant.
    const known = new Set([...listed, ...(readiness === undefined ? [] : this.readiness)])
    const named = (call: RequestFacts): boolean => known.has(plain(call.path))
    const asks = typeof paths === 'function' ? guarded(paths) : undefined
    this.asks = asks === undefined ? named : (call) => named(call) || asks(call)
  }

  has(call: RequestFacts): boolean {
    return this.asks(call)
  }

  asksReadiness(call: RequestFacts): boolean {
    return this.readiness.has(plain(call.path))
  }
}

function plain(path: string): string {
  const lower = path.toLowerCase()
  return lower.length > 1 && lower.endsWith('/') ? lower.slice(0, -1) : lower
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
