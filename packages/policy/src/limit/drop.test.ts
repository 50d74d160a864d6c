import { describe, expect, it } from 'vitest'
import { drop, dropRatio } from './drop.ts'

describe('dropping', () => {
  it('takes a callee out at 1 and does nothing at 0', () => {
    for (const dice of [0, 0.5, 0.999_999]) {
      expect(drop(1, 'CRITICAL_PLUS', dice)).toBe(true)
      expect(drop(0, 'SHEDDABLE', dice)).toBe(false)
    }
  })

  it('drops the share it is told', () => {
    const dropped = Array.from({ length: 1000 }, (_, i) => drop(0.3, 'CRITICAL', i / 1000)).filter(Boolean)
    expect(dropped).toHaveLength(300)
  })

  it('drops by criticality, and nothing that is not named', () => {
    const ratios = { SHEDDABLE: 1, SHEDDABLE_PLUS: 0.5 }
    expect(drop(ratios, 'SHEDDABLE', 0.9)).toBe(true)
    expect(drop(ratios, 'SHEDDABLE_PLUS', 0.9)).toBe(false)
    expect(drop(ratios, 'SHEDDABLE_PLUS', 0.1)).toBe(true)
    expect(drop(ratios, 'CRITICAL', 0)).toBe(false)
  })

  it('reads a ratio out of range as the nearest one in it, and no number as nothing', () => {
    expect(dropRatio(7, 'CRITICAL')).toBe(1)
    expect(dropRatio(-1, 'CRITICAL')).toBe(0)
    expect(dropRatio(NaN, 'CRITICAL')).toBe(0)
  })

  it('reads the ratios themselves and not what they inherit', () => {
    const ratios: { SHEDDABLE?: number } = Object.create({ SHEDDABLE: 1 })
    expect(drop(ratios, 'SHEDDABLE', 0)).toBe(false)
  })
})
