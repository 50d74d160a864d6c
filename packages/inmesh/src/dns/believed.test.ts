import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Believed } from './believed.ts'

const endpoints = (...hosts: string[]): { readonly url: string }[] => hosts.map((host) => ({ url: `http://${host}` }))
const hosts = (believed: Believed, ...answer: string[]): string[] => believed.learn(endpoints(...answer)).map(({ url }) => url.slice(7))

test('an address goes after three answers without it, and one answer with it starts the count anew', () => {
  const believed = new Believed(3)
  expect(hosts(believed, 'a', 'b')).toEqual(['a', 'b'])
  expect(hosts(believed, 'a')).toEqual(['a', 'b'])
  expect(hosts(believed, 'a')).toEqual(['a', 'b'])
  expect(hosts(believed, 'a', 'b')).toEqual(['a', 'b'])
  expect(hosts(believed, 'a')).toEqual(['a', 'b'])
  expect(hosts(believed, 'a')).toEqual(['a', 'b'])
  expect(hosts(believed, 'a')).toEqual(['a'])
})

test('an answer in another order, or with twice the same, changes nothing; a new weight does', () => {
  const believed = new Believed(3)
  const list = believed.learn(endpoints('a', 'b'))
  expect(believed.learn(endpoints('b', 'a', 'a'))).toBe(list)
  const weighted = [{ url: 'http://a', weight: 2 }, { url: 'http://b' }]
  expect(believed.learn(weighted)).toEqual(weighted)
})

test('whatever comes: who was named in the last answers is there, who was in none of them is not', () => {
  const answers = fc.array(fc.subarray(['a', 'b', 'c', 'd', 'e']), { minLength: 1, maxLength: 30 })
  fc.assert(fc.property(answers, fc.integer({ min: 1, max: 5 }), (all, removeAfter) => {
    const believed = new Believed(removeAfter)
    let list: string[] = []
    for (const answer of all) list = hosts(believed, ...answer)
    expect(list.toSorted()).toEqual([...new Set(all.slice(-removeAfter).flat())].toSorted())
  }))
})
