import { testService } from '@inmesh/testing'
import { describe, expect, test } from 'vitest'

describe('dropping', () => {
  test('takes a share of the calls out, before they cost anything', () => {
    const s = testService({ drop: { ratios: 0.3 } }, { seed: 2 })
    s.series(2000, 1)
    const dropped = s.calls.filter(({ error }) => error !== undefined)
    expect(dropped.length / 2000).toBeGreaterThanOrEqual(0.27)
    expect(dropped.length / 2000).toBeLessThan(0.33)
    expect(s.backend.sent).toHaveLength(2000 - dropped.length)
  })

  test('goes by criticality where the ratios do; what is not named passes', () => {
    const s = testService({ drop: { ratios: { SHEDDABLE: 1, SHEDDABLE_PLUS: 0 } } })
    const gone = (['CRITICAL_PLUS', 'CRITICAL', 'SHEDDABLE_PLUS', 'SHEDDABLE'] as const).map((criticality) => s.call({ criticality }).settled)
    expect(gone).toEqual([false, false, false, true])
  })

  test('goes by the service’s criticality for calls that do not say', () => {
    const s = testService({ criticality: 'SHEDDABLE', drop: { ratios: { SHEDDABLE: 1 } } })
    expect(s.call().error).toMatchObject({ code: 'INMESH_DROPPED', policy: 'drop', numbers: { ratio: 1, criticality: 'SHEDDABLE' } })
    expect(s.recorder.last('refused')).toMatchObject({ policy: 'drop', criticality: 'SHEDDABLE' })
  })

  test('of everything takes the callee out', () => {
    const s = testService({ drop: { ratios: 1 } })
    s.series(100, 0)
    expect(s.backend.sent).toHaveLength(0)
    s.assertReleased()
  })
})
