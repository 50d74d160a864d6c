import type { Clock, TimerHandle } from '@inmesh/pipeline'
import type { Instant, Millis } from '@inmesh/policy'
import type { Watch } from './bounds.ts'
import { DueHeap } from './due-heap.ts'
import { Entry, HEAP, IDLE } from './entry.ts'

const BITS = 10
const SLOTS = 1 << BITS
const MASK = SLOTS - 1
/** Buckets of one tick, of 2^10 and of 2^20 ticks. */
const LEVELS = 3
const BEYOND = LEVELS * SLOTS

export interface AgendaOptions {
  /** Where time begins. Default 0. */
  readonly start?: Instant
  /** Width of the finest buckets, in ms; best about as long as a handful of entries take. Changes speed, never the order. */
  readonly tick?: Millis
}

/**
 * What happens when, and the clock of everything in the virtual world: time stands still but for the step from one entry
 * to the next. Entries of one instant go in the order in which they were entered, so that a run repeats exactly.
 *
 * A hierarchy of buckets with a heap for the bucket whose turn it is: entering and cancelling cost the same however many
 * wait, and a cancelled timer, as most are, is gone at once. Varghese and Lauck, "Hashed and hierarchical timing wheels"
 * (1987), scheme 7; the heap inside a bucket gives the exact order that a wheel alone does not.
 */
export class Agenda implements Clock {
  /** Entries that have fired. */
  events = 0
  /** Entries that wait. */
  pending = 0
  /** When something last happened. */
  last: Instant
  private time: Instant
  private order = 0
  /** The bucket of the finest level whose entries are in the heap; a count of ticks. */
  private tick: number
  private readonly perTick: number
  private readonly due = new DueHeap()
  private readonly buckets: (Entry | undefined)[] = Array.from({ length: BEYOND + 1 }, () => undefined)
  private readonly counts = new Int32Array(LEVELS + 1)

  constructor({ start = 0, tick = 1 }: AgendaOptions = {}) {
    this.time = start
    this.last = start
    this.perTick = 1 / tick
    this.tick = Math.floor(start * this.perTick)
  }

  now(): Instant {
    return this.time
  }

  schedule<T>(at: Instant, _hold: boolean, fn: (arg: T) => void, arg: T): TimerHandle {
    const timer = new Timer(this, fn, arg)
    this.enter(timer as Timer<unknown>, at)
    return timer
  }

  /** An instant that is over counts as now; Infinity never comes. */
  enter(entry: Entry, at: Instant): void {
    if (entry.place !== IDLE) throw new Error('agenda: an entry waits for one instant at a time')
    if (!(at < Infinity)) {
      if (at === Infinity) return
      throw new RangeError('agenda: an entry for NaN; some instant was computed from undefined')
    }
    entry.at = at > this.time ? at : this.time
    entry.order = this.order++
    this.pending++
    this.put(entry)
  }

  /** Takes back an entry that waits; one that does not is left alone. */
  leave(entry: Entry): void {
    const { place } = entry
    if (place === IDLE) return
    this.pending--
    if (place <= HEAP) return this.due.remove(entry)
    this.unlink(entry)
  }

  /** Runs until nothing waits, or nothing before or at `until`, or until the watch says stop. */
  run(until: Instant = Infinity, watch?: Watch): void {
    for (let entry = this.upcoming(); entry !== undefined && entry.at <= until; entry = this.upcoming()) {
      if (watch !== undefined && (this.events & watch.mask) === 0 && watch.exceeded(this.events)) return
      this.due.shift()
      this.pending--
      this.events++
      this.time = entry.at
      this.last = entry.at
      entry.fire()
    }
    if (until < Infinity && until > this.time) this.time = until
  }

  /** The next to fire, in the heap. */
  private upcoming(): Entry | undefined {
    const { first } = this.due
    if (first !== undefined || this.pending === 0) return first
    while (this.due.first === undefined) this.advance()
    return this.due.first
  }

  private put(entry: Entry): void {
    const tick = Math.floor(entry.at * this.perTick)
    const ahead = tick - this.tick
    if (ahead <= 0) this.due.push(entry)
    else if (ahead < SLOTS) this.link(entry, tick & MASK, 0)
    else this.putFar(entry, tick)
  }

  private putFar(entry: Entry, tick: number): void {
    const block = Math.floor(tick / SLOTS)
    if (block - Math.floor(this.tick / SLOTS) < SLOTS) return this.link(entry, SLOTS + (block & MASK), 1)
    const era = Math.floor(block / SLOTS)
    if (era - Math.floor(this.tick / SLOTS / SLOTS) < SLOTS) return this.link(entry, 2 * SLOTS + (era & MASK), 2)
    this.link(entry, BEYOND, LEVELS)
  }

  private link(entry: Entry, slot: number, level: number): void {
    const first = this.buckets[slot]
    entry.place = slot
    entry.next = first
    if (first !== undefined) first.previous = entry
    this.buckets[slot] = entry
    this.counts[level]!++
  }

  private unlink(entry: Entry): void {
    const { next, previous, place } = entry
    if (previous === undefined) this.buckets[place] = next
    else previous.next = next
    if (next !== undefined) next.previous = previous
    entry.next = undefined
    entry.previous = undefined
    entry.place = IDLE
    this.counts[place >> BITS]!--
  }

  /** To the next bucket; past stretches in which nothing can be in one step. */
  private advance(): void {
    const { counts } = this
    if (counts[0] !== 0) this.tick++
    else if (counts[1] !== 0) this.tick = (Math.floor(this.tick / SLOTS) + 1) * SLOTS
    else this.tick = (Math.floor(this.tick / SLOTS / SLOTS) + 1) * SLOTS * SLOTS
    if ((this.tick & MASK) === 0) this.cascade()
    this.empty(this.tick & MASK)
  }

  /** What a coarser bucket held is spread over finer ones when its time begins. */
  private cascade(): void {
    const block = Math.floor(this.tick / SLOTS)
    if ((block & MASK) === 0) {
      const era = Math.floor(block / SLOTS)
      if ((era & MASK) === 0) this.empty(BEYOND)
      this.empty(2 * SLOTS + (era & MASK))
    }
    this.empty(SLOTS + (block & MASK))
  }

  private empty(slot: number): void {
    let entry = this.buckets[slot]
    if (entry === undefined) return
    this.buckets[slot] = undefined
    const level = slot >> BITS
    while (entry !== undefined) {
      const next: Entry | undefined = entry.next
      entry.next = undefined
      entry.previous = undefined
      entry.place = IDLE
      this.counts[level]!--
      this.put(entry)
      entry = next
    }
  }
}

class Timer<T> extends Entry implements TimerHandle {
  private readonly agenda: Agenda
  private readonly fn: (arg: T) => void
  private readonly arg: T

  constructor(agenda: Agenda, fn: (arg: T) => void, arg: T) {
    super()
    this.agenda = agenda
    this.fn = fn
    this.arg = arg
  }

  fire(): void {
    this.fn(this.arg)
  }

  cancel(): void {
    this.agenda.leave(this as Timer<unknown>)
  }
}
