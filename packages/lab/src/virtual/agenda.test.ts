import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Agenda } from './agenda.ts'
import { BOUNDS, Watch } from './bounds.ts'

type Act = { readonly at: number; readonly cancels?: number | undefined }

/** Timers set at the start and, by every third that fires, on the way; some cancel others. What fires is written down. */
function play(acts: readonly Act[], tick: number, start: number): string[] {
  const agenda = new Agenda({ tick, start })
  const fired: string[] = []
  const timers = acts.map(({ at, cancels }, number) =>
    agenda.schedule(
      start + at,
      false,
      () => {
        fired.push(`${number} at ${agenda.now()}`)
        if (cancels !== undefined) timers[cancels % timers.length]?.cancel()
        if (number % 3 === 0)
          agenda.schedule(
            agenda.now() + at / 2,
            false,
            () => void fired.push(`after ${number} at ${agenda.now()}`),
            undefined
          )
      },
      undefined
    )
  )
  agenda.run()
  expect(agenda.pending).toBe(0)
  return fired
}

/** The same by looking through a list. */
function playPlainly(acts: readonly Act[], start: number): string[] {
  const fired: string[] = []
  const waiting = acts.map(({ at }, number) => ({ at: start + at, order: number, number, own: true }))
  let order = waiting.length
  for (;;) {
    waiting.sort((a, b) => a.at - b.at || a.order - b.order)
    const next = waiting.shift()
    if (next === undefined) return fired
    const { at = 0, cancels } = acts[next.number] ?? {}
    if (!next.own) {
      fired.push(`after ${next.number} at ${next.at}`)
      continue
    }
    fired.push(`${next.number} at ${next.at}`)
    const cancelled =
      cancels === undefined ? -1 : waiting.findIndex(({ number, own }) => own && number === cancels % acts.length)
    if (cancelled >= 0) waiting.splice(cancelled, 1)
    if (next.number % 3 === 0) waiting.push({ at: next.at + at / 2, order: order++, number: next.number, own: false })
  }
}

const instants = fc.oneof(
  fc.integer({ min: 0, max: 40 }),
  fc.double({ min: 0, max: 1e4, noNaN: true }),
  fc.double({ min: 0, max: 1e9, noNaN: true })
)
const acts = fc.array(fc.record({ at: instants, cancels: fc.option(fc.nat(), { nil: undefined }) }), { maxLength: 60 })

describe('the agenda', () => {
  it('fires in the order of instants, equal ones as they were set, whatever its buckets, and never what was cancelled', () => {
    fc.assert(
      fc.property(acts, fc.constantFrom(0.25, 1, 64), fc.constantFrom(0, 12_345.678), (list, tick, start) => {
        expect(play(list, tick, start)).toEqual(playPlainly(list, start))
      }),
      { numRuns: 300 }
    )
  })

  it('takes an instant that is over for now, and Infinity for never', () => {
    const agenda = new Agenda()
    const fired: number[] = []
    agenda.schedule(
      10,
      false,
      () => void agenda.schedule(3, false, () => void fired.push(agenda.now()), undefined),
      undefined
    )
    agenda.schedule(Infinity, false, () => void fired.push(Infinity), undefined).cancel()
    agenda.run()
    expect(fired).toEqual([10])
    expect(() => agenda.schedule(Number.NaN, false, () => {}, undefined)).toThrow(/undefined/)
  })

  it('stops at an instant, and goes on from there', () => {
    const agenda = new Agenda()
    const fired: number[] = []
    for (const at of [1, 5, 2_000, 5_000_000])
      agenda.schedule(at, false, () => void fired.push(agenda.now()), undefined)
    agenda.run(1_999)
    expect([fired, agenda.now(), agenda.pending]).toEqual([[1, 5], 1_999, 2])
    agenda.schedule(1_999.5, false, () => void fired.push(agenda.now()), undefined)
    agenda.run()
    expect(fired).toEqual([1, 5, 1_999.5, 2_000, 5_000_000])
  })

  it('leaves nothing behind of what is cancelled', () => {
    const agenda = new Agenda()
    const timers = Array.from({ length: 1_000 }, (_, at) => agenda.schedule(at * 977, false, () => {}, undefined))
    for (const timer of timers) timer.cancel()
    for (const timer of timers) timer.cancel()
    expect(agenda.pending).toBe(0)
    agenda.run()
    expect(agenda.events).toBe(0)
  })
})

describe('bounds', () => {
  /** Two timers for ever. */
  function endless(): Agenda {
    const agenda = new Agenda()
    const again = (): void => void agenda.schedule(agenda.now() + 1, false, again, undefined)
    again()
    again()
    return agenda
  }

  it.each([
    [{ events: 1_000 }, 'events'],
    [{ wall: 20 }, 'wall'],
    [{ memory: 1 }, 'memory']
  ] as const)('end a run that would go on for ever: %o', (bounds, hit) => {
    const agenda = endless()
    const watch = new Watch({ ...BOUNDS, ...bounds })
    agenda.run(Infinity, watch)
    expect(watch.hit).toBe(hit)
    expect(agenda.pending).toBeGreaterThan(0)
    if (hit === 'events') expect(agenda.events).toBe(1_000)
  })
})
