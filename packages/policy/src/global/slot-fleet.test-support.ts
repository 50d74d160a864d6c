import type { Instant, Millis, Random } from '../types.ts'
import { Concurrency } from '../limit/concurrency.ts'
import { SlotBook } from './slot-book.ts'
import { SlotLease, type SlotLeaseOptions } from './slot-lease.ts'

/** A repeatable source of chance for tests (mulberry32). */
export function chance(seed: number): Random {
  let state = seed
  return {
    next: () => {
      state = (state + 0x6d2b79f5) | 0
      let t = Math.imul(state ^ (state >>> 15), 1 | state)
      t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
      return ((t ^ (t >>> 14)) >>> 0) / 4294967296
    },
  }
}

export interface FleetOptions {
  readonly max: number
  readonly seed?: number
  /** One way, in ms: from so much to so much. Default 1 to 3. */
  readonly latency?: readonly [Millis, Millis]
  /** The share of asks, and of answers, that are lost. Default 0. */
  readonly loss?: number
  /** How long calls run. Default 20 to 60 ms. */
  readonly takes?: readonly [Millis, Millis]
}

/** A call that runs. `covered`: it began under a lease that has held all the time since. */
interface Running {
  readonly ends: Instant
  covered: boolean
}

/** An ask is given up after so long. */
const PATIENCE: Millis = 100

export class FleetProcess {
  readonly id: string
  readonly slots: Concurrency<number> = new Concurrency<number>()
  readonly lease: SlotLease
  /** So many calls are wanted at once, at any time. */
  demand: number
  readonly running: Running[] = []
  /** The time of all its calls so far. */
  busy: Millis = 0
  alive = true
  pausedUntil: Instant = -Infinity
  cutOff = false
  asks = 0

  constructor(id: string, demand: number, options: SlotLeaseOptions, now: Instant) {
    this.id = id
    this.demand = demand
    this.lease = new SlotLease(options, now)
  }
}

/**
 * Processes that each want so many calls in flight, one engine, and messages between them that take their time and get lost. A
 * millisecond at a step.
 */
export class Fleet {
  readonly book: SlotBook = new SlotBook()
  readonly processes: FleetProcess[] = []
  readonly #options: Required<FleetOptions>
  readonly #random: Random
  readonly #mail = new Map<Instant, (() => void)[]>()
  now: Instant = 0
  /** Covered calls in flight, at most, since `reset`. */
  most = 0
  /** All calls in flight, at most, and their time. */
  mostOfAll = 0
  busy: Millis = 0
  since: Instant = 0

  constructor(options: FleetOptions) {
    this.#options = { seed: 1, latency: [1, 3], loss: 0, takes: [20, 60], ...options }
    this.#random = chance(this.#options.seed)
  }

  join(demand: number, options: Partial<SlotLeaseOptions> = {}): FleetProcess {
    const process = new FleetProcess(`p${this.processes.length}`, demand, { max: this.#options.max, ...options }, this.now)
    this.processes.push(process)
    this.#count()
    return process
  }

  kill(process: FleetProcess): void {
    process.alive = false
    process.running.length = 0
    this.#count()
  }

  /** Forgets what was measured so far. */
  reset(): void {
    this.most = 0
    this.mostOfAll = 0
    this.busy = 0
    this.since = this.now
    for (const process of this.processes) process.busy = 0
  }

  /** The share of all slots that was in use, on average. */
  get use(): number {
    return this.busy / (this.now - this.since) / this.#options.max
  }

  run(ms: Millis): void {
    for (const end = this.now + ms; this.now < end; ) {
      this.now++
      for (const deliver of this.#mail.get(this.now) ?? []) deliver()
      this.#mail.delete(this.now)
      let covered = 0
      let all = 0
      for (const process of this.processes) {
        if (process.alive && this.now >= process.pausedUntil) this.#step(process)
        for (const call of process.running) covered += call.covered && this.now < process.lease.until ? 1 : 0
        all += process.running.length
        process.busy += process.running.length
      }
      this.most = Math.max(this.most, covered)
      this.mostOfAll = Math.max(this.mostOfAll, all)
      this.busy += all
    }
  }

  /** As heartbeats would tell, in no time. */
  #count(): void {
    const alive = this.processes.filter((one) => one.alive)
    for (const { lease } of alive) lease.fleet({ processes: alive.length, share: 1 / alive.length })
  }

  #step(process: FleetProcess): void {
    const { lease, slots, running } = process
    const { now } = this
    if (now >= lease.until) for (const call of running) call.covered = false
    for (let i = running.length - 1; i >= 0; i--) {
      if (running[i]!.ends > now) continue
      running[i] = running[running.length - 1]!
      running.length--
      slots.leave('nothing', 0, now)
    }
    slots.give(lease.limit(now))
    while (running.length < process.demand) {
      if (!slots.enter()) {
        lease.missed(now)
        break
      }
      running.push({ ends: now + this.#between(this.#options.takes), covered: now < lease.until })
    }
    if (lease.due <= now) this.#ask(process)
  }

  #ask(process: FleetProcess): void {
    const { lease, slots, id } = process
    const ask = lease.ask({ inFlight: slots.inFlight, waiting: 0, ...slots.takeUse() }, this.now)
    slots.give(lease.limit(this.now))
    process.asks++
    let open = true
    const answered = (grant: Parameters<SlotLease['answered']>[0]): void => {
      if (!open) return
      open = false
      // What comes in while it stands still it reads when it goes on.
      if (this.now < process.pausedUntil) return this.#at(process.pausedUntil, () => lease.answered(grant, 0, this.now))
      if (process.alive) lease.answered(grant, 0, this.now)
    }
    this.#at(this.now + PATIENCE, () => answered(undefined))
    if (process.cutOff || this.#lost()) return
    this.#at(this.now + this.#between(this.#options.latency), () => {
      const grant = this.book.ask(id, ask, this.now)
      if (!process.cutOff && !this.#lost()) this.#at(this.now + this.#between(this.#options.latency), () => answered(grant))
    })
  }

  #lost(): boolean {
    return this.#random.next() < this.#options.loss
  }

  #between([least, most]: readonly [Millis, Millis]): Millis {
    return least + Math.floor(this.#random.next() * (most - least + 1))
  }

  #at(at: Instant, deliver: () => void): void {
    const due = this.#mail.get(at)
    if (due === undefined) this.#mail.set(at, [deliver])
    else due.push(deliver)
  }
}
