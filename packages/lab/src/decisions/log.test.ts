import type { MeshEvent } from '@inmesh/pipeline'
import { describe, expect, it } from 'vitest'
import { MOST_CHANGES, MOST_COUNTS } from './decisions.ts'
import { DecisionLog } from './log.ts'

const base = { service: 'catalog', endpoint: 'http://127.0.0.1:1' } as const
const ejected = (at: number): MeshEvent =>
  ({ ...base, type: 'ejected', at, why: 'consecutive', until: at + 5_000, length: 5_000, ejections: 1, tries: 9, failures: 5, consecutive: 5 })
const retried = (at: number): MeshEvent => ({ type: 'retried', service: 'catalog', at, operation: 'GET', ordinal: 1, after: 3 })
const refused = (at: number, why: string): MeshEvent => ({ type: 'refused', service: 'catalog', at, operation: 'GET', policy: 'retry', why })

function logOf(...events: readonly MeshEvent[]): DecisionLog {
  const log = new DecisionLog({ every: 1_000, duration: 3_000, nameOf: (key) => (key === base.endpoint ? 'catalog-1' : key) })
  const hear = log.observer('client')
  log.begin(-1_000)
  for (const event of events) hear(event)
  return log
}

describe('a log of decisions', () => {
  it('keeps changes of state with the time of the run, the name of the scenario and what they were judged on', () => {
    const { by, changes } = logOf(ejected(2_500.12345), { ...base, type: 'kept-off', at: 2_600, until: 3_600 }).result()
    expect(by).toEqual(['client'])
    expect(changes).toEqual([
      { at: 1_500.123, by: 'client', service: 'catalog', type: 'ejected', endpoint: 'catalog-1', why: 'consecutive', length: 5_000, ejections: 1, tries: 9, failures: 5, consecutive: 5 },
      { at: 1_600, by: 'client', service: 'catalog', type: 'kept-off', endpoint: 'catalog-1', until: 2_600 }
    ])
  })

  it('counts what is decided for single calls, by step and reason', () => {
    const log = logOf(retried(1_000), retried(1_999), retried(2_000), refused(2_500, 'budget'), refused(2_600, 'budget'), refused(2_700, 'rule'))
    expect(log.result().counts).toEqual([
      { service: 'catalog', type: 'retried', each: [2, 1] },
      { service: 'catalog', type: 'refused', why: 'retry: budget', each: [0, 2] },
      { service: 'catalog', type: 'refused', why: 'retry: rule', each: [0, 1] }
    ])
  })

  it('counts nothing of the warm-up, nor of what comes after the measured time', () => {
    expect(logOf(retried(999), retried(4_000)).result().counts).toEqual([])
  })

  it('counts nothing while nobody knows when the warm-up ends, and tells changes of then by the time of the run', () => {
    const log = new DecisionLog({ every: 1_000, duration: 3_000, nameOf: (key) => key })
    const hear = log.observer('client')
    hear(retried(1_200))
    hear(ejected(400))
    log.begin(-1_000)
    expect(log.result().counts).toEqual([])
    expect(log.result().changes[0]?.at).toBe(-600)
  })

  it('does not keep what every call tells', () => {
    const picked: MeshEvent = { ...base, type: 'picked', at: 2_000, operation: 'GET', cause: 'first', ordinal: 0, by: 'latency', cost: 1, median: 1, among: 3, of: 3 }
    expect(logOf(picked).result()).toMatchObject({ changes: [], counts: [], beyond: {} })
  })

  it('keeps as many of each type as it may, and says how many there were more and from when', () => {
    const severities = Array.from({ length: MOST_CHANGES + 3 }, (_, at): MeshEvent => ({ ...base, type: 'severity-changed', at: 1_000 + at, severity: 1 }))
    const { changes, beyond } = logOf(...severities, ejected(3_500)).result()
    expect(changes).toHaveLength(MOST_CHANGES + 1)
    expect(changes.at(-1)).toMatchObject({ type: 'ejected', at: 2_500 })
    expect(beyond).toEqual({ 'severity-changed': { count: 3, from: MOST_CHANGES } })
  })

  it('counts reasons beyond the bound together', () => {
    const events = Array.from({ length: MOST_COUNTS + 50 }, (_, at) => refused(1_500, `reason ${at}`))
    const { counts } = logOf(...events).result()
    expect(counts).toHaveLength(MOST_COUNTS + 1)
    expect(counts.at(-1)).toEqual({ service: 'catalog', type: 'refused', why: 'other', each: [50] })
  })

  it('holds plain data of bounded size', () => {
    const failed: MeshEvent = { type: 'discovery-failed', service: 'catalog', at: 2_000, error: new Error('x'.repeat(5_000)) }
    const changed: MeshEvent = { type: 'endpoints-changed', service: 'catalog', at: 2_000, known: 90, added: Array.from({ length: 90 }, (_, at) => `a${at}`), removed: [base.endpoint] }
    const [error, endpoints] = logOf(failed, changed).result().changes
    expect(error?.['error']).toBe(`${'x'.repeat(200)}…`)
    expect(endpoints).toMatchObject({ known: 90, removed: ['catalog-1'] })
    expect(endpoints?.['added']).toHaveLength(20)
  })
})
