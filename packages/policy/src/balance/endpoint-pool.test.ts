import { describe, expect, it } from 'vitest'
import { EndpointPool } from './endpoint-pool.ts'

const MINUTE = 60_000

function spec(key: string, weight?: number): { key: string; target: string; weight?: number } {
  return weight === undefined ? { key, target: key } : { key, target: key, weight }
}

function keys(endpoints: readonly { key: string }[]): string[] {
  return endpoints.map(({ key }) => key)
}

describe('EndpointPool', () => {
  it('tells who came and who went', () => {
    const pool = new EndpointPool<string>()
    const first = pool.update([spec('a'), spec('b')], 0)
    const second = pool.update([spec('b'), spec('c')], 1)
    expect([keys(first.added), keys(first.removed)]).toEqual([['a', 'b'], []])
    expect([keys(second.added), keys(second.removed), keys(pool.members)]).toEqual([['c'], ['a'], ['b', 'c']])
    expect(first.added.map((endpoint) => endpoint.member)).toEqual([false, true])
  })

  it('keeps the endpoint of a kept address, and gives it the new weight and target', () => {
    const pool = new EndpointPool<string>()
    pool.update([spec('a', 2)], 0)
    const [before] = pool.members
    pool.update([{ key: 'a', target: 'other', weight: 7 }], 1)
    expect(pool.members[0]).toBe(before)
    expect([before!.weight, before!.target]).toEqual([7, 'other'])
  })

  it('knows where an endpoint stands and when it is used, until it says otherwise', () => {
    const pool = new EndpointPool<string>()
    pool.update([{ key: 'a', target: 'a', zone: 'x', priority: 2 }, { key: 'b', target: 'b', priority: -1 }], 0)
    expect(pool.members.map(({ zone, priority }) => [zone, priority])).toEqual([['x', 2], [undefined, 0]])
    pool.update([spec('a')], 1)
    expect(pool.members.map(({ zone, priority }) => [zone, priority])).toEqual([[undefined, 0]])
  })

  it('tells of each update when it is done', () => {
    const pool = new EndpointPool<string>()
    const told: unknown[] = []
    pool.onUpdate = ({ added, removed }, now) => told.push([keys(added), keys(removed), keys(pool.members), now])
    pool.update([spec('a')], 1)
    pool.update([spec('b')], 2)
    expect(told).toEqual([[['a'], [], ['a'], 1], [['b'], ['a'], ['b'], 2]])
  })

  it('has one endpoint for a key that comes twice, as mentioned last', () => {
    const pool = new EndpointPool<string>()
    const { added } = pool.update([spec('a', 1), spec('b'), { key: 'a', target: 'again', weight: 3 }], 0)
    expect([keys(added), pool.get('a')?.weight, pool.get('a')?.target]).toEqual([['a', 'b'], 3, 'again'])
  })

  it('remembers an address for ten minutes', () => {
    const pool = new EndpointPool<string>()
    pool.update([spec('a')], 0)
    const [before] = pool.members
    pool.update([], 0)
    expect(keys(pool.update([spec('a')], 9 * MINUTE).added)).toEqual(['a'])
    expect([pool.members[0] === before, before!.member]).toEqual([true, true])
    pool.update([], 10 * MINUTE)
    pool.update([spec('a')], 20 * MINUTE)
    expect(pool.members[0]).not.toBe(before)
  })

  it('remembers a bounded number of addresses, the latest ones', () => {
    const pool = new EndpointPool<string>()
    pool.update([spec('first'), ...Array.from({ length: 1_000 }, (_, i) => spec(`${i}`))], 0)
    const [first, second] = pool.members
    pool.update([], 1)
    pool.update([spec('first'), spec('0')], 2)
    expect([pool.members[0] === first, pool.members[1] === second]).toEqual([false, true])
  })

  it('never lets a forgotten endpoint write into the state of another', () => {
    const pool = new EndpointPool<string>()
    pool.update([spec('old', 3)], 0)
    const [old] = pool.members
    const { slab, at } = old!
    pool.update([], 0)
    pool.update([], 11 * MINUTE)
    pool.update([spec('new')], 11 * MINUTE)
    old!.weight = 9
    pool.recordLatency(old!, 100, 11 * MINUTE)
    expect([old!.weight, pool.members[0]!.weight]).toEqual([9, 1])
    expect([pool.members[0]!.slab === slab, pool.members[0]!.at]).toEqual([true, at])
    expect(pool.latency(pool.members[0]!, 0.5, 11 * MINUTE)).toBeUndefined()
  })

  it('takes a weight that is no weight as 1, and 0 as next to nothing', () => {
    const pool = new EndpointPool<string>()
    pool.update([spec('a', -1), spec('b', Number.NaN), spec('c', 0)], 0)
    expect(pool.members.slice(0, 2).map(({ weight }) => weight)).toEqual([1, 1])
    expect(pool.members[2]!.weight).toBeCloseTo(0, 5)
  })

  it('counts its changes and never changes a list in place', () => {
    const pool = new EndpointPool<string>()
    pool.update([spec('a')], 0)
    const { members, version } = pool
    pool.update([spec('a'), spec('b')], 0)
    expect([members.length, pool.members.length, pool.version - version]).toEqual([1, 2, 1])
  })
})
