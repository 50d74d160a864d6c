import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { seeded } from '../attempt/chance.test-support.ts'
import { counterexample } from '../counterexample.test-support.ts'
import type { Instant, Millis } from '../types.ts'
import { GrantBook } from './grant-book.ts'
import { mostBeyond, TestProcess } from './leases.test-support.ts'

const options = fc.record({
  interval: fc.constantFrom(0.5, 4, 40, 700),
  burst: fc.constantFrom(1, 2.5, 7, 60),
  ahead: fc.constantFrom(0, 0.3, 2, 30),
  processes: fc.integer({ min: 1, max: 4 }),
  refresh: fc.constantFrom(20, 100, 400),
  seed: fc.nat(),
})
/** A stretch in which calls come, and messages go, in one manner. */
const stretch = fc.record({
  /** In `refresh`. */
  length: fc.constantFrom(0.3, 1, 3, 12),
  /** Of each process, in shares of the rate; a process is left out by its bit. */
  demand: fc.constantFrom(0, 0.2, 0.9, 1.5, 6, 40),
  who: fc.integer({ min: 1, max: 15 }),
  keys: fc.integer({ min: 1, max: 3 }),
  /** How long a message takes each way, in `refresh`. */
  latency: fc.constantFrom(0, 0.01, 0.2, 2),
  lost: fc.constantFrom(0, 0, 0.3),
})
const stretches = fc.array(stretch, { minLength: 1, maxLength: 12 })

type Options = typeof options extends fc.Arbitrary<infer T> ? T : never
type Stretch = typeof stretch extends fc.Arbitrary<infer T> ? T : never

interface Played {
  /** The most that any window of any key holds beyond the rate, all processes together. */
  readonly beyond: number
  readonly bound: number
}

interface Faults {
  readonly maxKeys?: number
  readonly losing?: boolean
  /** Share of admitted calls that come to nothing. */
  readonly givingBack?: number
  /** Before which stretch the engine loses its state. */
  readonly flushed?: number
}

const STEPS = 60

function play(o: Options, all: readonly Stretch[], { maxKeys = 10, losing = false, givingBack = 0, flushed = -1 }: Faults = {}): Played {
  const book = new GrantBook()
  const random = seeded(o.seed)
  const fleet = Array.from({ length: o.processes }, () => new TestProcess(book, { ...o, maxKeys }, 1 / o.processes, o.refresh))
  const sent = new Map<object, Instant>()
  const admitted = new Map<string, Instant[]>()
  let now = 0
  for (const [i, { length, demand, who, keys, latency, lost }] of all.entries()) {
    if (i === flushed) book.forget()
    const pass: Millis = (length * o.refresh) / STEPS
    const calls = (demand * pass) / (o.interval * o.processes)
    for (let step = 0; step < STEPS; step++) {
      now += pass
      for (const [index, own] of fleet.entries()) {
        const due = (who & (1 << index)) === 0 ? 0 : Math.floor(calls + random.next())
        const key = `k${Math.floor(random.next() * keys)}`
        const count = callsThrough(own, key, due)
        admitted.set(key, [...(admitted.get(key) ?? []), ...Array.from({ length: count }, () => now)])
        move(own, latency * o.refresh, losing ? lost : 0)
      }
    }
  }
  const hold = fleet.reduce((sum, { table }) => sum + table.hold, 0)
  const back = givingBack > 0 ? o.processes : 0
  return { beyond: Math.max(0, ...[...admitted.values()].map((at) => mostBeyond(at, o.interval))), bound: o.burst + hold + back + 1e-6 }

  function callsThrough(own: TestProcess, key: string, due: number): number {
    let count = 0
    for (let i = 0; i < due; i++) {
      if (own.call(key, now) > 0) continue
      if (givingBack > 0 && random.next() < givingBack) own.table.giveBack(key)
      else count++
    }
    return count
  }

  function move(own: TestProcess, each: Millis, share: number): void {
    for (let moves = 0; moves < 8 && own.under.length > 0; moves++) {
      const message = own.under[0]!
      const since = sent.get(message) ?? now
      sent.set(message, since)
      if (now - since < each * (message.grant === undefined ? 1 : 2)) return
      if (random.next() < share) own.lose(now)
      else own.step(now)
    }
  }
}

describe('processes that hold leases of one limit', () => {
  it('admit together at most rate · W + burst + what each may hold, in every window, however their messages go', () => {
    expect(counterexample(fc.tuple(options, stretches), ([o, all]) => {
      const { beyond, bound } = play(o, all)
      return beyond <= bound
    }, 400)).toBeUndefined()
  })

  it('do so whichever asks and answers are lost', () => {
    expect(counterexample(fc.tuple(options, stretches), ([o, all]) => {
      const { beyond, bound } = play(o, all, { losing: true })
      return beyond <= bound
    }, 400)).toBeUndefined()
  })

  it('admit at most one more in each while calls come to nothing and give back what they took', () => {
    expect(counterexample(fc.tuple(options, stretches), ([o, all]) => {
      const { beyond, bound } = play(o, all, { givingBack: 0.4 })
      return beyond <= bound
    }, 400)).toBeUndefined()
  })

  it('do so for every key while keys push each other out', () => {
    expect(counterexample(fc.tuple(options, stretches, fc.integer({ min: 1, max: 2 })), ([o, all, maxKeys]) => {
      const { beyond, bound } = play(o, all, { maxKeys, losing: true })
      return beyond <= bound
    }, 400)).toBeUndefined()
  })

  it('admit at most a burst and what they may hold more when the engine has lost its state', () => {
    expect(counterexample(fc.tuple(options, stretches, fc.nat(11)), ([o, all, flushed]) => {
      const { beyond, bound } = play(o, all, { flushed })
      return beyond <= 2 * bound
    }, 400)).toBeUndefined()
  })
})
