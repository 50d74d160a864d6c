import { testService } from '@inmesh/testing'
import { describe, expect, test } from 'vitest'
import { ambient, beginAmbient, withAmbient, type Ambient } from './ambient.ts'
import { composeWith } from './compose.ts'
import { CancelScope } from './scope.ts'

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

  test('begins anew for what nothing around it is the cause of', () => {
    withAmbient(context({ deadline: 50, noRetry: true }), () => {
      beginAmbient(context({ deadline: 80 }), () => expect(ambient()).toMatchObject({ deadline: 80, noRetry: false }))
      beginAmbient(undefined, () => expect(ambient()).toBeUndefined())
      expect(ambient()?.deadline).toBe(50)
    })
  })

  test('gives up every call beneath when the request that they are for is given up, and keeps none that has ended', () => {
    const s = testService()
    s.backend.on().hang()
    const request = new CancelScope()
    const calls = withAmbient(context({ scope: request }), () => [s.call(), withAmbient(context({ deadline: 500 }), () => s.call())])
    const error = new Error('hung up')
    request.cancel({ why: 'caller', error })
    for (const call of calls) expect(call).toMatchObject({ outcome: { kind: 'ignored', why: 'caller' }, error, cancelled: { why: 'caller' } })
    const late = withAmbient(context({ scope: request }), () => s.call())
    expect(late).toMatchObject({ outcome: { kind: 'ignored', why: 'caller' }, error })
    expect(late.tries).toHaveLength(0)

    s.backend.on().reply(200)
    const other = new CancelScope()
    const ended = withAmbient(context({ scope: other }), () => s.call())
    s.clock.advance(100)
    ended.read()
    expect(ended.outcome).toMatchObject({ kind: 'success' })
    expect(other.idle).toBe(true)
  })

  test('ends every call beneath as too late when time is up for the request that they are for', () => {
    const s = testService()
    s.backend.on().hang()
    const request = new CancelScope()
    const call = withAmbient(context({ scope: request, deadline: 30 }), () => s.call())
    request.cancel({ why: 'deadline' })
    expect(call).toMatchObject({ outcome: { code: 'DEADLINE_EXCEEDED' }, error: { code: 'INMESH_DEADLINE_EXCEEDED' } })
    expect(request.idle).toBe(true)
  })

  test('tells a promise why it was given up', async () => {
    const request = new CancelScope()
    const hang = composeWith({}, []).wrap(() => new Promise(() => {}))
    const call = withAmbient(context({ scope: request }), () => hang())
    const error = new Error('hung up')
    request.cancel({ why: 'caller', error })
    await expect(call).rejects.toBe(error)
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

  test('hears of a call beneath that failed for its caller, and not of one that a retry saved or its caller left', () => {
    const ends = (act: (below: { failed: boolean }) => void): boolean => {
      const below = { failed: false }
      withAmbient(context({ below }), () => withAmbient(context({ deadline: 5_000 }), () => act(below)))
      return below.failed
    }
    const failing = testService()
    failing.backend.on().reply(503)
    expect(ends(() => {
      failing.call()
      failing.clock.advance(500)
    })).toBe(true)
    const saved = testService()
    saved.backend.on().reply(503)
    saved.backend.on().reply(200)
    expect(ends(() => {
      saved.call()
      saved.clock.advance(500)
    })).toBe(false)
    const left = testService()
    left.backend.on().hang()
    expect(ends(() => left.call().abandon(new Error('gone')))).toBe(false)
  })
})
