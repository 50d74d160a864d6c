import { describe, expect, it } from 'vitest'
import { draw } from '../random.ts'
import { sampleScenario } from '../sample.test-support.ts'
import { serviceTimeAt } from '../workload/service-time.ts'
import { utilizations } from './capacity.ts'
import { openLoad } from './load.ts'
import { meanOf } from './service-time.ts'
import type { ServiceTime } from './service-time.ts'

describe('the mean of a distribution', () => {
  it.each<[ServiceTime]>([
    [{ kind: 'constant', value: 7 }],
    [{ kind: 'exponential', mean: 10 }],
    [{ kind: 'normal', mean: 20, deviation: 2 }],
    [{ kind: 'lognormal', median: 5, p99: 20 }],
    [{ kind: 'pareto', min: 2, shape: 3 }],
    [{ kind: 'pareto', min: 2, shape: 1, max: 50 }],
    [{ kind: 'pareto', min: 2, shape: 1.4, max: 50 }],
    [{ kind: 'bimodal', common: 1, rare: 100, rareShare: 0.1 }],
    [
      {
        kind: 'quantiles',
        points: [
          [0.5, 4],
          [0.9, 10],
          [1, 80]
        ]
      }
    ]
  ])('of $kind is what its draws have', (law) => {
    const size = 200_000
    let sum = 0
    for (let call = 0; call < size; call++) sum += serviceTimeAt(law, draw(3, call))
    expect(Math.abs(sum / size / meanOf(law) - 1)).toBeLessThan(0.012)
  })

  it('is infinite where the tail is too heavy', () => {
    expect(meanOf({ kind: 'pareto', min: 1, shape: 1 })).toBe(Infinity)
  })
})

describe('a load by utilization', () => {
  const classes = [{ method: 'GET' as const, path: '/' }]

  it('is the rate that keeps this share of the slots busy', () => {
    const { load } = sampleScenario({
      services: { catalog: { replicas: 5, slots: 4, serviceTime: { kind: 'exponential', mean: 10 } } },
      load: { arrivals: 'poisson', utilization: 0.7, duration: '1s', classes }
    })
    // 20 slots of 10 ms serve 2,000 a second.
    expect(openLoad(load).rate).toBeCloseTo(1_400, 6)
  })

  it('counts slow replicas for less, and what services call of each other', () => {
    const { services, load } = sampleScenario({
      services: {
        front: {
          replicas: 2,
          slots: 1,
          serviceTime: { kind: 'constant', value: 10 },
          overrides: [{ replica: 'front-2', timeFactor: 2 }],
          calls: [
            {
              calls: [
                { service: 'back', count: 3 },
                { service: 'back', to: 'all', timeFactor: 2 }
              ]
            }
          ]
        },
        back: { replicas: 4, slots: 5, serviceTime: { kind: 'constant', value: 10 } }
      },
      load: { arrivals: 'uniform', utilization: 0.5, duration: '1s', classes }
    })
    // front: 0.01 busy slots a call of 1.5; back: 3 · 0.01 + 4 · 0.02 of 20.
    expect(utilizations(services, load.classes)).toEqual({ front: 0.01 / 1.5, back: expect.closeTo(0.11 / 20, 12) })
    expect(openLoad(load).rate).toBeCloseTo(75, 9)
  })
})
