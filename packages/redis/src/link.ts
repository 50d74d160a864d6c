import type { Clock, EngineState, TimerHandle } from '@inmesh/pipeline'
import type { Instant, Millis } from '@inmesh/policy'
import CircuitBreaker from 'opossum'
import pRetry from 'p-retry'
import type { Adapter } from './clients/adapter.ts'
import type { Script } from './scripts/script.ts'
import { cutOff, notConnected, troubleOf, unreached, type Trouble } from './trouble.ts'
import { Waiting } from './waiting.ts'

/**
 * A connecting client has so long before limits fall back, counted in slices: a process that starts is busy with itself for
 * long stretches, of which each counts as one slice.
 */
export const patience: Millis = 250
export const slice: Millis = 50

export const closedWords = 'the engine is closed'

/** What the client itself still holds is not sent again for so long: else it would pile up there. */
const heldFor: Millis = 5000

/** The breaker stays open for less than the shortest pause between two hellos, so that each hello finds it half open. */
const halfOpenAfter: Millis = 30

/** The pause between two hellos: 40–80 ms, then longer up to 200 ms, at chance, so that processes do not come back together. */
const pauses = { retries: Infinity, minTimeout: 40, factor: 1.2, maxTimeout: 200, randomize: true, unref: true }

export interface LinkTerms {
  readonly adapter: Adapter
  readonly clock: Clock
  readonly commandTimeout: Millis
  /** What must be answered before Redis counts as up. */
  readonly hello: () => Promise<unknown>
  /** Told of every change. */
  readonly changed: (state: EngineState) => void
}

/** A script on its key, and how its answer is read. */
export interface Command<T> {
  readonly script: Script
  readonly key: string
  readonly args: readonly string[]
  readonly read: (reply: unknown) => T
}

/**
 * Whether Redis is there. A circuit breaker (opossum) decides what is sent: it opens on the first failure, since each one
 * costs whoever asked a whole timeout. While it is open nothing is sent but a hello now and then (p-retry), one at a time,
 * and the first that is answered closes it.
 *
 * Timeouts are the clock's and not the breaker's: the clock lets sockets have their turn before a timer that is due, and a
 * timer that comes late itself is set once more. Else a process which was busy for that long would lose an engine that is
 * well, while the answer lies there, or while the command has not left this process yet.
 */
export class Link {
  state: EngineState = 'connecting'
  /** Why it is lost. */
  trouble: Trouble | undefined = undefined
  losses = 0
  /** On which something failed last: it must answer before Redis counts as up, since other nodes of a cluster may be well. */
  failedKey: string | undefined = undefined
  private readonly terms: LinkTerms
  private readonly breaker: CircuitBreaker<[() => Promise<unknown>]>
  private readonly stop = new AbortController()
  private readonly underWay = new Set<Waiting>()
  private readonly unwatch: () => void
  private latest: Trouble | undefined = undefined
  private clientSaid: Trouble | undefined = undefined
  private held = 0
  private heldSince: Instant = 0
  private begun = false
  private waited: Millis = 0
  private closed = false
  private timer: TimerHandle | undefined = undefined

  constructor(terms: LinkTerms) {
    this.terms = terms
    // One bucket that is emptied each second: the breaker needs no statistics to open on the first failure.
    this.breaker = new CircuitBreaker(run, {
      timeout: false, errorThresholdPercentage: 0, resetTimeout: halfOpenAfter,
      rollingCountTimeout: 1000, rollingCountBuckets: 1, rollingPercentilesEnabled: false, enableSnapshots: false,
    })
    this.breaker.on('failure', (error) => this.heard(troubleOf(error)))
    // Not at the failure itself, when the breaker is still closed: a hello would go through it as if nothing were wrong.
    this.breaker.on('open', () => this.opened())
    this.unwatch = terms.adapter.watch((error) => {
      this.clientSaid = troubleOf(error)
      this.heard(this.clientSaid)
    })
  }

  /** From the first limit on: an engine that nobody uses does nothing. */
  begin(): void {
    if (this.begun || this.closed) return
    this.begun = true
    this.waitOn()
    this.reach()
  }

  /** Rejects with a `Trouble`, also where nothing is sent since Redis is lost. */
  async ask<T>(command: Command<T>): Promise<T> {
    if (this.state !== 'up') throw this.trouble ?? notConnected()
    return this.breaker.fire(() => this.sendNow(command)) as Promise<T>
  }

  /** Past the breaker: part of a hello. */
  send<T>(command: Command<T>): Promise<T> {
    return this.within(this.run(command), command.key)
  }

  /** Not while an earlier one is still with the client, where it may be waiting for a connection. Past the breaker too. */
  async sendAlone<T>(command: Command<T>): Promise<T> {
    const now = this.terms.clock.now()
    if (this.held > 0 && now - this.heldSince < heldFor) throw this.latest ?? notConnected()
    this.held++
    this.heldSince = now
    const running = this.run(command).finally(() => {
      this.held--
    })
    // Also what comes too late for whoever waited says why.
    running.catch((error: unknown) => this.heard(troubleOf(error)))
    return this.within(running, command.key)
  }

  waitedOn(): void {
    if (this.state !== 'connecting') return
    this.waited += slice
    if (this.waited < patience) this.waitOn()
    else this.lose(unreached(patience, this.named(this.latest ?? notConnected())))
  }

  close(): void {
    if (this.closed) return
    this.closed = true
    this.timer?.cancel()
    this.stop.abort(new Error('closed'))
    this.unwatch()
    this.cut(closedWords)
    this.breaker.shutdown()
    this.state = 'lost'
    this.trouble = cutOff(closedWords)
  }

  private waitOn(): void {
    const { clock } = this.terms
    this.timer = clock.schedule(clock.now() + slice, false, waitedOn, this)
  }

  private reach(): void {
    const hello = (): Promise<unknown> => this.breaker.fire(this.terms.hello).catch((error: unknown) => {
      // Whatever it is: p-retry gives up on some kinds of errors.
      throw troubleOf(error)
    })
    pRetry(hello, { ...pauses, signal: this.stop.signal }).then(() => this.reached(), () => undefined)
  }

  private reached(): void {
    if (this.closed) return
    this.timer?.cancel()
    this.state = 'up'
    this.trouble = undefined
    this.latest = undefined
    this.clientSaid = undefined
    this.terms.changed('up')
  }

  /** Something went wrong, or the client says so. */
  private heard(trouble: Trouble): void {
    if (this.closed || this.state === 'up') {
      this.latest = trouble
      return
    }
    if (!trouble.answered) {
      this.latest ??= trouble
      return
    }
    this.latest = trouble
    if (this.state === 'connecting') this.lose(trouble)
    else this.trouble = trouble
  }

  private opened(): void {
    if (this.state !== 'up') return
    this.lose(this.named(this.latest ?? notConnected()))
    this.reach()
  }

  private lose(trouble: Trouble): void {
    if (this.closed || this.state === 'lost') return
    const wasUp = this.state === 'up'
    this.state = 'lost'
    this.trouble = trouble
    this.losses++
    // Else their timeouts, which are yet to come, would be held against an engine that is up again by then.
    if (wasUp) this.cut(trouble.message)
    this.terms.changed('lost')
  }

  private cut(why: string): void {
    for (const waiting of this.underWay) waiting.fail(cutOff(why))
  }

  private sendNow<T>(command: Command<T>): Promise<T> {
    if (!this.terms.adapter.ready()) {
      this.failedKey = command.key
      return Promise.reject(notConnected())
    }
    return this.send(command)
  }

  private async run<T>({ script, key, args, read }: Command<T>): Promise<T> {
    return read(await script.run(this.terms.adapter, key, args))
  }

  private within<T>(running: Promise<T>, key: string): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const { clock, commandTimeout } = this.terms
      const waiting = new Waiting(this.underWay, (answer) => resolve(answer as T), (trouble) => {
        // Not where it is cut off, or part of a hello: then it is lost already.
        if (this.state === 'up') this.failedKey = key
        reject(trouble)
      })
      waiting.start(clock, commandTimeout)
      running.then((answer) => waiting.answer(answer), (error: unknown) => waiting.fail(troubleOf(error)))
    })
  }

  /** What nobody answered may have a reason that only the client knows. */
  private named(trouble: Trouble): Trouble {
    return trouble.answered || this.clientSaid === undefined || this.clientSaid === trouble ? trouble : trouble.because(this.clientSaid)
  }
}

function run(action: () => Promise<unknown>): Promise<unknown> {
  return action()
}

function waitedOn(link: Link): void {
  link.waitedOn()
}
