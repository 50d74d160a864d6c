import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Cause, Code, Failure, Reach, Repeat } from '../types.ts'
import { Attempts } from './attempts.ts'
import { CALL } from './calls.test-support.ts'
import { seeded } from './chance.test-support.ts'
import { counterexample } from '../counterexample.test-support.ts'
import type { CallPlan, Step } from './plan.ts'

interface Move {
  readonly what: 'fail' | 'late' | 'succeed' | 'ignore' | 'sooner'
  readonly which: number
  readonly code: Code
  readonly reach: Reach
  readonly reusable: boolean
  readonly doNotRetry: boolean
  readonly retryAfter: number | undefined
  readonly pass: number
  readonly endpoint: number
  readonly placed: boolean
  readonly suspect: boolean
}

const move: fc.Arbitrary<Move> = fc.record({
  what: fc.constantFrom('fail', 'fail', 'fail', 'late', 'late', 'succeed', 'ignore', 'sooner'),
  which: fc.nat(10),
  code: fc.constantFrom('UNAVAILABLE', 'UNAVAILABLE', 'INTERNAL', 'RESOURCE_EXHAUSTED', 'NOT_FOUND'),
  reach: fc.constantFrom('unsent', 'refused', 'processed'),
  reusable: fc.boolean(),
  doNotRetry: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
  retryAfter: fc.option(fc.integer({ min: 0, max: 20_000 }), { nil: undefined }),
  pass: fc.double({ min: 0, max: 80, noNaN: true }),
  endpoint: fc.nat(5),
  placed: fc.integer({ min: 0, max: 9 }).map((n) => n > 0),
  suspect: fc.boolean(),
})

const script = fc.record({
  repeat: fc.constantFrom<Repeat>('concurrent', 'concurrent', 'sequential', 'if-unprocessed', 'never'),
  deadline: fc.oneof(fc.constant(Infinity), fc.double({ min: 0, max: 600, noNaN: true })),
  median: fc.double({ min: 0, max: 40, noNaN: true }),
  maxExtraTries: fc.integer({ min: 0, max: 4 }),
  initial: fc.integer({ min: 0, max: 5 }),
  endpoints: fc.constantFrom(1, 2, 6, Infinity),
  suppressed: fc.boolean(),
  modes: fc.tuple(fc.boolean(), fc.boolean(), fc.boolean()),
  seed: fc.nat(),
  moves: fc.array(move, { maxLength: 40 }),
})
type Script = typeof script extends fc.Arbitrary<infer T> ? T : never

interface Launch {
  readonly at: number
  readonly cause: Cause
  readonly free: boolean
  readonly endpoint: string
  readonly beside: number
  readonly won: boolean
  /** How far the try before got, when its failure led to this one. */
  readonly after: Reach | undefined
}

/** Does what a plan says, as the one who carries it out would, and keeps what happened. */
class Driver {
  readonly launches: Launch[] = []
  readonly inFlight = new Set<number>()
  unplaced = 0
  readonly plan: CallPlan
  readonly attempts: Attempts
  last: Step = 'wait'
  won = false
  now = 0

  constructor(s: Script) {
    const options = { retry: { maxExtraTries: s.maxExtraTries }, backup: { after: 30, maxExtraLoad: 1 }, budget: { initial: s.initial } }
    this.attempts = new Attempts(options, seeded(s.seed), 0)
    for (let i = 0; i < 10; i++) this.attempts.deposit(0)
    const [retryOn, backupOn, rescueOn] = s.modes
    this.plan = this.attempts.plan({ ...CALL, ...s, retryOn, backupOn, rescueOn })
    this.launch('e0', true, undefined)
  }

  /** False when the call is left waiting for nothing. */
  step(move: Move): boolean {
    if (move.what === 'late' || move.what === 'sooner') this.time(move)
    else if (this.inFlight.size > 0) this.news(move, [...this.inFlight][move.which % this.inFlight.size]!)
    return this.last === 'settle' || this.won || this.inFlight.size > 0 || this.plan.wakeAt < Infinity
  }

  private time(move: Move): void {
    const { wakeAt } = this.plan
    if (wakeAt === Infinity) return
    this.now = move.what === 'sooner' ? Math.min(wakeAt, this.now + move.pass) : Math.max(this.now, wakeAt) + move.pass / 10
    this.follow(this.plan.late(this.now, () => move.suspect), move, undefined)
  }

  private news(move: Move, ordinal: number): void {
    this.now += move.pass
    this.inFlight.delete(ordinal)
    if (move.what === 'succeed') {
      this.plan.succeeded(ordinal, this.now)
      this.won = true
    } else if (move.what === 'ignore' && this.inFlight.size > 0) {
      this.plan.ignored(ordinal, this.now)
    } else {
      const { code, reach, doNotRetry, retryAfter } = move
      const failure: Failure = { kind: 'failure', code, reach, doNotRetry, ...(retryAfter === undefined ? {} : { retryAfter }) }
      this.follow(this.plan.failed(ordinal, failure, move.reusable, this.now), move, reach)
    }
  }

  private follow(step: Step, move: Move, after: Reach | undefined): void {
    this.last = step
    if (step === 'launch') this.launch(`e${move.endpoint}`, move.placed, after)
  }

  private launch(endpoint: string, placed: boolean, after: Reach | undefined): void {
    const { cause, free } = this.plan
    this.launches.push({ at: this.now, cause, free, endpoint, beside: this.inFlight.size, won: this.won, after })
    if (placed) {
      this.inFlight.add(this.plan.launched(this.now, endpoint, false))
    } else {
      // Whoever picks after the launch knows it by its ordinal.
      this.last = this.plan.unplaced(this.unplaced++ % 2 === 0 ? cause : this.plan.launched(this.now), this.now)
    }
  }
}

function counter(holds: (driver: Driver, s: Script) => boolean): string | undefined {
  return counterexample(script, (s) => {
    const driver = new Driver(s)
    return s.moves.every((m) => driver.step(m)) && holds(driver, s)
  }, 1000)
}

const FAIL: Move = {
  what: 'fail', which: 0, code: 'NOT_FOUND', reach: 'processed', reusable: false, doNotRetry: true, retryAfter: undefined,
  pass: 1, endpoint: 1, placed: true, suspect: false,
}

describe('whatever happens to a call', () => {
  it('is never left waiting for nothing: settled, won, a try in flight, or a timer', () => {
    expect(counter(() => true)).toBeUndefined()
  })

  it('lets no extra try start at or after the deadline', () => {
    expect(counter((driver, s) => driver.launches.slice(1).every(({ at }) => at < s.deadline))).toBeUndefined()
  })

  it('sends no more than the extra tries, and one free resend per endpoint', () => {
    expect(counter((driver, s) => {
      const free = driver.launches.filter((launch) => launch.free).length
      return driver.launches.length - 1 - free <= s.maxExtraTries + driver.unplaced && free <= 6
    })).toBeUndefined()
  })

  it('resends free only what never left', () => {
    expect(counter((driver) => driver.launches.every(({ free, after }) => !free || after === 'unsent'))).toBeUndefined()
  })

  it('sends nothing again that may never be', () => {
    expect(counter((driver, s) => s.repeat !== 'never' || driver.launches.length === 1)).toBeUndefined()
  })

  it('sends nothing beside another that may not be concurrent', () => {
    expect(counter((driver, s) => s.repeat === 'concurrent' || driver.launches.every(({ beside }) => beside === 0))).toBeUndefined()
  })

  it('sends nothing once it is won', () => {
    expect(counter((driver) => driver.launches.every(({ won }) => !won))).toBeUndefined()
  })

  it('retries only when nothing is in flight', () => {
    expect(counter((driver) => driver.launches.every(({ cause, free, beside }) => cause !== 'retry' || free || beside === 0))).toBeUndefined()
  })

  it('sends nothing extra below a retry but what never left', () => {
    expect(counter((driver, s) => !s.suppressed || driver.launches.slice(1).every(({ free }) => free))).toBeUndefined()
  })

  it('sends nothing of a kind whose mode only watches', () => {
    expect(counter((driver, s) => {
      const [retryOn, backupOn, rescueOn] = s.modes
      const may: Record<Cause, boolean> = { first: true, retry: retryOn, backup: backupOn, rescue: rescueOn }
      return driver.launches.every(({ cause }) => may[cause])
    })).toBeUndefined()
  })

  it('sends no more than the budget has', () => {
    expect(counter((driver, s) => {
      const paid = driver.launches.slice(1).filter(({ free }) => !free).length
      return paid <= s.initial + 11 * 0.2 + (driver.now * 0.1) / 1000
    })).toBeUndefined()
  })

  it('ends: once every try has failed and every wait is over it settles, with no timer left', () => {
    expect(counter((driver) => {
      for (let i = 0; i < 40 && driver.last !== 'settle' && !driver.won; i++) {
        driver.step(driver.inFlight.size > 0 ? FAIL : { ...FAIL, what: 'late' })
      }
      return driver.won || (driver.last === 'settle' && driver.plan.wakeAt === Infinity)
    })).toBeUndefined()
  })

  it('makes its first try one sample', () => {
    expect(counter((driver) => {
      driver.plan.end(driver.now)
      return driver.attempts.inspect(driver.now).operations[0]!.samples === 1
    })).toBeUndefined()
  })
})
