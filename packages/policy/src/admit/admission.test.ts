import { describe, expect, it } from 'vitest'
import type { Criticality } from '../types.ts'
import { Admission } from './admission.ts'
import type { AdmissionOptions } from './options.ts'
import type { AdmissionEvent, Turned } from './report.ts'

/** An admission with a fixed limit, time by hand, and what it tells written down. */
class Bench {
  now = 0
  readonly events: AdmissionEvent[] = []
  readonly told: Record<string, Turned> = {}
  readonly admission: Admission<string>

  constructor(options: AdmissionOptions = {}) {
    this.admission = new Admission<string>({ min: 1, max: 1, queue: 3, ...options, notify: (event) => this.events.push(event) })
  }

  arrive(item: string, criticality: Criticality = 'CRITICAL', deadline = Infinity, repeat = false): unknown {
    const verdict = this.admission.arrive(item, criticality, deadline, this.now, repeat)
    return typeof verdict === 'string' ? verdict : verdict.why
  }

  finish(started = this.now): void {
    this.admission.finish(started, this.now, 'good')
  }

  next(): string | undefined {
    return this.admission.next(this.now)
  }

  expire(): Record<string, string> {
    const gone: Record<string, string> = {}
    this.admission.expire(this.now, (item, turned) => {
      gone[item] = turned.why
      this.told[item] = turned
    })
    return gone
  }

  /** Ends what is in hand and begins the next. */
  turn(): string | undefined {
    this.finish()
    return this.next()
  }

  /** Twice what can be served: one is answered each 10 ms, two come. */
  overload(ms: number, criticality: Criticality = 'CRITICAL', repeat = false): void {
    if (this.admission.inFlight === 0) this.arrive(`${this.now}`, criticality)
    for (const end = this.now + ms; this.now < end; ) {
      this.now += 10
      for (const each of ['a', 'b']) this.arrive(`${this.now}${each}`, criticality, Infinity, repeat)
      this.turn()
      this.expire()
    }
  }
}

/** Requests that compute, one after the other: the loop was late for them. It is not any more. */
function requestsCompute(bench: Bench): void {
  bench.admission.delayed(30, bench.now, false)
  for (let at = 0; at < 6; at++) {
    bench.admission.startAnyway('CRITICAL')
    bench.now += 30
    bench.finish(bench.now - 30)
  }
  for (const delay of [30, 0]) bench.admission.delayed(delay, bench.now)
}

/** A job that takes 50 ms of each turn of the loop. Behind it end requests that have been in hand for four turns, and new ones come. */
class Beside {
  readonly gone: string[] = []
  private readonly bench: Bench
  private readonly begun: number[] = []

  constructor(bench: Bench) {
    this.bench = bench
  }

  turns(count: number, each: number): void {
    const { bench, begun, gone } = this
    for (let turn = 0; turn < count; turn++) {
      const due = bench.now - 150
      bench.now += 50
      while (begun[0]! <= due) {
        bench.now += 0.06
        bench.finish(begun.shift()!)
      }
      bench.admission.delayed(25, bench.now)
      bench.admission.elsewhere(50)
      for (let at = 0; at < each; at++) if (bench.arrive(`${bench.now}/${at}`) === 'start') begun.push(bench.now)
      gone.push(...Object.keys(bench.expire()))
      for (let wakes = 0; wakes < 4; wakes++) {
        while (bench.next() !== undefined) begun.push(bench.now)
        // Within the turn a limit may double again, and somebody is woken for it.
        bench.now += 5
      }
      bench.admission.turnOver()
    }
  }
}

describe('admission', () => {
  it('begins as many as the limit, lets a few wait, and turns the others away', () => {
    const bench = new Bench()
    expect(['a', 'b', 'c', 'd', 'e'].map((item) => bench.arrive(item))).toEqual(['start', 'wait', 'wait', 'wait', 'queue'])
    expect([bench.next(), bench.admission.inFlight, bench.admission.waiting]).toEqual([undefined, 1, 3])
    expect([bench.turn(), bench.turn(), bench.turn(), bench.turn()]).toEqual(['b', 'c', 'd', undefined])
    expect(bench.admission.inFlight).toBe(0)
  })

  it('says of one that is let pass what would have become of it, and nobody is displaced or refused for that', () => {
    const bench = new Bench({ queue: 1 })
    const would = (deadline = Infinity): unknown => {
      const verdict = bench.admission.would('CRITICAL_PLUS', deadline, bench.now)
      return typeof verdict === 'string' ? verdict : verdict.why
    }
    expect(would()).toBe('start')
    expect([bench.arrive('a'), bench.arrive('b', 'SHEDDABLE')]).toEqual(['start', 'wait'])
    expect([would(), would(bench.now)]).toEqual(['wait', 'deadline'])
    expect(bench.expire()).toEqual({})
    expect(bench.admission.inspect(bench.now)).toMatchObject({ inFlight: 1, waiting: 1, refused: { CRITICAL_PLUS: 0, SHEDDABLE: 0 } })
    expect(bench.arrive('c', 'CRITICAL_PLUS')).toBe('wait')
    expect([would(), bench.expire()]).toEqual(['queue', { b: 'displaced' }])
  })

  it('with no line to wait in turns away at once', () => {
    const bench = new Bench({ queue: 0 })
    expect([bench.arrive('a'), bench.arrive('b')]).toEqual(['start', 'limit'])
  })

  it('puts everybody in the line while it is held, and refuses nobody for that', () => {
    const bench = new Bench({ min: 3, max: 3 })
    bench.admission.hold(true)
    expect([bench.arrive('a'), bench.arrive('b', 'CRITICAL_PLUS')]).toEqual(['wait', 'wait'])
    expect(bench.next()).toBe('b')
    bench.admission.hold(false)
    expect([bench.next(), bench.arrive('c')]).toEqual(['a', 'start'])
    const unlined = new Bench({ queue: 0 })
    unlined.admission.hold(true)
    expect(unlined.arrive('a')).toBe('start')
  })

  it('lets nobody past those who wait, though a slot is free', () => {
    const bench = new Bench()
    bench.arrive('a')
    bench.arrive('b')
    bench.finish()
    expect(bench.arrive('c')).toBe('wait')
    expect(bench.next()).toBe('b')
  })

  it('begins the most critical first, and gives its place to one who comes later and matters more', () => {
    const bench = new Bench()
    bench.arrive('first')
    bench.arrive('report', 'SHEDDABLE')
    bench.arrive('search', 'SHEDDABLE_PLUS')
    bench.arrive('page')
    expect(bench.arrive('health', 'CRITICAL_PLUS')).toBe('wait')
    expect(bench.admission.wakeAt).toBe(-Infinity)
    expect(bench.expire()).toEqual({ report: 'displaced' })
    expect([bench.turn(), bench.turn(), bench.turn()]).toEqual(['health', 'page', 'search'])
  })

  it('gives a class its share of what begins, and the most critical one the rest', () => {
    const bench = new Bench({ queue: 100, shares: { SHEDDABLE: 0.25 } })
    bench.arrive('first')
    for (let at = 0; at < 20; at++) {
      bench.arrive(`page ${at}`)
      bench.arrive(`report ${at}`, 'SHEDDABLE')
    }
    const begun = Array.from({ length: 20 }, () => bench.turn())
    expect(begun.filter((item) => item?.startsWith('report'))).toHaveLength(4)
  })

  it('lets nobody wait longer than the longest wait, and says when to look', () => {
    const bench = new Bench()
    bench.arrive('a')
    expect(bench.admission.wakeAt).toBe(Infinity)
    bench.now = 30
    bench.arrive('b')
    expect(bench.admission.wakeAt).toBe(130)
    bench.now = 129
    expect(bench.expire()).toEqual({})
    bench.now = 130
    expect(bench.expire()).toEqual({ b: 'waited' })
    expect(bench.admission.wakeAt).toBe(Infinity)
  })

  it('does not begin what nobody waits for any more', () => {
    const bench = new Bench()
    expect(bench.arrive('dead', 'CRITICAL', 0)).toBe('deadline')
    bench.arrive('a')
    bench.arrive('b', 'CRITICAL', 40)
    bench.arrive('c', 'CRITICAL', 60)
    expect(bench.admission.wakeAt).toBe(40)
    bench.now = 45
    expect(bench.turn()).toBe('c')
    expect(bench.expire()).toEqual({ b: 'deadline' })
    bench.arrive('d', 'CRITICAL', 70)
    bench.now = 70
    expect(bench.expire()).toEqual({ d: 'deadline' })
  })

  it('forgets who hangs up, once', () => {
    const bench = new Bench()
    bench.arrive('a')
    bench.arrive('b')
    expect([bench.admission.quit('b'), bench.admission.quit('b'), bench.admission.quit('a')]).toEqual([true, false, false])
    expect([bench.turn(), bench.admission.waiting]).toEqual([undefined, 0])
    bench.arrive('c')
    bench.arrive('d', 'SHEDDABLE')
    for (const item of ['e', 'f', 'g']) bench.arrive(item)
    expect(bench.admission.quit('d')).toBe(true)
    expect(bench.expire()).toEqual({})
  })

  it('counts what a mode lets pass without a slot', () => {
    const bench = new Bench()
    bench.arrive('a')
    bench.admission.startAnyway('SHEDDABLE')
    expect(bench.admission.inspect(0)).toMatchObject({ inFlight: 2, admitted: { CRITICAL: 1, SHEDDABLE: 1 } })
    bench.finish()
    bench.arrive('b')
    expect(bench.next()).toBeUndefined()
  })

  it('takes new rules at once: more room, and longer waits', () => {
    const bench = new Bench()
    bench.arrive('a')
    bench.arrive('b')
    bench.admission.configure({ min: 2, max: 2, queue: 1, maxWait: 500 })
    expect([bench.next(), bench.arrive('c'), bench.arrive('d'), bench.admission.wakeAt]).toEqual(['b', 'wait', 'queue', 500])
  })
})

describe('under overload', () => {
  it('begins the newest first, and the longest waiting goes for them', () => {
    const bench = new Bench()
    for (const item of ['a', 'b', 'c']) bench.arrive(item)
    expect(bench.turn()).toBe('b')
    bench.overload(300)
    for (const item of ['x', 'y', 'z', 'newest']) expect(bench.arrive(item)).toBe('wait')
    expect(bench.expire()).toMatchObject({ x: 'displaced' })
    expect(bench.turn()).toBe('newest')
  })

  it('is told once when it begins, and when of a second’s arrivals some found nobody waiting', () => {
    const bench = new Bench()
    bench.overload(2_000)
    expect(bench.events.map(({ type }) => type)).toEqual(['overloaded'])
    expect(bench.admission.paced(bench.now)).toBe(true)
    while (bench.turn() !== undefined) bench.expire()
    for (let at = 0; at < 200; at++) {
      bench.now += 10
      bench.arrive(`later ${at}`)
      bench.next()
      bench.finish()
      bench.expire()
    }
    expect(bench.events.map(({ type }) => type)).toEqual(['overloaded', 'recovered'])
    expect(bench.arrive('calm')).toBe('start')
  })

  it('takes no burst for one, be it as long as the line', () => {
    const bench = new Bench({ queue: 100 })
    for (let at = 0; at < 90; at++) bench.arrive(`${at}`)
    for (let at = 0; at < 90; at++) {
      bench.now += 1
      bench.turn()
    }
    bench.expire()
    expect(bench.events).toEqual([])
  })

  it('takes a line that moves for none, be it never empty', () => {
    const bench = new Bench()
    bench.arrive('first')
    bench.arrive('second')
    for (let at = 0; at < 200; at++) {
      bench.now += 5
      bench.arrive(`${at}`)
      bench.turn()
      bench.expire()
    }
    expect([bench.admission.waiting, bench.events]).toEqual([1, []])
  })

  it('of the lesser classes leaves the order of the critical ones alone', () => {
    const bench = new Bench({ queue: 20 })
    bench.overload(500, 'SHEDDABLE')
    bench.arrive('page 1')
    bench.arrive('page 2')
    expect([bench.turn(), bench.turn()]).toEqual(['page 1', 'page 2'])
  })

  it('says that another try is pointless only when others of the service turn calls away as well', () => {
    const alone = new Bench()
    alone.overload(3_000)
    expect(Object.values(alone.told).some(({ everywhere, retryAfter }) => everywhere || retryAfter > 0)).toBe(false)
    const all = new Bench()
    all.overload(3_000, 'CRITICAL', true)
    expect(Object.values(all.told).at(-1)).toMatchObject({ everywhere: true, retryAfter: 1_000 })
    expect(all.admission.inspect(all.now).everywhere).toBe(true)
    // Whoever has given up is told so, and nothing about the others.
    expect(all.admission.arrive('dead', 'CRITICAL', 0, all.now)).toEqual({ why: 'deadline', everywhere: false, retryAfter: 0 })
  })

  it('says so of none whose caller has given up, nor while there is room', () => {
    const bench = new Bench({ max: 100, initial: 100 })
    for (let at = 0; at < 50; at++) bench.arrive(`${at}`, 'CRITICAL', Infinity, true)
    expect(bench.admission.arrive('dead', 'CRITICAL', 0, 0)).toEqual({ why: 'deadline', everywhere: false, retryAfter: 0 })
    expect(bench.admission.inspect(0).everywhere).toBe(false)
  })
})

describe('a class that fits beside others that do not', () => {
  /** Somebody of SHEDDABLE waits all the time. */
  const crowded = (): Bench => {
    const bench = new Bench({ queue: 50 })
    bench.overload(500, 'SHEDDABLE')
    expect(bench.admission.inspect(bench.now).overloaded).toBe(true)
    return bench
  }

  it('may stand three times as long: arrivals that came together are gone by themselves', () => {
    const bench = crowded()
    const from = bench.now
    for (let at = 0; at < 25; at++) bench.arrive(`${at}`, 'CRITICAL')
    const begun: (string | undefined)[] = []
    for (bench.now += 10; bench.now <= from + 250; bench.now += 10) {
      bench.arrive(`low ${bench.now}`, 'SHEDDABLE')
      begun.push(bench.turn())
      expect(Object.keys(bench.expire()).filter((item) => !item.startsWith('low') && Number(item) < 25)).toEqual([])
    }
    expect(begun).toEqual(Array.from({ length: 25 }, (_, at) => `${at}`))
  })

  it('is too much itself when it stands longer', () => {
    const bench = crowded()
    const from = bench.now
    for (let at = 0; at < 45; at++) bench.arrive(`${at}`, 'CRITICAL')
    const gone: string[] = []
    for (bench.now += 10; bench.now <= from + 320; bench.now += 10) {
      bench.arrive(`low ${bench.now}`, 'SHEDDABLE')
      bench.turn()
      gone.push(...Object.keys(bench.expire()).filter((item) => !item.startsWith('low') && Number(item) < 45))
    }
    expect(gone.length).toBeGreaterThan(0)
  })
})

describe('a late event loop', () => {
  const loop = (): Bench => new Bench({ max: 1_000, initial: 200, queue: 100 })

  it('puts everybody into the line first, from the first report on', () => {
    const bench = loop()
    expect(bench.arrive('a')).toBe('start')
    bench.admission.delayed(30, 0)
    expect([bench.arrive('b'), bench.next()]).toEqual(['wait', 'b'])
    bench.admission.delayed(20, 0)
    expect(bench.arrive('c')).toBe('start')
  })

  it('is no overload when it was one long computation', () => {
    const bench = loop()
    bench.admission.delayed(400, 0)
    bench.now = 50
    bench.admission.delayed(0, 50)
    expect(bench.admission.inspect(50)).toMatchObject({ limit: 200, overloaded: false })
  })

  it('cuts what may be in hand in proportion where that is why, to a half at the least, and once for each time that it takes to show', () => {
    const bench = loop()
    for (let at = 0; at < 80; at++) bench.arrive(`${at}`)
    requestsCompute(bench)
    const from = bench.now
    const after = (delay: number, passed: number): number => {
      bench.admission.delayed(delay, from + passed)
      return bench.admission.inspect(from + passed).limit
    }
    expect([after(25, 0), after(25, 50)]).toEqual([200, 200])
    expect([after(25, 100), after(25, 150)]).toEqual([64, 64])
    expect([after(200, 200), after(200, 299), after(200, 400)]).toEqual([64, 64, 32])
    expect(bench.admission.inspect(from + 400)).toMatchObject({ overloaded: true, delay: 200 })
    expect(bench.events.map(({ type }) => type)).toEqual(['admission', 'overloaded', 'admission'])
  })

  it('cuts nothing as long as nobody knows what makes it late', () => {
    const bench = loop()
    for (let at = 0; at < 80; at++) bench.arrive(`${at}`)
    for (let now = 0; now <= 1_000; now += 50) bench.admission.delayed(200, now)
    expect(bench.admission.inspect(1_000).limit).toBe(200)
  })

  it('says nothing any more a second after its last report', () => {
    const bench = loop()
    bench.admission.delayed(30, 0)
    expect(bench.admission.paced(1_000)).toBe(true)
    expect(bench.admission.paced(1_001)).toBe(false)
    expect(bench.admission.inspect(1_001).delay).toBe(0)
  })

  it('is why somebody was turned away', () => {
    const bench = new Bench()
    bench.admission.delayed(50, 0)
    bench.arrive('a')
    bench.now = 100
    expect(bench.expire()).toEqual({ a: 'delay' })
    const none = new Bench({ queue: 0 })
    none.admission.delayed(50, 0)
    // There is a slot, and no line; one waits for a turn of the loop all the same.
    expect([none.arrive('b'), none.next(), none.arrive('c')]).toEqual(['wait', 'b', 'delay'])
  })

  it('refuses nobody without a line either who only waits for a turn, however long the loop has been late', () => {
    const bench = new Bench({ min: 30, max: 30, queue: 0 })
    for (const now of [0, 50, 100, 150]) bench.admission.delayed(50, now)
    bench.now = 150
    expect(bench.admission.inspect(150).overloaded).toBe(true)
    expect(Array.from({ length: 20 }, (_, at) => bench.arrive(`${at}`))).toEqual(Array.from({ length: 20 }, () => 'wait'))
    expect(bench.arrive('one too many')).toBe('delay')
  })

  it('is late at once for those that come within a stretch, and has not been for a while before that is over', () => {
    const bench = loop()
    for (let now = 0; now <= 200; now += 5) bench.admission.delayed(40 + now, now, false)
    bench.now = 200
    expect([bench.arrive('a'), bench.admission.inspect(200).overloaded, bench.admission.inspect(200).limit]).toEqual(['wait', false, 200])
    bench.admission.delayed(240, 200)
    bench.admission.delayed(0, 225)
    expect(bench.admission.inspect(225)).toMatchObject({ overloaded: false, limit: 200 })
  })

  it('leaves as many as may begin places to wait for their turn, besides the line', () => {
    const bench = new Bench({ min: 1, max: 1_000, initial: 20, queue: 3 })
    bench.admission.delayed(60, 0, false)
    expect(new Set(Array.from({ length: 1_003 }, (_, at) => bench.arrive(`${at}`)))).toEqual(new Set(['wait']))
    expect(bench.arrive('one too many')).toBe('queue')
  })
})

describe('a loop that is somebody else\'s', () => {
  it('is not counted against who waits for a turn of it', () => {
    const bench = new Bench({ min: 2, max: 2, maxWait: 100 })
    bench.admission.delayed(50, 0)
    bench.arrive('a')
    for (const now of [60, 120, 180]) {
      bench.now = now
      bench.admission.elsewhere(60)
      bench.admission.delayed(50, now)
      expect(bench.expire()).toEqual({})
    }
    expect(bench.admission.wakeAt).toBe(280)
    expect(bench.next()).toBe('a')
  })

  it('is, where it is a slot that was waited for', () => {
    const bench = new Bench({ maxWait: 100 })
    bench.arrive('in hand')
    bench.arrive('a')
    bench.now = 100
    bench.admission.elsewhere(100)
    expect(bench.expire()).toEqual({ a: 'waited' })
  })

  it('does not make it a line that stands, nor anybody newest who was only the last to be read', () => {
    const bench = new Bench({ min: 50, max: 50, queue: 50 })
    for (let now = 50; now <= 1_000; now += 50) {
      bench.now = now
      bench.admission.elsewhere(50)
      for (const each of ['a', 'b']) bench.arrive(`${now}${each}`)
      expect(bench.admission.inspect(now).overloaded).toBe(false)
      if (now % 100 === 0) while (bench.next() !== undefined) bench.finish()
    }
    expect(bench.events.filter(({ type }) => type === 'overloaded')).toEqual([])
  })

  it('does not keep a deadline from passing', () => {
    const bench = new Bench({ min: 2, max: 2 })
    bench.admission.delayed(50, 0)
    bench.arrive('a', 'CRITICAL', 40)
    bench.now = 60
    bench.admission.elsewhere(60)
    expect(bench.expire()).toEqual({ a: 'deadline' })
  })
})

describe('a limit that nothing speaks against', () => {
  const cold = (): Bench => new Bench({ min: 4, max: 1_000, initial: 20, queue: 100 })
  const come = (bench: Bench, count: number): unknown[] => Array.from({ length: count }, (_, at) => bench.arrive(`${bench.now}/${at}`))

  it('refuses nobody of a cold start: it doubles, once in 5 ms', () => {
    const bench = cold()
    expect(come(bench, 40)).toEqual(Array.from({ length: 40 }, () => 'start'))
    expect(come(bench, 100)).toEqual(Array.from({ length: 100 }, () => 'wait'))
    expect(bench.admission.wakeAt).toBe(5)
    bench.now = 5
    expect(Array.from({ length: 41 }, () => bench.next() !== undefined).filter(Boolean)).toHaveLength(40)
    expect(bench.admission.wakeAt).toBe(10)
  })

  it('does not while the loop is late for what is in hand, nor for ten seconds after a line has stood', () => {
    const late = cold()
    requestsCompute(late)
    come(late, 20)
    late.admission.delayed(30, late.now)
    expect([late.arrive('a'), late.next()]).toEqual(['wait', undefined])
    late.now += 60
    late.admission.delayed(0, late.now)
    expect([late.next(), late.admission.inspect(late.now).limit]).toEqual(['a', 40])
    const stood = new Bench({ min: 1, max: 2, initial: 1, queue: 5 })
    requestsCompute(stood)
    stood.admission.delayed(30, stood.now)
    stood.overload(500)
    stood.admission.delayed(0, stood.now)
    stood.overload(9_000)
    expect(stood.admission.inspect(stood.now)).toMatchObject({ limit: 1 })
  })

  it('does but once in a turn of a loop that is late for nobody knows whom', () => {
    const bench = cold()
    bench.admission.delayed(40, 0)
    come(bench, 100)
    const begun = [0, 5, 39, 40].map((now) => {
      bench.now = now
      while (bench.next() !== undefined);
      return bench.admission.inFlight
    })
    expect(begun).toEqual([40, 40, 40, 80])
  })

  it('does beside a job that makes the loop late, from the first of them on', () => {
    const bench = cold()
    const beside = new Beside(bench)
    beside.turns(40, 20)
    expect(beside.gone).toEqual([])
    expect(bench.admission.inspect(bench.now).limit).toBeGreaterThan(60)
  })

  it('does so when only one has ended in each turn before, for which nobody can tell the job from requests that compute', () => {
    const bench = cold()
    const beside = new Beside(bench)
    beside.turns(10, 2)
    beside.turns(40, 1)
    beside.turns(40, 20)
    expect(beside.gone).toEqual([])
  })
})
