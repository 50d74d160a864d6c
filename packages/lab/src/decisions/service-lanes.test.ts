import { describe, expect, it } from 'vitest'
import type { Change, ChangeType, Count, Decisions } from './decisions.ts'
import { serviceLanes } from './service-lanes.ts'

const change = (at: number, type: ChangeType, more: Partial<Change> = {}): Change => ({ at, by: 'client', service: 'catalog', type, ...more })
const told = (changes: readonly Change[], counts: readonly Count[] = []): Decisions => ({ by: ['client'], every: 1_000, changes, beyond: {}, counts })

describe('the lanes of a service', () => {
  it('are none where nothing was decided', () => {
    expect(serviceLanes(told([]))).toEqual([])
  })

  it('have extra tries first, then those that were not sent, each with how many', () => {
    const counts: Count[] = [
      { service: 'catalog', type: 'refused', why: 'backup: worth', each: [0, 9] },
      { service: 'catalog', type: 'refused', why: 'limit: rate', each: [1] },
      { service: 'catalog', type: 'retried', each: [1, 0, 4] }
    ]
    expect(serviceLanes(told([], counts)).map(({ name, note, bars }) => [name, note, bars])).toEqual([
      ['retries', '5', [1, 0, 4]],
      ['no backup: worth', '9', [0, 9]],
      ['refused: limit: rate', '1', [1]]
    ])
  })

  it('show states as long as they last, and how much', () => {
    const [storm, panic] = serviceLanes(told([change(10, 'storm', { share: 0 }), change(20, 'storm', { share: 0.5 }), change(30, 'storm', { share: 1 }), change(40, 'panic', { on: true, available: 1, members: 5 })]))
    expect(storm?.spans.map(({ from, to, strength, label }) => [from, to, strength, label])).toEqual([
      [10, 20, 1, 'no backups'],
      [20, 30, 0.5, '50 %']
    ])
    expect(panic?.spans).toMatchObject([{ from: 40, to: Infinity, label: '1 of 5' }])
  })

  it('show a limit by its height, and between what it moved', () => {
    const [lane] = serviceLanes(told([change(0, 'concurrency', { limit: 10 }), change(50, 'concurrency', { limit: 40 })]))
    expect(lane).toMatchObject({ name: 'concurrency', note: '10–40' })
    expect(lane?.spans.map(({ from, to, strength }) => [from, to, strength])).toEqual([
      [0, 50, 0.25],
      [50, Infinity, 1]
    ])
  })

  it('are those of one service after the other, with the process where several tell', () => {
    const lanes = serviceLanes(told([change(1, 'overloaded', { by: 'front-1', service: 'front', limit: 4 }), change(2, 'overloaded', { by: 'front-2', service: 'front', limit: 5 }), change(3, 'budget-empty', { budget: 'retry' })]))
    expect(lanes.map(({ name, service }) => [service, name])).toEqual([
      ['catalog', 'budget empty'],
      ['front', 'overloaded, front-1'],
      ['front', 'overloaded, front-2'],
      ['front', 'admits, front-1'],
      ['front', 'admits, front-2']
    ])
  })

  it('are bounded, however many reasons and processes there are', () => {
    const counts = Array.from({ length: 50 }, (_, at): Count => ({ service: 'catalog', type: 'refused', why: `limit: ${at}`, each: [at] }))
    const changes = Array.from({ length: 50 }, (_, at) => change(at, 'concurrency', { by: `client-${at}`, limit: 3 }))
    const lanes = serviceLanes(told(changes, counts))
    expect(lanes).toHaveLength(24)
    expect(lanes[0]?.note).toBe('49')
  })
})
