import { describe, expect, it } from 'vitest'
import { Endpoint } from './endpoint.ts'
import { Visited } from './visited.ts'

describe('Visited', () => {
  it('has what was added, once each, in the order of first use', () => {
    const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((key) => new Endpoint(key, key, 1, 0))
    const visited = new Visited<string>()
    expect([visited.size, visited.has(a!)]).toEqual([0, false])
    for (const endpoint of [a, a, b, a, c, b, c, a]) visited.add(endpoint!)
    expect(visited.size).toBe(3)
    expect([...visited].map(({ key }) => key)).toEqual(['a', 'b', 'c'])
    expect([a, b, c, d].map((endpoint) => visited.has(endpoint!))).toEqual([true, true, true, false])
  })
})
