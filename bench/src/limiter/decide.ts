import { max, median, min } from 'simple-statistics'
import { LeaseTable, type Grant, type LeaseTableOptions, type Millis } from '@inmesh/policy'
import type { Row } from '../report/result.ts'
import { keyOf, type Popularity } from './keys.ts'

const TOGETHER = 4_096
const rounds = 400
const warmUp = 100

/** Answers at once, that all is granted or that nothing is. What an engine takes for its answer is not what is measured. */
export interface Terms extends LeaseTableOptions {
  readonly refuses?: boolean
  /** Between calls of all keys together. */
  readonly apart: Millis
}

/** A process's table with so many keys, each of which was called for before. */
export class Decider {
  readonly table: LeaseTable
  readonly #terms: Terms
  #now = 0

  constructor(keys: number, terms: Terms) {
    this.#terms = terms
    this.table = new LeaseTable({ ...terms, maxKeys: keys })
    for (let i = 0; i < keys; i++) this.decide(keyOf(i))
  }

  /** One decision, and the ask that it makes due. */
  decide(key: string): Millis {
    const { table } = this
    this.#now += this.#terms.apart
    const wait = table.take(key, this.#now)
    const slot = table.due
    if (slot >= 0) table.granted(slot, this.#answer(table.ask(slot, this.#now).want), this.#now)
    return wait
  }

  #answer(want: number): Grant {
    if (this.#terms.refuses === true) return { tokens: 0, delay: 0, retryAfter: 50, keptFor: 100, lost: false }
    return { tokens: want, delay: 0, retryAfter: 0, keptFor: 100, lost: false }
  }
}

/** Nanoseconds for one of `step`, over keys that were made just before, as a request brings its own. */
export function perCall(contender: string, metric: string, keys: number, popularity: Popularity, step: (key: string) => unknown): Row {
  const next = popularity(keys)
  const samples: number[] = []
  for (let round = 0; round < warmUp + rounds; round++) {
    const called = Array.from({ length: TOGETHER }, () => keyOf(next()))
    const from = process.hrtime.bigint()
    for (let i = 0; i < TOGETHER; i++) step(called[i]!)
    const took = Number(process.hrtime.bigint() - from)
    if (round >= warmUp) samples.push(took / TOGETHER)
  }
  return { contender, metric, unit: 'ns', median: median(samples), min: min(samples), max: max(samples), runs: samples.length }
}

/** The same as decisions a second. */
export function perSecond(row: Row): Row {
  return { ...row, metric: 'decisions-per-second', unit: '1/s', median: 1e9 / row.median, min: 1e9 / row.max, max: 1e9 / row.min }
}
