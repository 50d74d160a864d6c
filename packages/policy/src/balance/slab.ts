/**
 * Rows of numbers in one array. A number in an object's field is a heap object of its own in V8, so reading the six that
 * a cost needs would be six places in memory: with ten thousand endpoints that was most of a pick's time.
 */
export class Slab {
  numbers: Float64Array
  readonly #width: number
  #used = 0
  readonly #free: number[] = []

  constructor(width: number, rows: number) {
    this.#width = width
    this.numbers = new Float64Array(width * rows)
  }

  /** A row of zeros: answers the index of its first number. */
  take(): number {
    const free = this.#free.pop()
    if (free !== undefined) return free
    const at = this.#used
    this.#used += this.#width
    if (this.#used > this.numbers.length) this.#grow()
    return at
  }

  /** Nobody may use the row afterwards. */
  give(at: number): void {
    this.numbers.fill(0, at, at + this.#width)
    this.#free.push(at)
  }

  #grow(): void {
    const larger = new Float64Array(this.numbers.length * 2)
    larger.set(this.numbers)
    this.numbers = larger
  }
}
