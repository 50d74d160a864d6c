import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkKey, firstKey, limitKeys } from './keys.ts'

/** What Redis hashes of a key: what stands in the first braces, where something does; else all of it. */
function tag(key: string): string {
  return /^[^{]*\{([^}]+)\}/s.exec(key)?.[1] ?? key
}

describe('keys', () => {
  it('say whose they are', () => {
    const keys = limitKeys('inmesh', 'catalog/limit')
    expect([keys.members, keys.slots, keys.state('tenant-7'), keys.state('')])
      .toEqual(['{inmesh:catalog/limit}:members', '{inmesh:catalog/limit}:slots', '{inmesh:catalog/limit:tenant-7}', '{inmesh:catalog/limit:}'])
    expect(checkKey(firstKey('inmesh'))).toBe('{inmesh}:check')
  })

  it('of two limits, or of two keys of one, are never the same, whatever users call them', () => {
    const name = fc.oneof(fc.string({ maxLength: 12 }), fc.constantFrom('a', 'a:b', 'b', 'b:c', ':', '}', '{', '%3a', 'members', 'slots', '}:members', 'check'))
    const all = (id: string, key: string): readonly string[] => {
      const keys = limitKeys('inmesh', id)
      return [keys.members, keys.slots, keys.state(key)]
    }
    fc.assert(fc.property(name, name, name, name, (id, key, otherId, otherKey) => {
      expect(new Set(all(id, key)).size).toBe(3)
      if (id === otherId && key === otherKey) return
      const [one, other] = [all(id, key), all(otherId, otherKey)]
      if (id !== otherId) expect(one.filter((each) => other.includes(each))).toEqual([])
      else expect(one[2]).not.toBe(other[2])
    }))
  })

  it('that check another lie in its slot', () => {
    fc.assert(fc.property(fc.string(), fc.string(), (id, key) => {
      const keys = limitKeys('inmesh', id)
      for (const each of [keys.members, keys.slots, keys.state(key)]) expect(tag(checkKey(each))).toBe(tag(each))
    }))
  })

  it('of names as long as a caller likes stay short, and apart', () => {
    const { state } = limitKeys('inmesh', 'catalog/limit')
    const long = 'x'.repeat(100_000)
    expect(state(long).length).toBeLessThan(120)
    expect(state(long)).not.toBe(state(`${long}y`))
    expect(state('x'.repeat(200))).toBe(`{inmesh:catalog/limit:${'x'.repeat(200)}}`)
  })
})
