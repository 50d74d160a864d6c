import type { Millis } from '@inmesh/policy'
import type { Random } from '../random.ts'
import { normalQuantile } from '../workload/service-time.ts'
import type { NetworkModel } from './model.ts'

/** How long a message takes, and which never come. */
export class Network {
  readonly #random: Random
  readonly #model: Required<NetworkModel>

  constructor(model: NetworkModel, random: Random) {
    this.#model = { median: 0.5, sigma: 0.7, tail: 0.001, asksLost: 0, answersLost: 0, ...model }
    this.#random = random
  }

  delay(): Millis {
    const { median, sigma, tail } = this.#model
    if (this.#random.next() < tail) return 20 + 40 * this.#random.next()
    return Math.max(0.1, median * Math.exp(sigma * normalQuantile(Math.max(1e-9, this.#random.next()))))
  }

  losesAsk(): boolean {
    return this.#random.next() < this.#model.asksLost
  }

  losesAnswer(): boolean {
    return this.#random.next() < this.#model.answersLost
  }
}
