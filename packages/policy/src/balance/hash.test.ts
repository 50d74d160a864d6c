import { describe, expect, it } from 'vitest'
import { hashText } from './hash.ts'

function hashed(text: string): [number, number] {
  const { high, low } = hashText(text, { high: 0, low: 0 })
  return [high, low]
}

describe('the hash of a text', () => {
  it('is the same in every process and version, or clients would disagree on where a key lives', () => {
    expect(['', 'u1', 'http://10.0.0.1:8080', 'ключ'].map(hashed)).toMatchInlineSnapshot(`
      [
        [
          2872998923,
          3679997660,
        ],
        [
          2733009234,
          376541660,
        ],
        [
          1631211531,
          1032319762,
        ],
        [
          3033058423,
          4089520677,
        ],
      ]
    `)
  })

  it('spreads texts that differ little', () => {
    const buckets = new Array<number>(64).fill(0)
    for (let i = 0; i < 64_000; i++) buckets[hashed(`user-${i}`)[1] % 64]! += 1
    for (const count of buckets) expect(Math.abs(count / 1_000 - 1)).toBeLessThan(0.15)
  })

  it('has two halves that have nothing to do with each other', () => {
    const texts = Array.from({ length: 40_000 }, (_, i) => hashed(`${i}`))
    const agreeing = texts.filter(([high, low]) => high % 16 === low % 16).length
    expect(Math.abs(agreeing / 2_500 - 1)).toBeLessThan(0.1)
    expect(new Set(texts.map(String)).size).toBe(40_000)
  })
})
