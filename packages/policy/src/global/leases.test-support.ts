import type { Instant, Millis } from '../types.ts'
import type { GrantBook } from './grant-book.ts'
import type { Grant, ReserveAsk } from './grant.ts'
import type { LeaseTableOptions } from './lease-options.ts'
import { LeaseTable } from './lease-table.ts'

/** By how much any window, of whatever length, holds more than the rate allows: the least burst that the instants keep to. */
export function mostBeyond(at: readonly Instant[], interval: Millis): number {
  let lead = 0
  let most = 0
  for (let i = 0; i < at.length; i++) {
    lead = Math.max(0, lead - (i === 0 ? 0 : at[i]! - at[i - 1]!) / interval) + 1
    most = Math.max(most, lead)
  }
  return most
}

interface Message {
  readonly slot: number
  readonly ask: ReserveAsk
  /** Its answer, on the way back. */
  grant?: Grant
}

/** A process whose messages move only when a test says so. At most one for each key is under way. */
export class TestProcess {
  readonly table: LeaseTable
  readonly admitted: Map<string, Instant[]> = new Map()
  readonly under: Message[] = []
  readonly #book: GrantBook

  constructor(book: GrantBook, options: LeaseTableOptions, share = 1, refresh = 100) {
    this.#book = book
    this.table = new LeaseTable(options)
    this.table.resize({ share, refresh })
  }

  /** How long to wait, as `take` says it; what became due is sent. */
  call(key: string, now: Instant): Millis {
    const wait = this.table.take(key, now)
    if (wait === 0) this.admitted.set(key, [...(this.admitted.get(key) ?? []), now])
    this.#send(now)
    return wait
  }

  /** How many of so many calls at one instant are admitted. */
  calls(key: string, count: number, now: Instant): number {
    return Array.from({ length: count }, () => this.call(key, now)).filter((wait) => wait === 0).length
  }

  /** The oldest message makes one step: to the engine, or back. Answers what the engine said. */
  step(now: Instant): Grant | undefined {
    const message = this.under[0]
    if (message === undefined) return undefined
    if (message.grant === undefined) return (message.grant = this.#book.reserve(message.ask, now))
    this.under.shift()
    this.table.granted(message.slot, message.grant, now)
    this.#send(now)
    return message.grant
  }

  /** All that is under way comes through at this instant. */
  settle(now: Instant): void {
    while (this.under.length > 0) this.step(now)
  }

  /** The oldest message is lost, wherever it is. */
  lose(now: Instant): ReserveAsk | undefined {
    const message = this.under.shift()
    if (message !== undefined) this.table.failed(message.slot, now)
    return message?.ask
  }

  #send(now: Instant): void {
    const { due } = this.table
    if (due >= 0) this.under.push({ slot: due, ask: this.table.ask(due, now) })
  }
}
