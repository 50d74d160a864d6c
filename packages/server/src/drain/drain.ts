import { checks, durationKind, durationOf, type Clock, type Duration } from '@inmesh/pipeline'
import type { Instant, Millis } from '@inmesh/policy'
import { shut, type Door } from './door.ts'

export interface DrainOptions {
  /** How long requests under way may take to end; those that have not are cut off then. Default 10 s. */
  readonly within?: Duration
  /**
   * How long readiness says 503 while requests are still taken, so that load balancers notice before the port is closed:
   * about twice the period of the readiness probe. Default 0. `within` begins after it.
   */
  readonly notice?: Duration
  /** The servers to close. Default those that requests have come from. `[]`: none, for whoever closes them himself. */
  readonly server?: Door | readonly Door[]
}

const isDoor = (value: unknown): boolean => typeof value === 'object' && value !== null && 'close' in value && typeof value.close === 'function'

export const drainKind: checks.Kind = checks.shape<DrainOptions>({
  within: durationKind,
  notice: durationKind,
  server: { accepted: 'a server of node:http, https or http2, or a list of them', allows: (value) => (Array.isArray(value) ? value.every(isDoor) : isDoor(value)) },
})

/** A request that was cut off. */
export interface CutRequest {
  readonly method: string
  readonly path: string
  readonly route: string | undefined
  /** Since it had come. */
  readonly age: Millis
  /** `waiting`: its handler had not begun. */
  readonly phase: 'waiting' | 'running'
}

export interface DrainReport {
  readonly took: Millis
  /** Requests that ended by themselves meanwhile. */
  readonly ended: number
  readonly cut: readonly CutRequest[]
}

/** The requests under way, as a drain needs them. */
export interface Leaving {
  size(): number
  /** Cuts every one off and answers what they were. */
  cutAll(within: Millis): readonly CutRequest[]
}

const WITHIN: Duration = '10s'
/** For the last replies to reach their readers before their connections are closed on them. */
const GRACE: Millis = 500

/** One shutdown: stop accepting, wait for what is under way, cut off what takes too long, say what that was. */
export class Drain {
  readonly within: Millis
  /** Requests that have ended since it began. */
  ended = 0
  private readonly clock: Clock
  private readonly leaving: Leaving
  private readonly begun: Instant
  private readonly notice: Millis
  private readonly cut: CutRequest[] = []
  private onEmpty: () => void = () => {}

  constructor(clock: Clock, leaving: Leaving, within: Duration = WITHIN, notice: Duration = 0) {
    this.within = durationOf(within, 'drain.within')
    this.notice = durationOf(notice, 'drain.notice')
    this.clock = clock
    this.leaving = leaving
    this.begun = clock.now()
  }

  /** `doors` is asked when the notice is over, since requests may still come from servers that were not seen yet. */
  async run(doors: () => readonly Door[]): Promise<DrainReport> {
    if (this.notice > 0) await this.after(this.notice).done
    const servers = doors()
    const shutAll = Promise.all(servers.map(shut))
    const limit = this.after(this.within)
    // Once more where a connection that had said nothing brought a request while others had their last replies.
    do {
      await Promise.race([this.empty(), limit.done])
      if (limit.over()) this.cutAll()
      // What is open now has no request: connections that are kept, and such as never said anything.
      for (const server of servers) server.closeIdleConnections?.()
      const grace = this.after(GRACE)
      await Promise.race([shutAll, grace.done])
      grace.cancel()
    } while (this.leaving.size() > 0 && !limit.over())
    limit.cancel()
    // None goes unreported with its connection.
    this.cutAll()
    for (const server of servers) server.closeAllConnections?.()
    return { took: this.clock.now() - this.begun, ended: this.ended, cut: this.cut }
  }

  /** A request has ended. */
  left(): void {
    this.ended += 1
    if (this.leaving.size() === 0) this.onEmpty()
  }

  private cutAll(): void {
    if (this.leaving.size() > 0) this.cut.push(...this.leaving.cutAll(this.within))
  }

  private empty(): Promise<void> {
    if (this.leaving.size() === 0) return Promise.resolve()
    return new Promise((resolve) => {
      this.onEmpty = resolve
    })
  }

  /** A shutdown that waits is all that the process has to do: it is kept alive for it. */
  private after(ms: Millis): { readonly done: Promise<void>; over(): boolean; cancel(): void } {
    const { promise, resolve } = Promise.withResolvers<void>()
    let over = false
    const timer = this.clock.schedule(this.clock.now() + ms, true, () => {
      over = true
      resolve()
    }, undefined)
    return { done: promise, over: () => over, cancel: () => timer.cancel() }
  }
}
