import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { MakeClient } from './contract.ts'
import { calledAt, run } from './run.test-support.ts'

describe('what an oracle sees', () => {
  it('is exactly what happens: a call is worked on after the wait, for the service time, network and all', () => {
    const laws = fc.constantFrom({ kind: 'exponential', mean: 10 } as const, { kind: 'constant', value: 7 } as const)
    const delays = fc.constantFrom(undefined, { kind: 'constant', value: 3 } as const)
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 100 }), { minLength: 1, maxLength: 40 }),
        fc.integer({ min: 1, max: 3 }),
        laws,
        delays,
        fc.nat(),
        (instants, slots, serviceTime, delay, seed) => {
          const foretold: number[] = []
          const seer: MakeClient = ({ upstreams: [first], clock, clairvoyance }) => ({
            call: (call, sink) => {
              if (first === undefined) throw new Error('no upstream')
              const now = clock.now()
              const travel = delay?.value ?? 0
              // The wait is from now; what is left of it when the call arrives is what it waits there.
              const wait = Math.max(travel, clairvoyance.wait(first, now))
              foretold[call.index] = wait + clairvoyance.serviceTime(call, first, now) + travel
              first.send(call, 0, { onHead: (outcome, at) => sink.onEnd(call, outcome, at) })
            },
            members: () => {}
          })
          const scenario = calledAt(
            [...instants].sort((a, b) => a - b),
            { slots, serviceTime, network: delay === undefined ? {} : { delay } }
          )
          const { result } = run(scenario, { make: seer, seed })
          for (const [call, latency] of result.latency.entries()) expect(latency).toBeCloseTo(foretold[call] ?? 0, 6)
        }
      ),
      { numRuns: 150 }
    )
  })

  it('says never of a replica that is down, stands still or cannot be reached, and what it fails', () => {
    const seen: unknown[] = []
    const seer: MakeClient = ({ upstreams: [first], clock, clairvoyance }) => ({
      call: (call, sink) => {
        if (first === undefined) throw new Error('no upstream')
        const now = clock.now()
        seen.push([
          clairvoyance.wait(first, now),
          clairvoyance.serviceTime(call, first, now),
          clairvoyance.failure(call, first, now)?.code
        ])
        sink.onEnd(call, { kind: 'success', code: 'OK' }, now)
      },
      members: () => {}
    })
    const at = (from: number) => ({ replica: 'catalog-1', at: from, for: 50 })
    const faults = [
      { ...at(100), kind: 'hang' as const },
      { ...at(200), kind: 'kill' as const },
      { ...at(300), kind: 'partition' as const },
      { ...at(400), kind: 'fail' as const },
      { ...at(500), kind: 'slow' as const, factor: 3 }
    ]
    run(calledAt([0, 100, 200, 300, 400, 500], {}, { faults }), { make: seer })
    expect(seen).toEqual([
      [0, 10, undefined],
      [Infinity, 10, undefined],
      [Infinity, 10, 'UNAVAILABLE'],
      [Infinity, Infinity, undefined],
      [0, 10, 'UNAVAILABLE'],
      [0, 30, undefined]
    ])
  })
})
