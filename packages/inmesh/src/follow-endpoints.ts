import { HttpTarget, type ConnectionOptions, type HttpService, type TlsOptions } from '@inmesh/http'
import type { Target } from '@inmesh/pipeline'
import type { Millis, PoolChange } from '@inmesh/policy'
import type { EndpointEntry, EntrySource } from './config/index.ts'
import { Discovery } from './discovery.ts'

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
  private readonly discovery: Discovery
  private settings: ConnectionSettings
  private entries: readonly EndpointEntry[] = []
  private stop: (() => Promise<void>) | undefined = undefined
  /** What went before and still has requests under way. */
  private readonly leaving = new Map<HttpTarget, Promise<void>>()

  constructor(service: HttpService, settings: ConnectionSettings) {
    this.service = service
    this.discovery = new Discovery(service)
    this.settings = settings
  }

  /** What a source has told beside its list. */
  get notes(): readonly string[] {
    return this.discovery.notes
  }

  follow(endpoints: readonly EndpointEntry[] | EntrySource): void {
    void this.stop?.()
    this.stop = undefined
    this.discovery.listed()
    this.discovery.note(undefined)
    if (!('subscribe' in endpoints)) {
      this.apply(endpoints, false)
      return this.service.core.release()
    }
    const { core } = this.service
    if (this.entries.length === 0) core.hold(longestHold)
    const note = (text: string | undefined): void => this.discovery.note(text)
    this.stop = endpoints.subscribe((entries) => this.listed(entries), (error) => this.failed(error), { clock: core.clock, random: core.random, note })
  }

  /** New connections for new settings, such as a rotated certificate; requests under way end on the old ones. */
  reconnect(settings: ConnectionSettings): void {
    this.settings = settings
    this.apply(this.entries, true)
  }

  async close(): Promise<void> {
    const stopped = this.stop?.()
    this.stop = undefined
    this.service.health.stop()
    for (const { target } of this.service.core.cluster.pool.members) this.leave(target as HttpTarget)
    await Promise.all([stopped, ...this.leaving.values()])
  }

  /** Ends what is still under way on connections that are being closed. */
  cutOff(error: Error): void {
    for (const target of this.leaving.keys()) void target.destroy(error).catch(() => {})
  }

  private listed(entries: readonly EndpointEntry[]): void {
    this.discovery.listed()
    if (entries !== this.entries) this.tell(this.apply(entries, false))
    this.service.core.release()
  }

  private failed(error: unknown): void {
    this.discovery.failed(error)
    this.service.core.release()
  }

  private apply(entries: readonly EndpointEntry[], fresh: boolean): PoolChange<Target> {
    const { pool } = this.service.core.cluster
    const before = new Map(pool.members.map((member) => [member.key, member.target as HttpTarget]))
    const list = entries.map((entry) => {
      const known = before.get(entry.url.origin)
      const target = !fresh && known !== undefined && same(known, entry) ? known : this.open(entry)
      return { key: entry.url.origin, weight: entry.weight ?? 1, priority: entry.priority, zone: entry.zone, target }
    })
    this.entries = entries
    const change = pool.update(list, this.service.core.clock.now())
    this.service.health.sync()
    const kept = new Set(list.map(({ target }) => target))
    for (const target of before.values()) if (!kept.has(target)) this.leave(target)
    return change
  }

  private tell({ added, removed }: PoolChange<Target>): void {
    const { observers, service, clock, cluster } = this.service.core
    if (!observers.active || added.length + removed.length === 0) return
    const keys = (endpoints: typeof added): string[] => endpoints.map(({ key }) => key)
    observers.emit({ type: 'endpoints-changed', service, at: clock.now(), known: cluster.pool.members.length, added: keys(added), removed: keys(removed) })
  }

  private open(entry: EndpointEntry): HttpTarget {
    const { zone, labels } = entry
    return new HttpTarget(entry.url, this.settings.http, this.settings.tls, { zone, labels })
  }

  private leave(target: HttpTarget): void {
    this.leaving.set(target, target.close().catch(() => {}).finally(() => this.leaving.delete(target)))
  }
}

/** So long calls wait for the first list of a source: with a source that says nothing they fail rather than hang. */
const longestHold: Millis = 10_000

function same(target: HttpTarget, entry: EndpointEntry): boolean {
  return target.url.origin === entry.url.origin && target.zone === entry.zone && JSON.stringify(target.labels) === JSON.stringify(entry.labels)
}
