import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Endpoint } from '../balance/endpoint.ts'
import { counterexample } from '../counterexample.test-support.ts'
import { type Level, levelsOf, othersTakeAll } from './levels.ts'

/** Levels of `[available, members]`, priority 0 first; the others are out and reachable. */
function levels(...sizes: readonly (readonly [available: number, members: number])[]): readonly Level<number>[] {
  const members = sizes.flatMap(([, count], priority) => Array.from({ length: count }, (_, i) => endpoint(priority, i)))
  const available = members.filter(({ priority, target }) => target < sizes[priority]![0])
  return levelsOf(members, available, members, 0.5)
}

function endpoint(priority: number, i: number): Endpoint<number> {
  const one = new Endpoint(`${priority}-${i}`, i, 1, 0)
  one.priority = priority
  return one
}

function shares(of: readonly Level<number>[]): number[] {
  return of.map(({ share }) => Math.round(share * 100))
}

describe('the shares of priorities', () => {
  it.each([
    ['everybody is in', [[4, 4], [4, 4]], [100, 0]],
    ['three of four are: 140 · 3/4 is still all', [[3, 4], [4, 4]], [100, 0]],
    ['half are', [[2, 4], [4, 4]], [70, 30]],
    ['a quarter is', [[1, 4], [4, 4]], [35, 65]],
    ['nobody is', [[0, 4], [4, 4]], [0, 100]],
    ['a third level is needed', [[1, 4], [1, 4], [4, 4]], [35, 35, 30]],
    ['all levels together are too few: scaled up', [[1, 4], [1, 4]], [50, 50]],
    ['one has nobody and the other too few', [[0, 4], [1, 4]], [0, 100]],
    ['nobody is in anywhere: by how many there are', [[0, 6], [0, 2]], [75, 25]],
    ['there is one level', [[2, 4]], [100]],
  ] as const)('when %s', (_, sizes, expected) => {
    expect(shares(levels(...sizes))).toEqual(expected)
  })

  it('are of one whole, and nobody is sent where nobody can be picked', () => {
    const size = fc.integer({ min: 1, max: 9 }).chain((members) => fc.tuple(fc.integer({ min: 0, max: members }), fc.constant(members)))
    expect(counterexample(fc.array(size, { minLength: 1, maxLength: 5 }), (sizes) => {
      const all = levels(...sizes)
      const sum = all.reduce((total, { share }) => total + share, 0)
      return Math.abs(sum - 1) < 1e-9 && all.every(({ share, candidates }) => share === 0 || candidates.length > 0)
    })).toBeUndefined()
  })

  it('go by the number of the priority, not by the order of the list', () => {
    const members = [endpoint(7, 0), endpoint(2, 0), endpoint(7, 1)]
    expect(levelsOf(members, members, members, 0.5).map(({ priority, share }) => [priority, share])).toEqual([[2, 1], [7, 0]])
  })
})

describe('the panic of a priority', () => {
  it('comes when too few of it are in and the others cannot take the rest', () => {
    const [first, second] = levels([1, 5], [2, 4])
    expect([first!.panic, second!.panic]).toEqual([true, false])
    expect([first!.candidates.length, second!.candidates.length]).toEqual([5, 2])
  })

  it('does not come while the others can: who has been failed over from is left alone', () => {
    const [first, second] = levels([0, 4], [4, 4])
    expect([first!.panic, first!.candidates.length, second!.candidates.length]).toEqual([false, 0, 4])
  })

  it('is not needed for a try to be made when nobody is in', () => {
    const members = [endpoint(0, 0), endpoint(1, 0)]
    expect(levelsOf(members, [], members, 0).map(({ candidates }) => candidates.length)).toEqual([1, 1])
  })
})

describe('whether the others take all', () => {
  it('is by their health together', () => {
    expect(othersTakeAll(levels([4, 4], [3, 4]), 0)).toBe(true)
    expect(othersTakeAll(levels([4, 4], [2, 4]), 0)).toBe(false)
    expect(othersTakeAll(levels([4, 4], [2, 4], [1, 4]), 0)).toBe(true)
    expect(othersTakeAll(levels([2, 4]), 0)).toBe(false)
  })
})
