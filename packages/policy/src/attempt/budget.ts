import type { Instant, Millis } from '../types.ts'

export interface BudgetOptions {
  /**
   * Extra tries per call, 0–1 000, in steps of a millionth. Default 0.2: a service that fails whole gets at most a fifth
   * more load, where three tries a call would triple it (SRE book, chapter 22). 0 leaves `floor` and `initial` only.
   * Swept in packages/lab/results/sweeps/budget-ratio.json.
   */
  readonly ratio?: number
  /**
   * Extra tries per second allowed however few calls there are. Default 0.1: whoever calls less than once in ten seconds
   * may retry every failure, and a hundred processes together add ten a second at most (floors multiply by processes,
   * which is why Finagle's 10/s is not used). What calls bring by `ratio` meanwhile is taken off it, so that a fifth stays a
   * fifth. Felt only with `initial` ≥ 1, which is what it may save up to.
   */
  readonly floor?: number
  /**
   * How long a call's deposit may be spent, in ms. Default 10 000 (Finagle's): long enough to bridge a bad second, short
   * enough that a quiet hour does not save up for a storm. Deposits live 0.9–1 of it.
   */
  readonly ttl?: Millis
  /**
   * Extra tries in stock at the start, also the most that `floor` saves up. Default 2: the first call may be retried. An
   * advance on what calls will bring, and not beside it: the greater of the two counts. Below 1 there is none.
   */
  readonly initial?: number
}

const SLICES = 10
/** Tokens are counted in integer millionths: fractions like 0.1 added a million times would leak or mint tokens. */
const TOKEN = 1_000_000

/**
 * What may be sent beyond one try a call. For every window W:
 *
 *     extra(W) ≤ ratio · calls(W + ttl) + floor · W + initial
 *
 * and of a callee that has failed from the first call on, as long as calls bring more than the floor,
 *
 *     extra ≤ max(initial, ratio · calls)
 *
 * A call deposits `ratio`, which expires after `ttl`; beside that stands a reserve that holds `initial` at most and
 * refills by `floor` a second, less what calls deposit meanwhile. An extra try needs a whole one of either and is taken
 * off both: what the deposits do not hold they owe, and the next ones pay it. So each of three layers, every process of
 * them, adds its share to the load and not a share and a stock. Withdrawn when an extra try is *decided*: retries that
 * sit in their backoff would otherwise overshoot together. Deposits and expiry after Finagle's `RetryBudget`; the reserve
 * is a token bucket, since a reserve that comes back whole with each window (Finagle's) breaks the bound for windows
 * shorter than `ttl`.
 */
export class Budget {
  #deposit = 0
  #floorPerMs = 0
  #cap = 0
  #width = 0
  readonly #slices: Float64Array = new Float64Array(SLICES)
  #current = 0
  #sliceEnd: Instant
  #deposited = 0
  /** What the reserve has advanced and calls have not brought yet. Nothing while anything is deposited. */
  #owed = 0
  #reserve: number
  #reserveAt: Instant

  constructor(options: BudgetOptions, now: Instant) {
    this.#set(options)
    this.#sliceEnd = now + this.#width
    this.#reserve = this.#cap
    this.#reserveAt = now
  }

  /** One call has been made. */
  deposit(now: Instant): void {
    if (now >= this.#sliceEnd) this.#rotate(now)
    const brought = this.#owed === 0 ? this.#deposit : this.#repay()
    this.#slices[this.#current]! += brought
    this.#deposited += brought
    // What a call brings the floor need not: it begins to count that much later.
    if (this.#reserve < this.#cap && this.#floorPerMs > 0) this.#reserveAt = Math.min(now, this.#reserveAt + this.#deposit / this.#floorPerMs)
  }

  /** Takes one extra try, or nothing when there is not a whole one. */
  withdraw(now: Instant): boolean {
    if (!this.canWithdraw(now)) return false
    const fromDeposits = Math.min(TOKEN, this.#deposited)
    this.#takeOldest(fromDeposits)
    this.#owed = Math.min(this.#cap, this.#owed + TOKEN - fromDeposits)
    this.#takeReserve(TOKEN, now)
    return true
  }

  canWithdraw(now: Instant): boolean {
    if (now >= this.#sliceEnd) this.#rotate(now)
    return this.#deposited >= TOKEN || this.#reserveNow(now) >= TOKEN
  }

  /** Extra tries in stock, fractions included. */
  balance(now: Instant): number {
    if (now >= this.#sliceEnd) this.#rotate(now)
    return Math.max(this.#deposited, this.#reserveNow(now)) / TOKEN
  }

  /**
   * New rules for what comes. The stock stays, cut to the new `initial`; a new `ttl` drops the deposits, since their age
   * under it is not known and forgetting them can only refuse.
   */
  configure(options: BudgetOptions): void {
    const seen = this.#sliceEnd - this.#width
    const width = this.#width
    this.#takeReserve(0, Math.max(seen, this.#reserveAt))
    this.#set(options)
    this.#reserve = Math.min(this.#reserve, this.#cap)
    this.#owed = Math.min(this.#owed, this.#cap)
    if (width !== this.#width) this.#clear(seen)
  }

  #set(options: BudgetOptions): void {
    this.#deposit = units(options.ratio ?? 0.2)
    this.#floorPerMs = units(options.floor ?? 0.1) / 1000
    this.#cap = units(options.initial ?? 2)
    this.#width = Math.max(1, options.ttl ?? 10_000) / SLICES
  }

  /** Rounded down: what is lost is lost, but no instant can make the reserve more than it is. */
  #reserveNow(now: Instant): number {
    if (this.#floorPerMs === 0 || this.#reserve === this.#cap) return this.#reserve
    return Math.min(this.#cap, this.#reserve + Math.floor((now - this.#reserveAt) * this.#floorPerMs))
  }

  #takeReserve(amount: number, now: Instant): void {
    this.#reserve = Math.max(0, this.#reserveNow(now) - amount)
    this.#reserveAt = now
  }

  /** Answers what is left of a deposit. */
  #repay(): number {
    const paid = Math.min(this.#owed, this.#deposit)
    this.#owed -= paid
    return this.#deposit - paid
  }

  /** What expires next is spent first. */
  #takeOldest(amount: number): void {
    this.#deposited -= amount
    for (let i = 1; amount > 0; i++) {
      const slice = (this.#current + i) % SLICES
      const taken = Math.min(amount, this.#slices[slice]!)
      this.#slices[slice]! -= taken
      amount -= taken
    }
  }

  #rotate(now: Instant): void {
    const passed = Math.floor((now - this.#sliceEnd) / this.#width) + 1
    if (passed >= SLICES) return this.#clear(now)
    for (let i = 0; i < passed; i++) {
      this.#current = (this.#current + 1) % SLICES
      this.#deposited -= this.#slices[this.#current]!
      this.#slices[this.#current] = 0
    }
    this.#sliceEnd += passed * this.#width
  }

  #clear(now: Instant): void {
    this.#slices.fill(0)
    this.#deposited = 0
    this.#sliceEnd = now + this.#width
  }
}

/** Clamped, not thrown: what users write is validated where it is written. */
function units(tokens: number): number {
  return tokens > 0 ? Math.floor(Math.min(tokens, 1_000) * TOKEN + 1e-4) : 0
}
