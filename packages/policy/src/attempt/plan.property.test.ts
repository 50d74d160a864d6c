import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Cause, Code, Failure, Reach, Repeat } from '../types.ts'
import { Attempts } from './attempts.ts'
import { CALL } from './calls.test-support.ts'
import { seeded } from './chance.test-support.ts'
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
    this.plan = this.attempts.plan({ ...CALL, ...s, retryOn, backupOn, rescueOn }, 0)
    this.launch('e0', true)
  }

  step(move: Move): void {
    if (move.what === 'late' || move.what === 'sooner') this.time(move)
    else if (this.inFlight.size > 0) this.news(move, [...this.inFlight][move.which % this.inFlight.size]!)
    expect(this.last === 'settle' || this.won || this.inFlight.size > 0 || this.plan.wakeAt < Infinity).toBe(true)
  }

  private time(move: Move): void {
    const { wakeAt } = this.plan
    if (wakeAt === Infinity) return
    this.now = move.what === 'sooner' ? Math.min(wakeAt, this.now + move.pass) : Math.max(this.now, wakeAt) + move.pass / 10
    this.follow(this.plan.late(this.now, () => move.suspect), move)
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
      this.follow(this.plan.failed(ordinal, failure, move.reusable, this.now), move)
    }
  }

  private follow(step: Step, move: Move): void {
    this.last = step
    if (step === 'launch') this.launch(`e${move.endpoint}`, move.placed)
  }

  private launch(endpoint: string, placed: boolean): void {
    const { cause, free } = this.plan
    this.launches.push({ at: this.now, cause, free, endpoint, beside: this.inFlight.size })
    if (placed) this.inFlight.add(this.plan.launched(this.now, endpoint, false))
    else {
      this.unplaced++
      this.last = this.plan.unplaced(cause, this.now)
    }
  }
}

function played(s: Script, check: (driver: Driver) => void): void {
  const driver = new Driver(s)
  for (const m of s.moves) driver.step(m)
  check(driver)
}

function holds(check: (driver: Driver, s: Script) => void): void {
  fc.assert(fc.property(script, (s) => played(s, (driver) => check(driver, s))), { numRuns: 1000 })
}

describe('whatever happens to a call', () => {
  it('no extra try starts at or after the deadline', () => {
    holds((driver, s) => expect(driver.launches.slice(1).every(({ at }) => at < s.deadline)).toBe(true))
  })

  it('no more is sent than the extra tries, and one free resend per endpoint', () => {
    holds((driver, s) => {
      const paid = driver.launches.slice(1).filter(({ free }) => !free).length
      expect(paid).toBeLessThanOrEqual(s.maxExtraTries + driver.unplaced)
      expect(driver.launches.filter(({ free }) => free).length).toBeLessThanOrEqual(6)
    })
  })

  it('nothing is sent again that may never be, and nothing beside another that may not be concurrent', () => {
    holds((driver, s) => {
      if (s.repeat === 'never') expect(driver.launches).toHaveLength(1)
      if (s.repeat !== 'concurrent') expect(driver.launches.every(({ beside }) => beside === 0)).toBe(true)
    })
  })

  it('a suppressed call sends only what never left', () => {
    holds((driver, s) => {
      if (s.suppressed) expect(driver.launches.slice(1).every(({ free }) => free)).toBe(true)
    })
  })

  it('a mode that only watches sends nothing of its kind', () => {
    holds((driver, s) => {
      const causes = new Set(driver.launches.slice(1).map(({ cause }) => cause))
      const [retryOn, backupOn, rescueOn] = s.modes
      if (!retryOn) expect(causes).not.toContain('retry')
      if (!backupOn) expect(causes).not.toContain('backup')
      if (!rescueOn) expect(causes).not.toContain('rescue')
    })
  })

  it('what is paid for is taken from the budget, and nothing else is', () => {
    holds((driver, s) => {
      const decided = driver.launches.slice(1).filter(({ free }) => !free).length
      const spent = s.initial + 10 * 0.2 + 0.2 - driver.attempts.budget.balance(0)
      // A retry in its backoff is paid for already; what the floor has added since is at most what was taken.
      expect(decided).toBeLessThanOrEqual(s.initial + 2.2 + (driver.now * 0.1) / 1000)
      expect(spent).toBeLessThanOrEqual(decided + 1 + 1e-6)
    })
  })

  it('it settles once every try has failed and every wait is over', () => {
    holds((driver) => {
      const fail: Move = { what: 'fail', which: 0, code: 'NOT_FOUND', reach: 'processed', reusable: false, doNotRetry: true, retryAfter: undefined, pass: 1, endpoint: 1, placed: true, suspect: false }
      for (let i = 0; i < 40 && driver.last !== 'settle' && !driver.won; i++) driver.step(driver.inFlight.size > 0 ? fail : { ...fail, what: 'late' })
      expect(driver.won || driver.last === 'settle').toBe(true)
      if (driver.inFlight.size === 0) expect(driver.plan.wakeAt).toBe(Infinity)
    })
  })

  it('each first try is one sample, whatever became of it', () => {
    holds((driver) => {
      driver.plan.end(driver.now)
      expect(driver.attempts.inspect(driver.now).operations[0]!.samples).toBe(1)
    })
  })
})
