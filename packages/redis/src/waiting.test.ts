import { manualClock } from '@inmesh/testing'
import { describe, expect, it } from 'vitest'
import type { Trouble } from './trouble.ts'
import { timedOut } from './trouble.ts'
import { Waiting } from './waiting.ts'

function begin(): { readonly clock: ReturnType<typeof manualClock>; readonly waiting: Waiting; readonly told: string[]; readonly others: Set<Waiting> } {
  const clock = manualClock(500)
  const told: string[] = []
  const others = new Set<Waiting>()
  const waiting = new Waiting(others, (answer) => void told.push(`answer ${String(answer)}`), (trouble: Trouble) => void told.push(trouble.message))
  waiting.start(clock, 100)
  return { clock, waiting, told, others }
}

describe('a command under way', () => {
  it('ends once, with what comes first, and leaves nothing behind', () => {
    const { clock, waiting, told, others } = begin()
    clock.advance(99)
    waiting.answer(7)
    waiting.fail(timedOut(1))
    clock.advance(1000)
    expect([told, others.size, clock.pending]).toEqual([['answer 7'], 0, 0])
  })

  it('ends at its timeout, and holds no process until then', () => {
    const { clock, waiting, told, others } = begin()
    expect(clock.pendingHeld).toBe(0)
    clock.advance(99)
    expect(told).toEqual([])
    clock.advance(1)
    waiting.answer(7)
    expect([told, others.size]).toEqual([['no answer within 100 ms'], 0])
  })

  it('has its time once more where this process was too busy to look, and no more than once', () => {
    const { clock, waiting, told } = begin()
    let now = clock.now()
    const late = { now: () => now, schedule: clock.schedule.bind(clock) }
    now += 125
    waiting.tooLate(late, 100)
    expect(told).toEqual([])
    now += 130
    waiting.tooLate(late, 100)
    expect(told).toEqual(['no answer within 100 ms'])
  })
})
