import type { TimerHandle } from '@inmesh/pipeline'
import type { Millis } from '@inmesh/policy'
import type { DnsResolver } from '../config/service/dns-config.ts'
import type { EndpointList, SourceContext } from '../config/service/endpoints.ts'
import { Believed } from './believed.ts'
import { lookUp, type Answer, type Question } from './look-up.ts'

export interface DnsSettings extends Question {
  readonly resolver: DnsResolver
  /** The most that an answer is believed; undefined: by its TTL. */
  readonly refresh: Millis | undefined
  readonly removeAfter: number
}

/** Where no TTL is told: HAProxy's `hold valid`. */
const refreshUntold: Millis = 10_000
const longestTtl: Millis = 300_000
const shortest: Millis = 1_000
const longestPause: Millis = 30_000
/** A look that takes longer has failed: getaddrinfo itself gives up about then, but a resolver of somebody's own may never. */
const patience: Millis = 30_000

/** Looks a name up again and again, one look at a time, as long as it is followed. What it said last stays when it fails. */
export class DnsSource implements AsyncDisposable {
  private readonly settings: DnsSettings
  private readonly update: (list: EndpointList) => void
  private readonly fail: (error: unknown) => void
  private readonly context: SourceContext
  private readonly believed: Believed
  private timer: TimerHandle | undefined = undefined
  private look: AbortController | undefined = undefined
  private pause = shortest
  private over = false

  constructor(settings: DnsSettings, update: (list: EndpointList) => void, fail: (error: unknown) => void, context: SourceContext) {
    this.settings = settings
    this.update = update
    this.fail = fail
    this.context = context
    this.believed = new Believed(settings.removeAfter)
    this.begin()
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.over = true
    this.timer?.cancel()
    this.look?.abort(new Error('nobody follows this name any more'))
    return Promise.resolve()
  }

  private begin(): void {
    const { clock } = this.context
    const look = new AbortController()
    this.look = look
    this.timer = clock.schedule(clock.now() + patience, false, giveUp, look)
    const { resolver } = this.settings
    lookUp(resolver, this.settings, look.signal).then((answer) => this.ended(look, () => this.told(answer)), (error: unknown) => this.ended(look, () => this.failed(error)))
    look.signal.addEventListener('abort', () => this.ended(look, () => this.failed(look.signal.reason)))
  }

  /** Once for each look: what comes after its end is too late. */
  private ended(look: AbortController, how: () => Millis): void {
    if (this.over || this.look !== look) return
    this.look = undefined
    this.timer?.cancel()
    const { clock } = this.context
    const wait = how()
    this.timer = clock.schedule(clock.now() + wait, false, again, this)
  }

  again(): void {
    if (!this.over) this.begin()
  }

  private told({ endpoints, ttl }: Answer): Millis {
    const list = this.believed.learn(endpoints)
    this.pause = shortest
    this.update(list)
    this.context.note(this.loneliness(list))
    const { refresh } = this.settings
    const longest = ttl === undefined ? (refresh ?? refreshUntold) : Math.min(ttl * 1000, refresh ?? longestTtl)
    return this.jittered(Math.max(shortest, longest), 0.1)
  }

  /** Many processes must not come back at one time to a server that has just gone down under them. */
  private failed(error: unknown): Millis {
    this.fail(error)
    const wait = this.jittered(this.pause, 0.5)
    this.pause = Math.min(longestPause, this.pause * 2)
    return wait
  }

  private jittered(wait: Millis, share: number): Millis {
    return wait * (1 - share + 2 * share * this.context.random.next())
  }

  private loneliness(list: EndpointList): string | undefined {
    if (list.length !== 1) return undefined
    const { srv, url: { hostname } } = this.settings
    const address = list.map((one) => (typeof one === 'string' ? one : one.url)).join()
    if (/^https?:\/\/(127\.|\[::1\])/.test(address)) return undefined
    return `${srv ?? hostname} has one address only, ${address}: there is nothing to balance, back up or eject. `
      + 'If it is the ClusterIP of a Kubernetes service, name a headless service (clusterIP: None) instead.'
  }
}

function again(source: DnsSource): void {
  source.again()
}

function giveUp(look: AbortController): void {
  look.abort(Object.assign(new Error(`no answer within ${patience / 1000} s`), { code: 'ETIMEOUT' }))
}
