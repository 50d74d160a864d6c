import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { seeded } from '../attempt/chance.test-support.ts'
import { counterexample } from '../counterexample.test-support.ts'
import { Turns } from './turns.ts'

function taken(weights: readonly number[], times: number, seed = 1): number[] {
  const turns = new Turns(weights.length, (place) => weights[place]!, seeded(seed))
  return Array.from({ length: times }, () => {
    const { first } = turns
    turns.taken(weights[first]!)
    return first
  })
}

describe('turns', () => {
  it('are taken smoothly: over any stretch each has its share, but for one turn of everybody', () => {
    const weights = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 12 })
    expect(counterexample(fc.tuple(weights, fc.nat(), fc.nat(50), fc.integer({ min: 1, max: 300 })), ([all, seed, from, length]) => {
      const stretch = taken(all, from + length, seed).slice(from)
      const sum = all.reduce((a, b) => a + b)
      return all.every((weight, place) => {
        const share = weight / sum
        const count = stretch.filter((one) => one === place).length
        return Math.abs(count - length * share) <= 1 + all.length * share
      })
    })).toBeUndefined()
  })

  it('begin with somebody else in every client', () => {
    const first = Array.from({ length: 3_000 }, (_, seed) => taken([1, 1, 4], 1, seed)[0])
    const share = (place: number): number => first.filter((one) => one === place).length / first.length
    expect(share(2)).toBeGreaterThan(2 * share(0))
    for (const place of [0, 1]) expect(share(place)).toBeGreaterThan(0.05)
  })

  it('are not lost by who is passed over, in whatever order', () => {
    const story = fc.array(fc.nat(6), { minLength: 1, maxLength: 60 })
    expect(counterexample(fc.tuple(story, fc.nat()), ([skips, seed]) => {
      const weights = [1, 2, 3, 4, 5]
      const [turns, plain] = [0, 1].map(() => new Turns(5, (place) => weights[place]!, seeded(seed))) as [Turns, Turns]
      return skips.every((skipped) => {
        const before = turns.first
        for (let i = 0; i < skipped && turns.first >= 0; i++) turns.skip()
        const spent = skipped >= 5 ? turns.first === -1 : turns.first !== before || skipped === 0
        turns.restore()
        const same = turns.first === plain.first
        turns.taken(weights[turns.first]!)
        plain.taken(weights[plain.first]!)
        return spent && same
      })
    })).toBeUndefined()
  })

  it('are nobody’s where there is nobody', () => {
    expect(new Turns(0, () => 1, seeded(1)).first).toBe(-1)
  })
})
