import { engineLost, loud, type Clock, type Engine, type EngineSnapshot, type EngineState, type InmeshError, type Seat, type SharedLimit, type TimerHandle } from '@inmesh/pipeline'
import type { Instant, Millis, Random } from '@inmesh/policy'
import type { Adapter } from './clients/adapter.ts'
import { checkKey, firstKey, limitKeys } from './keys.ts'
import { closedWords, Link, patience, slice } from './link.ts'
import type { RedisTerms } from './options.ts'
import { checkArgs, checkScript, readCheck } from './scripts/check.ts'
import { RedisSeat, type Tally } from './seat.ts'

/** Losses that follow one another sooner are told in one message. */
const quietFor: Millis = 10_000

export interface RedisEngine extends Engine {
  /**
   * Resolves when Redis has answered. Rejects with an `InmeshError` (`INMESH_ENGINE_LOST`) that says why, and for which
   * limits, when it was not reached within 250 ms or has refused; the engine goes on trying, and limits have what they fall
   * back to. Where Redis had been lost already, it has half a second to come back.
   */
  ready(): Promise<void>
}

export interface EngineTerms {
  readonly adapter: Adapter
  readonly terms: RedisTerms
  readonly clock: Clock
  readonly random: Random
}

export class RunningEngine implements RedisEngine {
  readonly name = 'redis'
  private readonly terms: RedisTerms
  private readonly clock: Clock
  private readonly random: Random
  private readonly link: Link
  private readonly seats = new Set<RedisSeat>()
  private readonly tally: Tally = { asked: 0, failed: 0 }
  private readonly expectant = new Set<Expectant>()
  private joined = 0
  private saidAt: Instant = -Infinity
  private unsaid = 0
  /** Whether anybody was told that it is lost. */
  private said = false
  private closing: Promise<void> | undefined = undefined

  constructor({ adapter, terms, clock, random }: EngineTerms) {
    this.terms = terms
    this.clock = clock
    this.random = random
    this.link = new Link({ adapter, clock, commandTimeout: terms.commandTimeout, hello: () => this.hello(), changed: (state) => this.changed(state) })
  }

  join(limit: SharedLimit): Seat {
    const { link, clock, random, terms: { prefix, heartbeat, commandTimeout, weight, id }, tally } = this
    const seat = new RedisSeat({
      link, clock, random, limit, heartbeat, tally,
      keys: limitKeys(prefix, limit.id),
      member: `${id}/${this.joined++}`,
      weight: weight * limit.weight,
      processWeight: weight,
      // An answer may be late by a timeout, and so may the ask that refers to it.
      margin: 2 * commandTimeout + 100,
      left: (gone) => void this.seats.delete(gone),
    })
    if (this.closing === undefined) {
      this.seats.add(seat)
      seat.tell(link.state, link.trouble?.message)
      seat.begin()
      link.begin()
      if (link.state === 'lost' && !this.said) this.say()
    } else {
      seat.tell('lost', closedWords)
    }
    return seat
  }

  ready(): Promise<void> {
    const { link, clock } = this
    link.begin()
    return new Promise<void>((resolve, reject) => {
      if (link.state === 'up') return resolve()
      if (this.closing !== undefined) return reject(this.lost())
      this.expectant.add(new Expectant(link, clock, resolve, () => reject(this.lost())))
    })
  }

  inspect(): EngineSnapshot {
    const { name, link: { state, trouble, losses }, tally: { asked, failed } } = this
    return { name, state, ...(trouble === undefined ? {} : { why: trouble.message }), asked, failed, losses }
  }

  close(): Promise<void> {
    this.closing ??= this.closeOnce()
    return this.closing
  }

  private async closeOnce(): Promise<void> {
    const seats = [...this.seats]
    await Promise.allSettled(seats.map((seat) => seat.goodbye()))
    this.link.close()
    for (const seat of seats) seat.tell('lost', closedWords)
    this.settle((one) => one.giveUp())
  }

  private async hello(): Promise<void> {
    const { link, terms: { prefix } } = this
    const [first] = this.seats
    await link.sendAlone({ script: checkScript, key: checkKey(link.failedKey ?? first?.keys.members ?? firstKey(prefix)), args: checkArgs, read: readCheck })
    await Promise.all([...this.seats].map((seat) => seat.greet()))
  }

  private changed(state: EngineState): void {
    const why = this.link.trouble?.message
    for (const seat of this.seats) seat.tell(state, why)
    if (state === 'up') {
      this.said = false
      for (const seat of this.seats) seat.begin()
      this.settle((one) => one.resolve())
    } else {
      // Where no limit falls back nobody need hear of it, as when a client is closed after the meshes that used it.
      if (this.seats.size > 0) this.say()
      this.settle((one) => one.giveUp())
    }
  }

  private settle(how: (one: Expectant) => void): void {
    for (const one of this.expectant) how(one)
    this.expectant.clear()
  }

  private say(): void {
    this.said = true
    const now = this.clock.now()
    if (now - this.saidAt < quietFor) {
      this.unsaid++
      return
    }
    const more = this.unsaid === 0 ? '' : ` (lost ${this.unsaid} more times since this was last said)`
    this.saidAt = now
    this.unsaid = 0
    const { message, advice } = this.lost()
    loud(`${message}${more}. ${advice}`)
  }

  private lost(): InmeshError {
    const { name, link: { trouble } } = this
    return engineLost({ engine: name, limits: [...this.seats].map(({ limit }) => limit.id), why: trouble?.message ?? 'not reached', advice: trouble?.advice ?? '' })
  }
}

/** Somebody who awaits `ready()`. While it connects, that ends by itself; where it is lost already, it has as long again, twice. */
class Expectant {
  private readonly link: Pick<Link, 'state'>
  private readonly clock: Clock
  private readonly resolved: () => void
  private readonly rejected: () => void
  private waited: Millis = 0
  private timer: TimerHandle

  constructor(link: Pick<Link, 'state'>, clock: Clock, resolved: () => void, rejected: () => void) {
    this.link = link
    this.clock = clock
    this.resolved = resolved
    this.rejected = rejected
    this.timer = this.waitOn()
  }

  resolve(): void {
    this.timer.cancel()
    this.resolved()
  }

  giveUp(): void {
    this.timer.cancel()
    this.rejected()
  }

  waitedOn(): void {
    if (this.link.state === 'lost') this.waited += slice
    if (this.waited >= 2 * patience) this.giveUp()
    else this.timer = this.waitOn()
  }

  /** It holds the process, which may have nothing else to do yet. */
  private waitOn(): TimerHandle {
    return this.clock.schedule(this.clock.now() + slice, true, waitedOn, this)
  }
}

function waitedOn(one: Expectant): void {
  one.waitedOn()
}
