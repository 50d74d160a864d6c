import { testService } from '@inmesh/testing'
import { describe, expect, test } from 'vitest'
import { ambient, withAmbient, type Ambient } from './ambient.ts'

const context = (own: Partial<Ambient>): Ambient => ({ deadline: Infinity, criticality: undefined, noRetry: false, ...own })

describe('the context around a call', () => {
  test('is inherited through promises and gone outside', async () => {
    const seen = await withAmbient(context({ deadline: 50 }), async () => {
      await Promise.resolve()
      return ambient()?.deadline
    })
    expect(seen).toBe(50)
    expect(ambient()).toBeUndefined()
  })

  test('only tightens: a deadline shrinks, "do not retry" stays, criticality is what was said last', () => {
    withAmbient(context({ deadline: 50, noRetry: true, criticality: 'SHEDDABLE' }), () => {
      withAmbient(context({ deadline: 80, criticality: 'CRITICAL' }), () => {
        expect(ambient()).toMatchObject({ deadline: 50, noRetry: true, criticality: 'CRITICAL' })
      })
      withAmbient(context({ deadline: 20 }), () => {
        expect(ambient()).toMatchObject({ deadline: 20, noRetry: true, criticality: 'SHEDDABLE' })
      })
    })
  })

  test('reaches a call made beneath: deadline, criticality, chain guard', () => {
    const s = testService({ drop: { ratios: { SHEDDABLE: 1 } } })
    s.backend.on().hang()
    const inherited = withAmbient(context({ deadline: 30 }), () => s.call())
    const own = withAmbient(context({ deadline: 30 }), () => s.call({ timeout: 10 }))
    const longer = withAmbient(context({ deadline: 30 }), () => s.call({ timeout: 100 }))
    expect([inherited.deadline, own.deadline, longer.deadline]).toEqual([30, 10, 30])
    const dropped = withAmbient(context({ criticality: 'SHEDDABLE' }), () => s.call())
    expect(dropped.error).toMatchObject({ code: 'INMESH_DROPPED' })
    const overruled = withAmbient(context({ criticality: 'SHEDDABLE' }), () => s.call({ criticality: 'CRITICAL_PLUS' }))
    expect(overruled.settled).toBe(false)
  })

  test('a call for a request that is a retry itself is not retried again below', () => {
    const s = testService()
    s.backend.on().reply(503)
    const guarded = withAmbient(context({ noRetry: true }), () => s.call())
    s.clock.advance(500)
    expect(guarded.tries).toHaveLength(1)
    const free = s.call()
    s.clock.advance(500)
    expect(free.tries).toHaveLength(2)
  })
})
