import { loud, type Clock } from '@inmesh/pipeline'
import { HttpTarget, type ConnectionOptions, type HttpService, type TlsOptions } from '@inmesh/http'
import type { EndpointEntry, EntrySource } from './config/index.ts'

/** How connections to a service's endpoints are made. */
export interface ConnectionSettings {
  readonly http: ConnectionOptions
  readonly tls: TlsOptions | undefined
}

/**
 * Keeps a service's pool as its list or its source says. An address that stays keeps its connections and everything that
 * is known of it; one that goes lets its requests end. A source that fails leaves the last good list in force.
 */
export class FollowedEndpoints {
  private readonly service: HttpService
  private readonly clock: Clock
  private settings: ConnectionSettings
  private entries: readonly EndpointEntry[] = []
  private stop: (() => Promise<void>) | undefined = undefined
  /** What went before and still has requests under way. */
  private readonly leaving = new Map<HttpTarget, Promise<void>>()

  constructor(service: HttpService, clock: Clock, settings: ConnectionSettings) {
    this.service = service
    this.clock = clock
    this.settings = settings
  }

  follow(endpoints: readonly EndpointEntry[] | EntrySource): void {
    void this.stop?.()
    this.stop = undefined
    if (!('subscribe' in endpoints)) return this.apply(endpoints, false)
    const failed = (error: unknown): void => loud(`${this.service.core.service}: its source of endpoints failed; the last list stays in force`, error)
    this.stop = endpoints.subscribe((entries) => this.apply(entries, false), failed, this.clock)
  }

  /** New connections for new settings, such as a rotated certificate; requests under way end on the old ones. */
  reconnect(settings: ConnectionSettings): void {
    this.settings = settings
    this.apply(this.entries, true)
  }

  async close(): Promise<void> {
    const stopped = this.stop?.()
    this.stop = undefined
    for (const { target } of this.service.core.cluster.pool.members) this.leave(target as HttpTarget)
    await Promise.all([stopped, ...this.leaving.values()])
  }

  /** Ends what is still under way on connections that are being closed. */
  cutOff(error: Error): void {
    for (const target of this.leaving.keys()) void target.destroy(error).catch(() => {})
  }

  private apply(entries: readonly EndpointEntry[], fresh: boolean): void {
    const { pool } = this.service.core.cluster
    const before = new Map(pool.members.map((member) => [member.key, member.target as HttpTarget]))
    const list = entries.map((entry) => {
      const known = before.get(entry.url.origin)
      const target = !fresh && known !== undefined && same(known, entry) ? known : this.open(entry)
      return { key: entry.url.origin, weight: entry.weight ?? 1, target }
    })
    this.entries = entries
    pool.update(list, this.clock.now())
    const kept = new Set(list.map(({ target }) => target))
    for (const target of before.values()) if (!kept.has(target)) this.leave(target)
  }

  private open(entry: EndpointEntry): HttpTarget {
    const { zone, labels } = entry
    return new HttpTarget(entry.url, this.settings.http, this.settings.tls, { zone, labels })
  }

  private leave(target: HttpTarget): void {
    this.leaving.set(target, target.close().catch(() => {}).finally(() => this.leaving.delete(target)))
  }
}

function same(target: HttpTarget, entry: EndpointEntry): boolean {
  return target.url.origin === entry.url.origin && target.zone === entry.zone && JSON.stringify(target.labels) === JSON.stringify(entry.labels)
}
