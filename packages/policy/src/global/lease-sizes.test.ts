import { describe, expect, it } from 'vitest'
import { leaseSizes } from './lease-sizes.ts'

describe('what a process takes at a time', () => {
  it('is three quarters of what is its own in one refresh, half of that when it asks again, and as much on credit', () => {
    expect(leaseSizes(0.25, 0.5, 200, 100)).toEqual({ chunk: 37, mark: 18, credit: 18 })
    expect(leaseSizes(1, 0.5, 200, 100)).toEqual({ chunk: 150, mark: 75, credit: 75 })
  })

  it('is one at a time, and one on credit, where little is its own', () => {
    expect(leaseSizes(0.001, 0.5, 200, 100)).toEqual({ chunk: 1, mark: 0, credit: 1 })
  })

  it('is never more than the burst', () => {
    expect(leaseSizes(1, 0.5, 10.5, 100)).toEqual({ chunk: 10, mark: 5, credit: 5 })
    expect(leaseSizes(1, 0.5, 1, 100)).toEqual({ chunk: 1, mark: 0, credit: 1 })
  })

  it('is together at most one and a half times what is its own, or two', () => {
    for (let own = 0.01; own < 200; own += 0.01) {
      const { chunk, mark, credit } = leaseSizes(0.5, 10, 1_000, own * 20)
      expect(chunk + mark + credit).toBeLessThanOrEqual(Math.max(2, 1.5 * own) + 1e-9)
    }
  })
})
