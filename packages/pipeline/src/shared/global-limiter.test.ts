import type { Millis } from '@inmesh/policy'
import { EngineModel, manualClock, seededRandom, type ManualClock, type ModelEngine } from '@inmesh/testing'
import { describe, expect, test } from 'vitest'
import { Observers } from '../observers.ts'
import { GlobalLimiter } from './global-limiter.ts'
import { SHARING_DEFAULTS, type SharingOptions } from './global-terms.ts'

const { scope: _, ...defaults } = SHARING_DEFAULTS

interface Begun {
  readonly clock: ManualClock
  readonly engine: ModelEngine
  readonly limiter: GlobalLimiter
}

/** A process that alone has a limit of 100 a second, and has held tokens of it for a while. */
function begun(options: SharingOptions = {}): Begun {
  const clock = manualClock()
  const engine = new EngineModel({ clock }).connect()
  const terms = { id: 'test/limit', rate: 100, per: 1000, burst: 20, maxKeys: 100, ...defaults, ...options }
  const limiter = new GlobalLimiter(terms, engine, { service: 'test', clock, observers: new Observers(), random: seededRandom(1) })
  for (let at = 0; at < 500; at += 20) {
    limiter.take('', clock.now(), 'CRITICAL')
    clock.advance(20)
  }
  return { clock, engine, limiter }
}

const take = ({ limiter, clock }: Begun): Millis => limiter.take('', clock.now(), 'CRITICAL')
const wait = ({ limiter, clock }: Begun): Millis => limiter.wait('', clock.now(), 'CRITICAL')
const available = ({ limiter, clock }: Begun): number => limiter.available('', clock.now(), 'CRITICAL')

/** Takes as long as it says that there is one. */
function takeAll(of: Begun): number {
  let taken = 0
  for (; wait(of) === 0; taken++) expect(take(of)).toBe(0)
  expect(take(of)).toBeGreaterThan(0)
  return taken
}

test('a limit of all processes shows why its engine is lost, the latest that is known, and no longer than that', () => {
  const { engine, limiter } = begun()
  const shown = (): unknown => limiter.inspect(500).shared
  engine.lose('READONLY')
  expect(shown()).toMatchObject({ state: 'lost', why: 'READONLY' })
  engine.lose('OOM')
  expect(shown()).toMatchObject({ state: 'lost', why: 'OOM' })
  engine.reach()
  expect(shown()).not.toHaveProperty('why')
})

describe('a limit of all processes tells beforehand', () => {
  test('how many it admits at once', () => {
    const of = begun()
    const told = available(of)
    expect(told).toBeGreaterThan(1)
    expect(takeAll(of)).toBe(told)
    expect(available(of)).toBe(0)
  })

  test('and of a key that it has not seen, its credit', () => {
    const of = begun()
    expect(of.limiter.available('new', of.clock.now(), 'CRITICAL')).toBeGreaterThan(1)
  })

  test.each([['local-share', 16], ['closed', 0]] as const)('with its engine lost and %s what it still holds and %i more', (engineLost, more) => {
    const of = begun({ engineLost })
    const { held } = of.limiter.inspect(of.clock.now()).shared ?? { held: 0 }
    of.engine.lose()
    expect([held > 0, available(of) - held]).toEqual([true, more])
    expect(takeAll(of)).toBe(held + more)
    expect(available(of)).toBe(0)
  })

  test('with its engine lost and open no end of it: as many as the burst', () => {
    const of = begun({ engineLost: 'open' })
    of.engine.lose()
    for (let i = 0; i < 1000; i++) expect(take(of)).toBe(0)
    expect([wait(of), available(of)]).toEqual([0, 20])
  })
})
