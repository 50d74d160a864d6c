import { describe, expect, it } from 'vitest'
import { Endpoint } from '../balance/endpoint.ts'
import { isLevelDown } from './level-down.ts'
import { Trial } from './trial.ts'

/** An endpoint of a priority with so many tries in its window, and so many failures among them. */
function endpoint(priority: number, tries: number, failures: number): Endpoint<number> {
  const one = new Endpoint(`${priority}`, 0, 1, 0)
  one.priority = priority
  one.trial = new Trial(10_000, 0)
  for (let i = 0; i < tries; i++) one.trial.window.add(i < failures, 0)
  return one
}

function isDown(members: readonly Endpoint<number>[]): boolean {
  return isLevelDown(members, 0, 10, 10_000, 0)
}

describe('a priority', () => {
  it('is down when half of its tries fail, taken together', () => {
    expect(isDown([endpoint(0, 10, 10), endpoint(0, 10, 0)])).toBe(true)
    expect(isDown([endpoint(0, 10, 9), endpoint(0, 10, 0)])).toBe(false)
  })

  it('is not judged by the tries of others', () => {
    expect(isDown([endpoint(0, 10, 10), endpoint(1, 100, 0)])).toBe(true)
    expect(isDown([endpoint(0, 10, 0), endpoint(1, 100, 100)])).toBe(false)
  })

  it('has the successes of those that never failed', () => {
    const never = new Endpoint('x', 0, 1, 0)
    never.epoch = 0
    never.completed = 50
    expect(isDown([endpoint(0, 10, 10), never])).toBe(false)
  })

  it('of which nothing is known is not', () => {
    expect(isDown([])).toBe(false)
  })
})
