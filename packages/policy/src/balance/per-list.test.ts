import { describe, expect, it } from 'vitest'
import { PerList } from './per-list.ts'
import { endpoints } from './strategies.test-support.ts'

describe('what is derived from a list', () => {
  it('is derived once, for the two lists that are in use at one time, and anew for another', () => {
    const derived: number[] = []
    const of = new PerList<number, number>((list) => derived.push(list.length))
    const [ready, reachable, other] = [endpoints(2), endpoints(3), endpoints(4)]
    const states = [ready, ready, reachable, ready, reachable, other, reachable, ready].map((list) => of.of(list))
    expect(states).toEqual([1, 1, 2, 1, 2, 3, 2, 4])
    expect(derived).toEqual([2, 3, 4, 2])
  })
})
