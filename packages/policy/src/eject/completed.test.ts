import { describe, expect, it } from 'vitest'
import { Endpoint } from '../balance/endpoint.ts'
import { completedLately, countCompleted } from './completed.ts'

const WINDOW = 10_000

function served(...tries: readonly (readonly [times: number, now: number])[]): Endpoint<null> {
  const endpoint = new Endpoint('a', null, 1, 0)
  for (const [times, now] of tries) for (let i = 0; i < times; i++) countCompleted(endpoint, Math.floor(now / WINDOW))
  return endpoint
}

describe('completed tries of an endpoint that never failed', () => {
  it('are counted over the window up to now, the previous one taken as even', () => {
    const endpoint = served([100, 1_000], [40, 12_000])
    expect(completedLately(endpoint, WINDOW, 12_000)).toBe(40 + 80)
    expect(completedLately(endpoint, WINDOW, 17_500)).toBe(40 + 25)
  })

  it('are gone when nothing came for long', () => {
    expect(completedLately(served([100, 1_000]), WINDOW, 15_000)).toBe(50)
    expect(completedLately(served([100, 1_000]), WINDOW, 20_000)).toBe(0)
    expect(completedLately(served([100, 1_000], [1, 25_000]), WINDOW, 25_000)).toBe(1)
  })
})
