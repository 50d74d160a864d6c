import { describe, expect, it } from 'vitest'
import { Attempts } from './attempts.ts'
import { begun, CALL, service, UNAVAILABLE, warm } from './calls.test-support.ts'
import { always } from './chance.test-support.ts'
import type { AttemptsEvent } from './state.ts'

describe('the attempts of a service', () => {
  it('lend an operation without samples the delay of the service', () => {
    const attempts = warm(service(), 'GET /known')
    const [known, fresh] = [begun(attempts, { operation: 'GET /known' }), begun(attempts, { operation: 'GET /fresh' })]
    expect(fresh.wakeAt).toBe(known.wakeAt)
    expect(attempts.inspect(0).operations.map(({ name, own }) => [name, own])).toEqual([['GET /known', true], ['GET /fresh', false]])
  })

  it('keep two hundred operations apart and count the rest together', () => {
    const attempts = service()
    for (let i = 0; i < 10_000; i++) begun(attempts, { operation: `GET /${i}` }).succeeded(0, 5)
    const { operations } = attempts.inspect(0)
    expect(operations).toHaveLength(201)
    expect(operations.find(({ name }) => name === 'other')!.samples).toBe(9_800)
  })

  it('treat a name from the outside as a name', () => {
    const attempts = service()
    for (const operation of ['__proto__', 'constructor', 'toString']) begun(attempts, { operation }).succeeded(0, 5)
    expect(attempts.inspect(0).operations.map(({ samples }) => samples)).toEqual([1, 1, 1])
  })

  it('keep what they have learnt and spent over a change of options', () => {
    const attempts = warm(service())
    const before = attempts.inspect(0)
    attempts.configure({ retry: { maxExtraTries: 3 }, budget: { initial: 1000 } })
    expect(attempts.inspect(0)).toEqual(before)
  })

  it('learn and send nothing while backup is off', () => {
    const attempts = service({ backup: false, rescue: false })
    for (let i = 0; i < 1000; i++) begun(attempts).succeeded(0, 5)
    expect(begun(attempts).wakeAt).toBe(Infinity)
    expect(attempts.inspect(0).operations[0]).toMatchObject({ samples: 0, armed: 0 })
  })

  it('tell once that a budget is empty, and again after it has been filled', () => {
    const events: AttemptsEvent[] = []
    const budget = { ratio: 0.5, floor: 0, initial: 1 }
    const attempts = new Attempts({ budget, notify: (e) => events.push(e) }, always(0.5), 0)
    const fail = (times: number): void => {
      for (let i = 0; i < times; i++) begun(attempts).failed(0, UNAVAILABLE, true, 1)
    }
    fail(10)
    const empty = { type: 'budget-empty', budget: 'retry' }
    expect(events.filter((e) => e.type === 'budget-empty').length).toBeGreaterThan(1)
    events.length = 0
    attempts.configure({ budget: { ratio: 0, floor: 0, initial: 0 }, retry: {} })
    fail(10)
    expect(events).toEqual([empty])
  })

  it('tell when the storm breaker opens and when it comes back', () => {
    const events: AttemptsEvent[] = []
    const attempts = new Attempts({ backup: { after: 10 }, notify: (e) => events.push(e) }, always(0.5), 0)
    const late = (from: number, to: number, every: number): void => {
      for (let now = from; now < to; now += 5) {
        const plan = attempts.plan(CALL)
        plan.launched(now, `e${now % 7}`, false)
        if (now % every === 0) plan.late(now + 10, () => false)
      }
    }
    late(0, 1000, 5)
    late(1000, 12_000, 1000)
    const shares = events.flatMap((e) => (e.type === 'storm' ? [e.share] : []))
    expect(shares[0]).toBe(0)
    expect(shares.at(-1)).toBe(1)
  })

  it('let through a part of the late tries, by chance, while the breaker returns', () => {
    const sent = (chance: number): string | undefined => {
      const attempts = new Attempts({ backup: { after: 10, maxExtraLoad: 0.05 }, budget: { initial: 100 } }, always(chance), 0)
      for (let i = 0; i < 400; i++) {
        const plan = attempts.plan(CALL)
        plan.launched(i, `e${i % 7}`, false)
        plan.late(i + 10, () => false)
      }
      for (let now = 500; now < 5_000; now += 5) attempts.plan(CALL).launched(now, `e${now % 7}`, false)
      expect(attempts.storm.share(5_000)).toBeGreaterThan(0)
      expect(attempts.storm.share(5_000)).toBeLessThan(1)
      const plan = begun(attempts, {}, 5_000)
      plan.late(5_010, () => false)
      return plan.why
    }
    expect(sent(0.99)).toBe('storm')
    expect(sent(0.01)).toBeUndefined()
  })

  it('save nothing up for backups while none may go: it would all go at once when the storm is over', () => {
    const attempts = new Attempts({ backup: { after: 10, maxExtraLoad: 0.05 }, budget: { initial: 100 } }, always(0.5), 0)
    for (let i = 0; i < 400; i++) {
      const plan = attempts.plan(CALL)
      plan.launched(i, `e${i % 7}`, false)
      plan.late(i + 10, () => false)
    }
    expect(attempts.storm.share(400)).toBe(0)
    const before = attempts.backupBudget.balance(400)
    for (let now = 400; now < 900; now++) attempts.plan(CALL).launched(now, `e${now % 7}`, false)
    expect(attempts.backupBudget.balance(900)).toBeLessThanOrEqual(before)
    for (let now = 900; now < 12_000; now += 5) attempts.plan(CALL).launched(now, `e${now % 7}`, false)
    expect(attempts.storm.share(12_000)).toBe(1)
    expect(attempts.backupBudget.balance(12_000)).toBeGreaterThan(40)
  })

  it('can be written down', () => {
    const snapshot = warm(service()).inspect(0)
    expect(JSON.parse(JSON.stringify(snapshot))).toEqual(snapshot)
    expect(snapshot).toMatchObject({ storm: { share: 1 }, operations: [{ own: true, samples: 1000 }] })
  })
})
