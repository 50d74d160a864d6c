import { describe, expect, it } from 'vitest'
import type { Change, ChangeType } from './decisions.ts'
import { endpointLanes } from './endpoint-lanes.ts'
import type { Lane } from './lane.ts'

const change = (at: number, type: ChangeType, more: Partial<Change> = {}): Change => ({ at, by: 'client', service: 'catalog', type, endpoint: 'a', ...more })
const ejected = (at: number, more: Partial<Change> = {}): Change => change(at, 'ejected', { why: 'consecutive', consecutive: 5, length: 5_000, ...more })

function laneOf(changes: readonly Change[], name = 'a'): Lane {
  const lane = endpointLanes({ changes }, ['a', 'b']).find((each) => each.name === name)
  if (lane === undefined) throw new Error('no lane')
  return lane
}
const shown = ({ spans }: Lane): unknown[] => spans.map(({ kind, from, to }) => [kind, from, to])
const marks = (lane: Lane): unknown[] => lane.marks.map(({ kind, at }) => [kind, at])

describe('the lane of an endpoint', () => {
  it('is empty where nothing was decided about it', () => {
    expect(laneOf([ejected(10)], 'b')).toEqual({ name: 'b', spans: [], marks: [] })
  })

  it('has it out from its ejection to its return, with why, and its probe between', () => {
    const lane = laneOf([ejected(10), change(20, 'probe'), change(25, 'returned', { outFor: 15 })])
    expect(lane.spans).toEqual([{ kind: 'ejected', from: 10, to: 25, label: '5 failed in a row', text: 'ejected: 5 failed in a row; for 5 s', by: 'client' }])
    expect(marks(lane)).toEqual([
      ['probe', 20],
      ['returned', 25]
    ])
  })

  it('is one span while its probes fail, and has a mark for each that did', () => {
    const lane = laneOf([ejected(10), change(20, 'probe'), ejected(22, { why: 'probe' }), change(40, 'probe'), change(41, 'returned', { outFor: 31 })])
    expect(shown(lane)).toEqual([['ejected', 10, 41]])
    expect(marks(lane)).toContainEqual(['probe-failed', 22])
  })

  it('has it out for good where it never returned', () => {
    expect(shown(laneOf([ejected(10)]))).toEqual([['ejected', 10, Infinity]])
  })

  it('has it out for as long as its return says, where its ejection is not among what was kept', () => {
    expect(shown(laneOf([change(25, 'returned', { outFor: 15 })]))).toEqual([['ejected', 10, 25]])
  })

  it('ends when it is a member no longer', () => {
    const removed: Change = { at: 30, by: 'client', service: 'catalog', type: 'endpoints-changed', known: 1, added: [], removed: ['a'] }
    expect(shown(laneOf([ejected(10), removed]))).toEqual([['ejected', 10, 30]])
  })

  it('has each process for itself', () => {
    const lane = laneOf([ejected(10, { by: 'client-1' }), ejected(12, { by: 'client-2' }), change(20, 'returned', { by: 'client-2', outFor: 8 })])
    expect(lane.spans.map(({ by, from, to }) => [by, from, to])).toEqual([
      ['client-1', 10, Infinity],
      ['client-2', 12, 20]
    ])
  })

  it('is kept off without a gap while it goes on asking', () => {
    const off = (at: number, until: number): Change => change(at, 'kept-off', { until })
    expect(shown(laneOf([off(10, 20), off(15, 30), off(40, 50)]))).toEqual([
      ['kept-off', 10, 30],
      ['kept-off', 40, 50]
    ])
  })

  it('is unreachable from one check to another', () => {
    const lane = laneOf([change(10, 'unreachable', { complaint: 'status 500' }), change(30, 'reachable', { outFor: 20 })])
    expect(lane.spans).toMatchObject([{ kind: 'unreachable', from: 10, to: 30, label: 'status 500' }])
  })

  it('shades how severe its errors were, until they fade or it is back', () => {
    const severity = (at: number, value: number): Change => change(at, 'severity-changed', { severity: value })
    const lane = laneOf([severity(10, 0.1), severity(20, 1.2), severity(30, 0.005), severity(40, 0.6), ejected(45), change(50, 'returned', { outFor: 5 })])
    expect(lane.spans.filter(({ kind }) => kind === 'severity').map(({ from, to, strength }) => [from, to, strength])).toEqual([
      [10, 20, 0.4],
      [20, 30, 0.8],
      [40, 50, 0.6]
    ])
  })

  it('marks an ejection that was held back', () => {
    const lane = laneOf([change(10, 'ejection-suppressed', { why: 'last', would: 'consecutive' })])
    expect(lane.spans).toEqual([])
    expect(lane.marks).toEqual([{ at: 10, kind: 'held', text: 'not ejected: it is the last one', by: 'client' }])
  })
})
