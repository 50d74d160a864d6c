import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { counterexample } from '../counterexample.test-support.ts'
import { addBody, type BodyHolder, removeBody, youngBodies } from './bodies.ts'

function holder(): BodyHolder {
  return { slot: -1, young: 0, lessYoung: 0, open: 0 }
}

describe('bodies', () => {
  it('are load for half a second at least and a second at most, and a gauge afterwards', () => {
    for (const headAt of [0, 250, 499]) {
      const endpoint = holder()
      const slot = addBody(endpoint, headAt)
      expect([youngBodies(endpoint, headAt + 500), endpoint.open]).toEqual([1, 0])
      expect([youngBodies(endpoint, headAt + 1_000), endpoint.open]).toEqual([0, 1])
      removeBody(endpoint, slot)
      expect([youngBodies(endpoint, headAt + 1_000), endpoint.open]).toEqual([0, 0])
    }
  })

  it('agree with a plain list, whatever ends when', () => {
    const steps = fc.array(fc.record({ wait: fc.integer({ min: 0, max: 700 }), begin: fc.boolean(), which: fc.nat() }), { maxLength: 80 })
    expect(counterexample(steps, (story) => {
      const endpoint = holder()
      const all: { slot: number; headAt: number }[] = []
      let now = 0
      const agrees = story.every(({ wait, begin, which }) => {
        now += wait
        if (begin) all.push({ slot: addBody(endpoint, now), headAt: now })
        else if (all.length > 0) removeBody(endpoint, all.splice(which % all.length, 1)[0]!.slot)
        const young = all.filter(({ headAt }) => Math.floor(now / 500) - Math.floor(headAt / 500) < 2).length
        return youngBodies(endpoint, now) === young && endpoint.open === all.length - young
      })
      for (const { slot } of all) removeBody(endpoint, slot)
      return agrees && youngBodies(endpoint, now) === 0 && endpoint.open === 0
    })).toBeUndefined()
  })

  it('end in the count that they are in, also when a clock runs backwards', () => {
    const endpoint = holder()
    const slot = addBody(endpoint, 5_000)
    const earlier = addBody(endpoint, 4_000)
    removeBody(endpoint, slot)
    removeBody(endpoint, earlier)
    expect([youngBodies(endpoint, 3_000), endpoint.open]).toEqual([0, 0])
  })
})
