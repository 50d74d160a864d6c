import { describe, expect, it } from 'vitest'
import { MOST_CHANGES } from './decisions.ts'
import type { Change, Decisions } from './decisions.ts'
import { mergeDecisions } from './merge.ts'

function told(by: string, more: Partial<Decisions> = {}): Decisions {
  return { by: [by], every: 1_000, changes: [], beyond: {}, counts: [], ...more }
}
const storm = (by: string, at: number): Change => ({ at, by, service: 'catalog', type: 'storm', share: 0 })

describe('decisions of several processes', () => {
  it('are nothing where nobody tells any', () => {
    expect(mergeDecisions([])).toBeUndefined()
    expect(mergeDecisions([{ ...told(''), by: [] }])).toBeUndefined()
  })

  it('are in the order of time, and counted together', () => {
    const merged = mergeDecisions([
      told('client', { changes: [storm('client', 5), storm('client', 30)], counts: [{ service: 'catalog', type: 'retried', each: [1, 2] }] }),
      told('front-1', { changes: [storm('front-1', 10)], counts: [{ service: 'catalog', type: 'retried', each: [0, 1, 7] }] })
    ])
    expect(merged).toMatchObject({ by: ['client', 'front-1'], counts: [{ each: [1, 3, 7] }] })
    expect(merged?.changes.map(({ at, by }) => [at, by])).toEqual([
      [5, 'client'],
      [10, 'front-1'],
      [30, 'client']
    ])
  })

  it('have no gap: where one has left out some, those of the others end there too', () => {
    const merged = mergeDecisions([
      told('client', { changes: [storm('client', 5)], beyond: { storm: { count: 4, from: 8 } } }),
      told('front-1', { changes: [storm('front-1', 7), storm('front-1', 9)] })
    ])
    expect(merged?.changes.map(({ at }) => at)).toEqual([5, 7])
    expect(merged?.beyond).toEqual({ storm: { count: 5, from: 8 } })
  })

  it('are no more of one type than one process keeps', () => {
    const many = (by: string): Decisions => told(by, { changes: Array.from({ length: MOST_CHANGES }, (_, at) => storm(by, at)) })
    const merged = mergeDecisions([many('a'), many('b')])
    expect(merged?.changes).toHaveLength(MOST_CHANGES)
    expect(merged?.beyond.storm).toEqual({ count: MOST_CHANGES, from: MOST_CHANGES / 2 })
  })
})
