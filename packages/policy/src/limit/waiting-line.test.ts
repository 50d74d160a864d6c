import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { counterexample } from '../counterexample.test-support.ts'
import { CRITICALITIES } from '../deadline/criticality.ts'
import { WaitingLine } from './waiting-line.ts'

function drained<T>(line: WaitingLine<T>): T[] {
  const order: T[] = []
  for (let next = line.next(); next !== undefined; next = line.next()) order.push(next)
  return order
}

describe('a waiting line', () => {
  it('serves the most critical first, and among equals whoever came first', () => {
    const line = new WaitingLine<string>()
    line.join('batch', 'SHEDDABLE', 9)
    line.join('page 1', 'CRITICAL', 9)
    line.join('health', 'CRITICAL_PLUS', 9)
    line.join('page 2', 'CRITICAL', 9)
    expect(drained(line)).toEqual(['health', 'page 1', 'page 2', 'batch'])
    expect(line.size).toBe(0)
  })

  it('when full turns away the newcomer, unless somebody less critical waits', () => {
    const line = new WaitingLine<string>()
    line.join('batch 1', 'SHEDDABLE', 2)
    line.join('batch 2', 'SHEDDABLE', 2)
    expect(line.join('batch 3', 'SHEDDABLE', 2)).toBe('batch 3')
    expect(line.join('page 1', 'CRITICAL', 2)).toBe('batch 1')
    expect(line.join('page 2', 'CRITICAL', 2)).toBe('batch 2')
    expect(line.join('page 3', 'CRITICAL', 2)).toBe('page 3')
    expect(drained(line)).toEqual(['page 1', 'page 2'])
  })

  it('of no length turns everybody away', () => {
    expect(new WaitingLine<string>().join('page', 'CRITICAL_PLUS', 0)).toBe('page')
  })

  it('lets go of whoever leaves, once', () => {
    const line = new WaitingLine<string>()
    line.join('a', 'CRITICAL', 9)
    line.join('b', 'CRITICAL', 9)
    expect([line.leave('a'), line.leave('a'), line.size]).toEqual([true, false, 1])
    expect(drained(line)).toEqual(['b'])
  })

  it('never holds more than it may, loses nobody, and never serves anybody before one that is more critical', () => {
    const step = fc.oneof(fc.record({ join: fc.constantFrom(...CRITICALITIES) }), fc.constant('next' as const), fc.record({ leave: fc.nat(60) }))
    expect(counterexample(fc.tuple(fc.nat(5), fc.array(step, { maxLength: 60 })), ([most, steps]) => {
      const line = new WaitingLine<number>()
      const waiting = new Map<number, number>()
      let count = 0
      return steps.every((what) => {
        if (what === 'next') {
          const served = line.next()
          const best = Math.min(...waiting.values())
          const rank = served === undefined ? Infinity : waiting.get(served)
          if (served !== undefined) waiting.delete(served)
          if (rank !== best) return false
        } else if ('leave' in what) {
          if (line.leave(what.leave) !== waiting.delete(what.leave)) return false
        } else {
          const rank = CRITICALITIES.indexOf(what.join)
          const turned = line.join(count, what.join, most)
          if (turned !== count) waiting.set(count, rank)
          if (turned !== undefined && turned !== count && !waiting.delete(turned)) return false
          count++
        }
        return line.size === waiting.size && line.size <= most
      })
    })).toBeUndefined()
  })
})
