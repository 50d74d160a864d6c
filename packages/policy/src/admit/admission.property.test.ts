import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { counterexample } from '../counterexample.test-support.ts'
import { CRITICALITIES } from '../deadline/criticality.ts'
import { Admission } from './admission.ts'

const step = fc.record({
  what: fc.constantFrom('arrive', 'arrive', 'arrive', 'finish', 'finish', 'quit', 'delayed', 'expire', 'anyway', 'configure'),
  pass: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 120, noNaN: true })),
  criticality: fc.constantFrom(...CRITICALITIES),
  deadline: fc.oneof(fc.constant(Infinity), fc.double({ min: -5, max: 200, noNaN: true })),
  which: fc.nat(100),
  delay: fc.double({ min: 0, max: 300, noNaN: true }),
  outcome: fc.constantFrom('good' as const, 'dropped' as const, 'ignored' as const),
  repeat: fc.boolean()
})
const script = fc.record({
  min: fc.integer({ min: 1, max: 4 }),
  max: fc.integer({ min: 4, max: 12 }),
  queue: fc.nat(8),
  maxWait: fc.integer({ min: 0, max: 150 }),
  shares: fc.record({ CRITICAL: fc.double({ min: 0, max: 1, noNaN: true }), SHEDDABLE: fc.double({ min: 0, max: 1, noNaN: true }) }),
  steps: fc.array(step, { maxLength: 120 })
})
type Script = typeof script extends fc.Arbitrary<infer T> ? T : never

/** A server that does what it is told, and keeps book. */
class Driver {
  now = 0
  readonly admission: Admission<number>
  readonly running: { readonly item: number; readonly started: number }[] = []
  /** What was told of each: everything but `wait` ends it. */
  readonly told = new Map<number, string[]>()
  readonly waiting = new Set<number>()
  readonly log: string[] = []
  anyway = 0
  most = 0
  ok = true

  constructor({ steps: _, ...options }: Script) {
    this.admission = new Admission<number>(options)
  }

  run(steps: Script['steps']): boolean {
    steps.forEach((each, at) => this.step(each, at))
    return this.ok
  }

  private step({ what, pass, criticality, deadline, which, delay, outcome, repeat }: Script['steps'][number], at: number): void {
    this.now += pass
    const { admission, now } = this
    if (what === 'arrive') {
      const verdict = admission.arrive(at, criticality, now + deadline, now, repeat)
      this.note(at, typeof verdict === 'string' ? verdict : `turned ${verdict.why}`)
      if (verdict === 'start') this.begin(at)
      else if (verdict === 'wait') this.waiting.add(at)
    } else if (what === 'finish') this.finish(which, outcome)
    else if (what === 'quit') {
      const item = [...this.waiting][which % Math.max(1, this.waiting.size)]
      if (item !== undefined) {
        this.check(admission.quit(item))
        this.note(item, 'quit')
        this.waiting.delete(item)
      }
    } else if (what === 'delayed') admission.delayed(delay, now)
    else if (what === 'anyway') {
      admission.startAnyway(criticality)
      this.anyway++
      this.running.push({ item: -1, started: now })
    } else if (what === 'configure') admission.configure({ min: 1, max: 12, queue: which % 8, maxWait: delay })
    this.turn()
  }

  /** As a server must: whoever is next, whoever has to go, and again while that made room. */
  turn(): void {
    const { admission } = this
    for (let next = admission.next(this.now); next !== undefined; next = admission.next(this.now)) {
      this.check(this.waiting.delete(next))
      this.note(next, 'start')
      this.begin(next)
    }
    admission.expire(this.now, (item, { why }) => {
      this.check(this.waiting.delete(item))
      this.note(item, `turned ${why}`)
    })
    this.check(admission.waiting === this.waiting.size && admission.inFlight === this.running.length)
    this.check(admission.wakeAt > this.now)
  }

  finish(which: number, outcome: 'good' | 'dropped' | 'ignored'): void {
    const at = which % Math.max(1, this.running.length)
    const [done] = this.running.splice(at, 1)
    if (done === undefined) return
    if (done.item === -1) this.anyway--
    this.admission.finish(done.started, this.now, outcome)
  }

  private begin(item: number): void {
    this.running.push({ item, started: this.now })
    const { limit } = this.admission.inspect(this.now)
    this.most = Math.max(this.most, limit)
    // What was begun under a larger limit, or let pass, is still there; nobody new is begun beyond the limit of now.
    this.check(this.running.length <= limit)
  }

  private note(item: number, what: string): void {
    const told = this.told.get(item) ?? []
    told.push(what)
    this.told.set(item, told)
    this.log.push(`${this.now} ${item} ${what}`)
  }

  private check(holds: boolean): void {
    if (!holds) this.ok = false
  }
}

describe('whatever comes to a server', () => {
  it('begins nobody beyond the limit, and knows who is in hand and who waits', () => {
    expect(counterexample(script, (given) => new Driver(given).run(given.steps), 500)).toBeUndefined()
  })

  it('tells everybody exactly one end: begun, turned away, or hung up', () => {
    expect(counterexample(script, (given) => {
      const driver = new Driver(given)
      driver.run(given.steps)
      return [...driver.told.entries()].every(([item, told]) => {
        const ends = told.filter((what) => what !== 'wait')
        return ends.length === (driver.waiting.has(item) ? 0 : 1) && told.length <= 2
      })
    }, 500)).toBeUndefined()
  })

  it('has nobody in hand and nobody waiting once all is finished and all waits are over', () => {
    expect(counterexample(script, (given) => {
      const driver = new Driver(given)
      driver.run(given.steps)
      for (let at = 0; at < 500 && (driver.running.length > 0 || driver.waiting.size > 0); at++) {
        driver.now += 10
        driver.finish(0, 'good')
        driver.turn()
      }
      const { inFlight, waiting } = driver.admission.inspect(driver.now)
      return inFlight === 0 && waiting === 0 && driver.admission.wakeAt === Infinity
    })).toBeUndefined()
  })

  it('counts everybody once, as admitted or as refused', () => {
    expect(counterexample(script, (given) => {
      const driver = new Driver(given)
      driver.run(given.steps)
      const { admitted, refused } = driver.admission.inspect(driver.now)
      const sum = (counts: Readonly<Record<string, number>>): number => Object.values(counts).reduce((total, count) => total + count, 0)
      const ends = [...driver.told.values()].map((told) => told.at(-1) ?? '')
      const anyway = given.steps.filter(({ what }) => what === 'anyway').length
      return sum(admitted) === ends.filter((what) => what === 'start').length + anyway
        && sum(refused) === ends.filter((what) => what.startsWith('turned')).length
    })).toBeUndefined()
  })

  it('decides the same of the same', () => {
    expect(counterexample(script, (given) => {
      const [once, again] = [new Driver(given), new Driver(given)]
      once.run(given.steps)
      again.run(given.steps)
      return once.log.join('\n') === again.log.join('\n')
    }, 100)).toBeUndefined()
  })
})
