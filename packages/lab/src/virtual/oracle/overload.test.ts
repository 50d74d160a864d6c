import { describe, expect, it, vi } from 'vitest'
import { sampleScenario } from '../../sample.test-support.ts'
import type { Scenario } from '../../scenario/scenario.ts'
import { runVirtual } from '../world.ts'
import { bestGoodput, bestGoodputOf, saturationOf } from './overload.ts'

// Many calls: some seconds where others want the machine too.
vi.setConfig({ testTimeout: 60_000 })

const overloaded = (rate: number): Scenario =>
  sampleScenario({
    services: { catalog: { replicas: 2, slots: 2, queue: 10, serviceTime: { kind: 'exponential', mean: 10 } } },
    load: { arrivals: 'poisson', rate, warmUp: '2s', duration: '60s', classes: [{ method: 'POST', path: '/' }] },
    contenders: [{ peer: 'least-request' }]
  })

describe('what an overload leaves at best', () => {
  it('is the capacity: slots over the mean time in one', () => {
    expect(saturationOf(overloaded(100))).toBeCloseTo(400, 9)
  })

  it('is f_sat ÷ f, and all of it below saturation', () => {
    expect([bestGoodput(400, 800), bestGoodput(400, 200), bestGoodput(400, 0)]).toEqual([0.5, 1, 1])
  })

  it('is what a service that is never idle serves', () => {
    const scenario = overloaded(1_200)
    const { outcome } = runVirtual(scenario, scenario.contenders[0]!, 1).result
    const served = outcome.filter((each) => each === 1).length / outcome.length
    expect(Math.abs(served / bestGoodputOf(scenario) - 1)).toBeLessThan(0.03)
  })

  it('counts what a call calls: a service that is called three times for each has a third', () => {
    const scenario = sampleScenario({
      services: {
        front: { replicas: 1, slots: 100, serviceTime: { kind: 'constant', value: 1 }, calls: [{ calls: [{ service: 'catalog', count: 3 }] }] },
        catalog: { replicas: 3, slots: 2, serviceTime: { kind: 'constant', value: 10 } }
      }
    })
    expect(saturationOf(scenario)).toBeCloseTo(200, 9)
  })
})
