import { manualClock } from '@inmesh/testing'
import { describe, expect, test } from 'vitest'
import { Switches } from './switches.ts'

function switches(): { readonly on: Switches; readonly clock: ReturnType<typeof manualClock> } {
  const clock = manualClock()
  return { on: new Switches(() => clock.now()), clock }
}

describe('a switch', () => {
  test('is on for its service alone, until its time is up', () => {
    const { on, clock } = switches()
    on.turnOn('catalog', 100)
    clock.advance(99)
    expect([on.isOn('catalog'), on.isOn('stock')]).toEqual([true, false])
    clock.advance(1)
    expect(on.isOn('catalog')).toBe(false)
  })

  test('is ended sooner by what turning it on answered', () => {
    const { on } = switches()
    const stop = on.turnOn('catalog', 100)
    stop()
    stop()
    expect(on.isOn('catalog')).toBe(false)
  })

  test('is replaced by a later one for the same service, which the first one does not end', () => {
    const { on, clock } = switches()
    const stop = on.turnOn('catalog', 100)
    on.turnOn('catalog', 200)
    stop()
    clock.advance(199)
    expect(on.isOn('catalog')).toBe(true)
    clock.advance(1)
    expect(on.isOn('catalog')).toBe(false)
  })

  test('is refused where 500 are on already, which those are not whose time is up', () => {
    const { on, clock } = switches()
    for (let i = 0; i < 500; i++) on.turnOn(`s${i}`, 100)
    expect(() => on.turnOn('one more', 100)).toThrow(new RangeError('traceAll: 500 services are traced already (accepted: 500 at most; end others, or wait)'))
    expect(() => on.turnOn('s7', 100)).not.toThrow()
    clock.advance(100)
    on.turnOn('one more', 100)
    expect(on.isOn('one more')).toBe(true)
  })
})
