import { describe, expect, it } from 'vitest'
import { Visited } from '../balance/visited.ts'
import { Bench, failed, GONE, OK, SUPERSEDED } from './cluster.test-support.ts'

/** An endpoint out of five that was ejected for five failures in a row. */
function ejected(count = 5): Bench {
  const bench = new Bench(count)
  // What a small fleet knows of its past would keep it in: there whoever still answered lately stays.
  if (count > 3) bench.warm()
  bench.now = 100
  bench.answers(0, 5, failed())
  return bench
}

/** The same when its time is over and a call may probe it. */
function due(): Bench {
  const bench = ejected()
  bench.now = 6_200
  return bench
}

describe('ejection for failures in a row', () => {
  it('takes an endpoint out after five, and tells on what grounds', () => {
    const bench = new Bench(5)
    bench.warm()
    bench.answers(0, 4, failed())
    expect(bench.state(0)).toBe('in')
    bench.answer(0, failed())
    expect(bench.state(0)).toBe('ejected')
    expect(bench.picks(500)[0]).toBe(0)
    expect(bench.told('ejected')).toMatchObject([{ why: 'consecutive', consecutive: 5, failures: 5, tries: 25, length: 5_000 }])
  })

  it('begins to count anew after a success', () => {
    const bench = new Bench(5)
    for (let i = 0; i < 6; i++) {
      bench.answers(0, 4, failed())
      bench.answers(0, 8)
    }
    expect(bench.state(0)).toBe('in')
  })

  it('counts a good head with a failed tail', () => {
    const bench = new Bench(5)
    bench.warm()
    for (let i = 0; i < 5; i++) {
      const lease = bench.pickOn(0)!
      bench.cluster.head(lease, OK, bench.now)
      bench.cluster.end(lease, failed('DATA_LOSS'), bench.now)
    }
    expect(bench.state(0)).toBe('ejected')
  })

  it('takes the death of one connection for one event, however many tries it carried', () => {
    const bench = new Bench(5)
    bench.warm()
    const leases = Array.from({ length: 80 }, () => bench.pickOn(0)!)
    const cause = new Error('session closed')
    for (const lease of leases) bench.cluster.end(lease, failed('UNAVAILABLE', { cause }), bench.now)
    const [snapshot] = bench.cluster.inspect(bench.now)
    expect(snapshot).toMatchObject({ state: 'in', consecutiveFailures: 1, failures: 1, severity: 0.1 })
  })

  it('counts deaths of several connections', () => {
    const bench = new Bench(5)
    bench.warm()
    for (let i = 0; i < 5; i++) bench.answer(0, failed('UNAVAILABLE', { cause: new Error('reset') }))
    expect(bench.state(0)).toBe('ejected')
  })

  it('never counts overload', () => {
    const bench = new Bench(5, { reweight: { codes: { 429: 1 } }, eject: { failureRate: 2 } })
    bench.warm()
    bench.answers(0, 50, failed('RESOURCE_EXHAUSTED', { status: 429 }))
    expect(bench.state(0)).toBe('in')
    expect(bench.cluster.inspect(0)[0]!.consecutiveFailures).toBe(0)
  })

  it('is sooner for a code that says so', () => {
    const bench = new Bench(5, { reweight: { codes: { 5003: { severity: 1, ejectAfter: 2 } } } })
    bench.warm()
    const tail = (business: string): void => {
      const lease = bench.pickOn(0)!
      bench.cluster.head(lease, OK, bench.now)
      bench.cluster.end(lease, OK, bench.now, business)
    }
    tail('5003')
    expect(bench.state(0)).toBe('in')
    tail('5003')
    expect(bench.state(0)).toBe('ejected')
  })
})

describe('ejection by rates', () => {
  it('takes out who fails half of twenty tries, though never five in a row', () => {
    const bench = new Bench(5)
    for (let i = 1; i < 5; i++) bench.answers(i, 10)
    for (let i = 0; i < 20; i++) bench.answer(0, i % 2 === 0 ? OK : failed())
    expect(bench.told('ejected')).toMatchObject([{ why: 'failure-rate' }])
  })

  it('looks only at the window', () => {
    const bench = new Bench(5)
    for (let second = 0; second < 60; second++) {
      bench.now = second * 1_000
      bench.answers(0, second % 15 === 0 ? 0 : 1)
      bench.answers(0, second % 15 === 0 ? 4 : 0, failed())
    }
    expect(bench.state(0)).toBe('in')
  })

  it('takes out who is worse than the rest by 1.9 deviations, looking once a second', () => {
    const bench = new Bench(10)
    bench.warm(200)
    bench.now = 1_000
    for (let i = 0; i < 200; i++) bench.answer(0, i % 5 === 0 ? failed() : OK)
    expect(bench.told('ejected')).toEqual([])
    bench.now = 2_100
    bench.answer(0, failed())
    expect(bench.told('ejected')).toMatchObject([{ why: 'success-rate', endpoint: { key: '0' } }])
  })

  it('does not take out an endpoint for one failure in a hundred, though all others had none', () => {
    const bench = new Bench(10)
    bench.warm(200)
    for (let i = 0; i < 300; i++) bench.answer(0, i % 100 === 0 ? failed() : OK)
    expect(bench.told('ejected')).toEqual([])
  })

  it('does not blame a host for an operation that fails everywhere', () => {
    const bench = new Bench(5)
    for (let i = 0; i < 400; i++) bench.answer(i % 5, failed())
    expect(bench.told('ejected')).toEqual([])
    expect(bench.told('ejection-suppressed')).toContainEqual(expect.objectContaining({ why: 'shared-failure' }))
  })
})

describe('an operation that breaks everywhere at once', () => {
  it('is no host’s fault from its first failures on, also when a second has only begun', () => {
    const bench = new Bench(5)
    const each = (outcome: typeof OK): void => {
      for (let i = 0; i < 5; i++) bench.answer(i, outcome, 0)
    }
    for (bench.now = 0; bench.now < 20_000; bench.now += 20) each(OK)
    for (; bench.now < 20_200; bench.now += 20) each(failed())
    expect(bench.told('ejected')).toEqual([])
    expect(bench.told('ejection-suppressed')).toContainEqual(expect.objectContaining({ why: 'shared-failure' }))
  })
})

describe('never everybody', () => {
  it('leaves a fleet of one alone', () => {
    const bench = new Bench(1)
    bench.answers(0, 100, failed())
    expect(bench.state(0)).toBe('in')
    expect(bench.told('ejection-suppressed')).toMatchObject([{ why: 'last', would: 'consecutive' }])
  })

  it('ejects one of two and one of three, and no more', () => {
    for (const count of [2, 3]) {
      const bench = ejected(count)
      bench.now = 2_000
      for (let i = 1; i < count; i++) bench.answers(i, 50)
      bench.answers(1, 10, failed())
      expect(bench.cluster.inspect(bench.now).map(({ state }) => state)).toEqual(['ejected', ...Array.from({ length: count - 1 }, () => 'in')])
    }
  })

  it('keeps one of two or three that still answers: the others could not take its share', () => {
    for (const count of [2, 3]) {
      const bench = new Bench(count)
      bench.warm()
      for (let i = 0; i < 20; i++) {
        bench.answers(0, 5, failed())
        bench.answers(0, 5)
      }
      expect(bench.state(0)).toBe('in')
      expect(bench.told('ejected')).toEqual([])
    }
  })

  it('takes one of three out that cannot be reached, or for a code that the user wants it out for', () => {
    const unreached = new Bench(3)
    unreached.warm()
    for (let i = 0; i < 5; i++) unreached.answer(0, failed('UNAVAILABLE', { reach: 'unsent', cause: new Error('refused') }))
    expect(unreached.state(0)).toBe('ejected')
    const wanted = new Bench(3, { reweight: { codes: { 503: { severity: 1, ejectAfter: 2 } } } })
    wanted.warm()
    wanted.answers(0, 2, failed())
    expect(wanted.state(0)).toBe('ejected')
  })

  it('stops at its cap', () => {
    const bench = new Bench(10)
    bench.warm(200)
    for (let i = 0; i < 6; i++) bench.answers(i, 5, failed())
    expect(bench.told('ejected')).toHaveLength(3)
    expect(bench.told('ejection-suppressed')).toContainEqual(expect.objectContaining({ why: 'cap' }))
  })

  it('ignores ejection while fewer than half are available, and heeds it again afterwards', () => {
    const bench = ejected(4)
    for (const index of [1, 2]) bench.cluster.setUnreachable(bench.endpoint(index), true)
    const inTurn = { balanceOn: false }
    expect(bench.picks(600, inTurn)).toEqual([300, 0, 0, 300])
    for (const index of [1, 2]) bench.cluster.setUnreachable(bench.endpoint(index), false)
    expect(bench.picks(600, inTurn)).toEqual([0, 200, 200, 200])
    expect(bench.told('panic')).toMatchObject([{ on: true, available: 1, members: 4 }, { on: false }])
  })

  it('lets a call use one that is out where all others refused it a connection, and only there', () => {
    const bench = ejected(2)
    const after = (said: object): string => {
      const visited = new Visited<string>()
      visited.add(bench.endpoint(1))
      return bench.pick({ visited, ...said }).endpoint.key
    }
    expect(bench.state(0)).toBe('ejected')
    expect(after({ unreached: true })).toBe('0')
    expect(after({ unreached: false })).toBe('1')
    expect(bench.pick({ unreached: true }).endpoint.key).toBe('1')
  })

  it('uses unreachable endpoints when nobody is reachable', () => {
    const bench = new Bench(3)
    for (const index of [0, 1, 2]) bench.cluster.setUnreachable(bench.endpoint(index), true)
    expect(bench.picks(300).every((count) => count > 50)).toBe(true)
  })
})

describe('the way back', () => {
  it('is one probe at a time, by a call that may run concurrently', () => {
    const bench = due()
    expect(bench.pick().endpoint.key).not.toBe('0')
    const probe = bench.pick({ mayExplore: true })
    expect([probe.endpoint.key, probe.probe, probe.outlying, bench.state(0)]).toEqual(['0', true, true, 'probing'])
    expect(bench.picks(200, { mayExplore: true })[0]).toBe(0)
  })

  it('is open to any call when none that may has come for another base time', () => {
    const bench = due()
    bench.now += 5_000
    expect(bench.pick({ mustDiffer: true }).probe).toBe(false)
    expect(bench.pick().probe).toBe(true)
  })

  it('leads through a ramp from a tenth of its weight', () => {
    const bench = due()
    bench.cluster.head(bench.pick({ mayExplore: true }), OK, bench.now)
    expect(bench.state(0)).toBe('ramp')
    expect(bench.cluster.inspect(bench.now)[0]).toMatchObject({ share: 0.1, severity: 0 })
    bench.now += 2_500
    expect(bench.cluster.inspect(bench.now)[0]).toMatchObject({ share: 0.5 })
    bench.now += 2_500
    expect(bench.cluster.inspect(bench.now)[0]).toMatchObject({ share: 1, state: 'in' })
    expect(bench.told('returned')).toMatchObject([{ outFor: 6_095 }])
  })

  it('is barred for twice as long by a failed probe', () => {
    const bench = due()
    bench.cluster.head(bench.pick({ mayExplore: true }), failed(), bench.now)
    expect(bench.state(0)).toBe('ejected')
    expect(bench.told('ejected').at(-1)).toMatchObject({ why: 'probe', length: 10_000, ejections: 2 })
  })

  it('is barred by a probe that another try overtook after more than an ordinary latency', () => {
    const bench = due()
    const probe = bench.pick({ mayExplore: true })
    bench.now += 50
    bench.cluster.end(probe, SUPERSEDED, bench.now)
    expect(bench.told('ejected').at(-1)).toMatchObject({ why: 'probe' })
  })

  it('is tried again after a second when the probe said nothing', () => {
    for (const outcome of [GONE, failed('RESOURCE_EXHAUSTED', { status: 429 })]) {
      const bench = due()
      bench.cluster.end(bench.pick({ mayExplore: true }), outcome, bench.now)
      bench.now += 999
      expect(bench.pick({ mayExplore: true }).probe).toBe(false)
      bench.now += 1
      expect(bench.pick({ mayExplore: true }).probe).toBe(true)
    }
  })

  it('is not lost to a probe that died with a connection already counted', () => {
    const bench = due()
    const cause = new Error('session closed')
    bench.answer(0, failed('UNAVAILABLE', { cause }))
    expect(bench.state(0)).toBe('ejected')
    bench.now += 20_000
    const probe = bench.pick({ mayExplore: true })
    bench.cluster.end(probe, failed('UNAVAILABLE', { cause }), bench.now)
    expect([probe.probe, bench.state(0)]).toEqual([true, 'ejected'])
  })

  it('is not barred by tries that began before it', () => {
    const bench = ejected()
    const hung = Array.from({ length: 9 }, () => bench.pickOn(0)!)
    bench.now = 6_200
    bench.cluster.head(bench.pick({ mayExplore: true }), OK, bench.now)
    bench.now += 100
    for (const lease of hung) bench.cluster.end(lease, failed('DEADLINE_EXCEEDED'), bench.now)
    expect(bench.cluster.inspect(bench.now)[0]).toMatchObject({ state: 'ramp', severity: 0, consecutiveFailures: 0 })
  })

  it('is not made harder by how slow it was, nor by the late ends of what waited meanwhile', () => {
    const bench = new Bench(5)
    bench.warm()
    bench.answer(0, OK, 400)
    bench.answers(0, 5, failed())
    const [answered, superseded] = [bench.pickOn(0)!, bench.pickOn(0)!]
    bench.now = 6_200
    bench.cluster.head(bench.pick({ mayExplore: true }), OK, bench.now + 5)
    bench.now = 6_300
    bench.cluster.end(answered, OK, bench.now)
    bench.cluster.end(superseded, SUPERSEDED, bench.now)
    expect(bench.cluster.inspect(bench.now)[0]!.slow).toBeLessThan(2)
  })

  it('is not probed by a call that has been there already', () => {
    const bench = due()
    const { visited } = bench.request()
    visited.add(bench.endpoint(0))
    expect(bench.pick({ mayExplore: true, visited }).endpoint.key).not.toBe('0')
  })
})

describe('ejection that is off or only watched', () => {
  it('ejects nobody when it is off, and lets everybody in when it is turned off', () => {
    const off = new Bench(5, { eject: false })
    off.answers(0, 100, failed())
    expect(off.state(0)).toBe('in')
    const bench = ejected()
    bench.cluster.configure({ eject: false })
    expect(bench.state(0)).toBe('in')
  })

  it('is computed and not applied for a request that says so', () => {
    const bench = ejected()
    bench.now = 20_000
    expect(bench.picks(500, { ejectOn: false, balanceOn: false })[0]).toBe(100)
  })

  it('does not eject again who is out, whatever is answered meanwhile', () => {
    const bench = new Bench(10)
    bench.warm(200)
    bench.answers(0, 5, failed())
    bench.now = 2_000
    bench.answers(0, 150, failed())
    bench.answer(1, failed())
    expect(bench.told('ejected')).toHaveLength(1)
  })
})

describe('an endpoint that refuses what it has no room for', () => {
  it('is never ejected for it, however much it refuses', () => {
    const bench = new Bench(10)
    bench.warm(200)
    for (let each = 0; each < 300; each++) bench.answer(0, { ...failed(), reach: 'refused' })
    expect([bench.state(0), bench.told('ejected')]).toEqual(['in', []])
  })
})

describe('an endpoint that asks to be left alone', () => {
  it('is, for as long as it says, at most ten seconds', () => {
    for (const [retryAfter, length] of [[2_000, 2_000], [60_000, 10_000]] as const) {
      const bench = new Bench(5)
      bench.warm()
      bench.answer(0, failed('UNAVAILABLE', { retryAfter }))
      expect(bench.told('kept-off')).toMatchObject([{ endpoint: { key: '0' }, until: 5 + length }])
      expect([bench.state(0), bench.picks(300)[0]]).toEqual(['kept-off', 0])
      bench.now = 5 + length
      expect(bench.state(0)).toBe('in')
    }
  })

  it('is not asked to by what speaks of the whole service', () => {
    const bench = new Bench(5)
    bench.answer(0, failed('UNAVAILABLE', { retryAfter: 2_000, doNotRetry: true }))
    expect(bench.state(0)).toBe('in')
  })

  it('is not asked to by a quota, nor by a code the table does not name', () => {
    const bench = new Bench(5, { reweight: { codes: { 418: { severity: 0, keepOff: 3_000 } } } })
    bench.answer(0, failed('RESOURCE_EXHAUSTED', { status: 429, retryAfter: 2_000 }))
    expect(bench.state(0)).toBe('in')
    bench.answer(1, failed('ABORTED', { status: 418 }))
    expect(bench.state(1)).toBe('kept-off')
  })

  it('stays in when it would be the last, or one too many', () => {
    const bench = new Bench(2)
    for (const index of [0, 1]) bench.answer(index, failed('UNAVAILABLE', { retryAfter: 2_000 }))
    expect(bench.cluster.inspect(10).map(({ state }) => state)).toEqual(['kept-off', 'in'])
  })
})

describe('membership', () => {
  it('does not wash an ejected address clean, unless it would be the last', () => {
    const bench = ejected()
    bench.cluster.pool.update([1, 2, 3, 4].map((i) => ({ key: `${i}`, target: '' })), bench.now)
    bench.pick()
    bench.members(5)
    expect([bench.state(0), bench.picks(300)[0]]).toEqual(['ejected', 0])
    bench.cluster.pool.update([], bench.now)
    bench.cluster.pool.update([{ key: '0', target: '' }], bench.now)
    expect(bench.pick().endpoint.key).toBe('0')
  })

  it('frees the cap of an ejected endpoint that left', () => {
    const bench = ejected()
    bench.cluster.pool.update([1, 2, 3, 4].map((i) => ({ key: `${i}`, target: '' })), bench.now)
    bench.pick()
    bench.answers(0, 5, failed())
    expect(bench.state(0)).toBe('ejected')
  })
})
