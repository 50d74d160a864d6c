import { describe, expect, it } from 'vitest'
import { Endpoint } from '../balance/endpoint.ts'
import { Availability } from './availability.ts'

/** Of `priority: how many`; those of the given keys are out. */
function availability(sizes: readonly number[], out: readonly string[], panicBelow = 0.5, unreachable: readonly string[] = []): Availability<number> {
  const members = sizes.flatMap((count, priority) => Array.from({ length: count }, (_, i) => {
    const one = new Endpoint(`${priority}${'abcdef'[i]}`, i, 1, 0)
    one.priority = priority
    one.unreachable = unreachable.includes(one.key)
    return one
  }))
  const of = new Availability<number>()
  of.rebuild(members, new Set(members.filter(({ key }) => out.includes(key))), panicBelow)
  return of
}

function keys(endpoints: readonly Endpoint<number>[]): string {
  return endpoints.map(({ key }) => key).join(' ')
}

describe('who may be picked', () => {
  it('is who is in', () => {
    const of = availability([3], ['0b'])
    expect([keys(of.ready), keys(of.reachable), of.count, of.panic, of.readyLevels]).toEqual(['0a 0c', '0a 0b 0c', 2, false, undefined])
  })

  it('is every reachable one in panic', () => {
    expect(keys(availability([4], ['0a', '0b'], 0.5, ['0c']).ready)).toBe('0a 0b 0d')
  })

  it('is by priority who is in, and a whole priority may be out without panic', () => {
    const of = availability([2, 2], ['0a', '0b'])
    expect([keys(of.ready), of.panic, of.count]).toEqual(['1a 1b', false, 2])
    expect([keys(of.inUse), keys(availability([2, 2], []).inUse), keys(availability([2, 2], ['0a']).inUse)]).toEqual(['1a 1b', '0a 0b', '0b 1a 1b'])
    expect(of.readyLevels?.map(({ candidates }) => keys(candidates))).toEqual(['', '1a 1b'])
    expect(of.reachableLevels?.map(({ candidates }) => keys(candidates))).toEqual(['0a 0b', '1a 1b'])
  })

  it('is every reachable one of a priority that panics', () => {
    const of = availability([5, 4], ['0a', '0b', '0c', '1a', '1b'], 0.5, ['0d'])
    expect([of.panic, keys(of.ready)]).toEqual([true, '0a 0b 0c 0e 1c 1d'])
  })

  it('is somebody though nobody is in and panic is turned off', () => {
    const of = availability([1, 1], ['0a', '1a'], 0)
    expect([of.panic, keys(of.ready), of.count]).toEqual([false, '0a 1a', 0])
    expect(of.readyLevels?.map(({ candidates }) => keys(candidates))).toEqual(['0a', '1a'])
    expect(keys(availability([2], [], 0.5, ['0a', '0b']).ready)).toBe('0a 0b')
  })
})
