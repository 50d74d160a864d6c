import { closed, type Clock, type Mode, type Observers } from '@inmesh/pipeline'
import { BorrowedTarget, HttpService, type HttpTarget, type Wire } from '@inmesh/http'
import type { Random } from '@inmesh/policy'

/** Origins are chosen by whoever makes requests: more than this many are passed through like any other. */
const mostGoverned = 200
/** Not one event for each of a crawler's requests: each origin is told of once, as long as there are few. */
const mostTold = 1000

interface Env {
  readonly clock: Clock
  readonly random: Random
  readonly observers: Observers
  /** Whatever would have had these requests without the mesh. */
  readonly lender: Wire
}

/**
 * Requests to origins that nobody configured. By default they pass through untouched: no header, no retry, no ejection.
 * With `unknownOrigins: 'govern'` each becomes a service of its own with one endpoint and the default policies; it goes out
 * over the same connections as without, so that a proxy or a mock stays in force.
 */
export class UnknownOrigins {
  private readonly env: Env
  private readonly told = new Set<string>()
  private readonly governed = new Map<string, HttpService>()
  private closed = false

  constructor(env: Env) {
    this.env = env
  }

  passed(origin: string): void {
    const { observers, clock } = this.env
    if (!observers.active || this.told.has(origin) || this.told.size >= mostTold) return
    this.told.add(origin)
    observers.emit({ type: 'passed-through', service: '', at: clock.now(), origin })
  }

  govern(origin: string, ceiling: Mode): HttpService | undefined {
    const known = this.governed.get(origin)
    if (known !== undefined || this.closed || this.governed.size >= mostGoverned) return known
    const url = URL.parse(origin)
    if (url === null) return undefined
    const service = new HttpService({ name: origin, ...this.env, policy: {}, ceiling })
    service.core.cluster.pool.update([{ key: url.origin, weight: 1, target: new BorrowedTarget(url, this.env.lender) }], this.env.clock.now())
    this.governed.set(origin, service)
    return service
  }

  async close(): Promise<void> {
    this.closed = true
    for (const service of this.governed.values()) service.core.close()
    await Promise.all(this.targets.map(({ target }) => target.close()))
  }

  /** Ends what is still under way on connections that are being closed. */
  cutOff(): void {
    for (const { service, target } of this.targets) void target.destroy(closed(service.core.service)).catch(() => {})
  }

  private get targets(): { readonly service: HttpService; readonly target: HttpTarget }[] {
    return [...this.governed.values()].flatMap((service) => service.core.cluster.pool.members.map(({ target }) => ({ service, target: target as HttpTarget })))
  }
}
