import type { Random } from '@inmesh/policy'

/**
 * Earliest deadline first: each place comes round with a period inverse to its weight. First deadlines are random within
 * the period, so that clients which begin together do not march in step. gRPC A58's scheduler: made anew with each set
 * of weights, and nothing but them.
 */
export class EarliestDeadline {
  /** A binary heap of places by their deadlines. */
  private readonly heap: Int32Array
  private readonly deadline: Float64Array
  private readonly period: Float64Array

  constructor(weights: readonly number[], random: Random) {
    this.period = Float64Array.from(weights, (weight) => 1 / weight)
    this.deadline = this.period.map((period) => random.next() * period)
    this.heap = Int32Array.from(weights.keys())
    for (let at = (this.heap.length >> 1) - 1; at >= 0; at--) this.sink(at)
  }

  pick(): number {
    const place = this.heap[0]!
    this.deadline[place]! += this.period[place]!
    this.sink(0)
    return place
  }

  private sink(from: number): void {
    const { heap, deadline } = this
    const place = heap[from]!
    let at = from
    for (let child = 2 * at + 1; child < heap.length; child = 2 * at + 1) {
      if (child + 1 < heap.length && deadline[heap[child + 1]!]! < deadline[heap[child]!]!) child++
      if (deadline[heap[child]!]! >= deadline[place]!) break
      heap[at] = heap[child]!
      at = child
    }
    heap[at] = place
  }
}
