import { describe, expect, it } from 'vitest'
import { draw } from '../random.ts'
import type { ServiceTime } from '../scenario/service-time.ts'
import { normalQuantile, serviceTimeAt } from './service-time.ts'

describe('service times', () => {
  it.each<[string, ServiceTime, number, number]>([
    ['constant', { kind: 'constant', value: 7 }, 0.3, 7],
    ['exponential at its median', { kind: 'exponential', mean: 10 }, 0.5, 10 * Math.LN2],
    ['normal at its mean', { kind: 'normal', mean: 10, deviation: 2 }, 0.5, 10],
    ['normal one deviation up', { kind: 'normal', mean: 10, deviation: 2 }, 0.8413447460685429, 12],
    ['normal never below zero', { kind: 'normal', mean: 1, deviation: 5 }, 0.01, 0],
    ['lognormal at its median', { kind: 'lognormal', median: 5, p99: 20 }, 0.5, 5],
    ['lognormal at its p99', { kind: 'lognormal', median: 5, p99: 20 }, 0.99, 20],
    ['bimodal, common', { kind: 'bimodal', common: 1, rare: 100, rareShare: 0.1 }, 0.89, 1],
    ['bimodal, rare', { kind: 'bimodal', common: 1, rare: 100, rareShare: 0.1 }, 0.91, 100],
    [
      'quantiles, on a point',
      {
        kind: 'quantiles',
        points: [
          [0.5, 4],
          [1, 80]
        ]
      },
      0.5,
      4
    ],
    [
      'quantiles, between points',
      {
        kind: 'quantiles',
        points: [
          [0, 0],
          [0.5, 4],
          [1, 80]
        ]
      },
      0.75,
      42
    ]
  ])('%s', (_, law, u, expected) => {
    expect(serviceTimeAt(law, u)).toBeCloseTo(expected, 6)
  })

  it('have the mean of their law', () => {
    const sigma = Math.log(4) / 2.3263478740408408
    const times = Array.from({ length: 50_000 }, (_, call) =>
      serviceTimeAt({ kind: 'lognormal', median: 5, p99: 20 }, draw(1, call))
    )
    const mean = times.reduce((sum, time) => sum + time, 0) / times.length
    expect(Math.abs(mean / (5 * Math.exp(sigma ** 2 / 2)) - 1)).toBeLessThan(0.01)
  })
})

it.each([
  [0.001, -3.090232306],
  [0.02425, -1.972961],
  [0.5, 0],
  [0.9, 1.281551566],
  [0.999, 3.090232306]
])('knows the normal quantile of %f', (u, expected) => expect(normalQuantile(u)).toBeCloseTo(expected, 5))
