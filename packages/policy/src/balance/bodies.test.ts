import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { counterexample } from '../counterexample.test-support.ts'
import { addBody, type Body, type BodyHolder, removeBody, youngBodies } from './bodies.ts'

function holder(): BodyHolder {
  return { young: 0, oldest: undefined, newest: undefined, open: 0 }
}

function body(): Body {
  return { headAt: 0, inYoung: false, older: undefined, newer: undefined }
}

describe('bodies', () => {
  it('are load for a second, and a gauge afterwards', () => {
    const endpoint = holder()
    const poll = body()
    addBody(endpoint, poll, 5)
    expect([youngBodies(endpoint, 1_004), endpoint.open]).toEqual([1, 0])
    expect([youngBodies(endpoint, 1_005), endpoint.open]).toEqual([0, 1])
    removeBody(endpoint, poll)
    expect([youngBodies(endpoint, 2_000), endpoint.open]).toEqual([0, 0])
  })

  it('agree with a plain list, whatever ends when', () => {
    const steps = fc.array(fc.record({ wait: fc.integer({ min: 0, max: 700 }), begin: fc.boolean(), which: fc.nat() }), { maxLength: 80 })
    expect(counterexample(steps, (story) => {
      const endpoint = holder()
      const all: Body[] = []
      let now = 0
      const agrees = story.every(({ wait, begin, which }) => {
        now += wait
        if (begin) {
          const next = body()
          addBody(endpoint, next, now)
          all.push(next)
        } else if (all.length > 0) removeBody(endpoint, all.splice(which % all.length, 1)[0]!)
        const young = all.filter(({ headAt }) => now - headAt < 1_000).length
        return youngBodies(endpoint, now) === young && endpoint.open === all.length - young
      })
      for (const each of all) removeBody(endpoint, each)
      return agrees && endpoint.young === 0 && endpoint.open === 0 && endpoint.oldest === undefined && endpoint.newest === undefined
    })).toBeUndefined()
  })

  it('leave a closed one without a hold on the others', () => {
    const endpoint = holder()
    const bodies = [body(), body(), body()]
    for (const each of bodies) addBody(endpoint, each, 0)
    removeBody(endpoint, bodies[1]!)
    expect([bodies[1]!.older, bodies[1]!.newer, bodies[0]!.newer]).toEqual([undefined, undefined, bodies[2]])
  })
})
