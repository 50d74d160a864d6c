import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { sampleInput, sampleScenario } from '../sample.test-support.ts'
import { peers } from '../virtual/peers/index.ts'
import { openLoad } from './load.ts'
import { ScenarioError } from './mistakes.ts'
import { parseScenario, readScenario } from './parse.ts'

function mistakesOf(input: unknown): string[] {
  try {
    parseScenario(input)
  } catch (error) {
    if (error instanceof ScenarioError)
      return error.mistakes.map(({ path, got, accepted }) => `${path}: ${got}; ${accepted}`)
    throw error
  }
  return []
}

describe('a scenario', () => {
  it('gets its defaults and names', () => {
    const scenario = sampleScenario({
      faults: [{ kind: 'hang', replica: 'catalog-2', at: '1s', for: '500ms' }],
      load: { arrivals: 'poisson', rate: 50, duration: '3s', classes: [{ method: 'POST', path: '/orders' }] }
    })
    expect(scenario.faults).toEqual([
      { kind: 'hang', name: 'hang catalog-2', where: 'catalog-2', targets: ['catalog-2'], at: 1_000, for: 500 }
    ])
    expect(scenario.load.classes[0]).toMatchObject({ repeat: 'if-unprocessed', service: 'catalog', weight: 1 })
    expect(scenario.contenders[0]).toMatchObject({ name: 'undici', options: { timeout: 300 } })
    expect(scenario.seeds).toEqual([1])
  })

  it('is the bad day that ships', () => {
    const scenario = readScenario(fileURLToPath(new URL('../../scenarios/bad-day.json', import.meta.url)))
    expect(scenario.faults.map(({ kind }) => kind)).toEqual(['slow', 'fail', 'hang', 'kill', 'slow', 'hang'])
    expect(openLoad(scenario.load).rate).toBeLessThanOrEqual(200)
    const share = scenario.load.classes.find(({ method }) => method === 'POST')?.weight
    expect(share).toBe(0.2 * scenario.load.classes.reduce((sum, { weight }) => sum + weight, 0))
  })

  it('lists every mistake at once, with path, what was got and what is accepted', () => {
    const input = {
      ...sampleInput(),
      version: 2,
      services: { catalog: { replicas: 2, slot: 4, serviceTime: { kind: 'lognormal', median: '5 ms', p99: 3 } } },
      load: { ...sampleInput().load, rate: 'fast', classes: [{ method: 'GET', path: '/', repeat: 'maybe' }] },
      contenders: [{ peer: 'nginx' }],
      faults: [{ kind: 'hang', replica: 'catalog-9', at: 1, for: 2 }],
      asserts: [
        { metric: 'outOfTheWay', fault: 'nope', within: '2s' },
        { metric: 'latency', quantile: 'p99' }
      ]
    }
    expect(mistakesOf(input)).toEqual([
      'version: 2; 1',
      'services.catalog.serviceTime.median: "5 ms"; a duration: milliseconds as a number, or "250ms", "2s", "1m", "1h"',
      'services.catalog.slot: an unknown key; slots? Known here: replicas, protocol, work, slots, queue, admission, rejectCode, serviceTime, drawnBy, perConcurrent, failures, cancelled, coldStart, network, zones, overrides, calls, holdsSlot, reports, replyBytes',
      'load.rate: "fast"; a number',
      'load.classes[0].repeat: "maybe"; "concurrent" | "sequential" | "if-unprocessed" | "never"',
      `contenders[0].peer: "nginx"; ${['undici', 'grpc-js', 'inmesh', ...Object.keys(peers)].map((name) => `"${name}"`).join(' | ')}`,
      'faults[0].replica: "catalog-9"; catalog-1, catalog-2',
      'asserts[0].fault: "nope"; hang catalog-9',
      'asserts[1]: no bar; one of atMost, atMostTimesHealthy, atMostTimes'
    ])
  })

  it.each([
    [
      'a fault beyond the end',
      { faults: [{ kind: 'kill', replica: 'catalog-1', at: '2s', for: '2s' }] },
      'faults[0]: an end at 4 s'
    ],
    [
      'two faults at once on a replica',
      {
        faults: [
          { kind: 'kill', replica: 'catalog-1', at: 0, for: 900 },
          { kind: 'hang', replica: 'catalog-1', at: 800, for: 9 }
        ]
      },
      'faults[1]: a time that overlaps kill catalog-1'
    ],
    [
      'two faults of one name',
      {
        faults: [
          { kind: 'kill', replica: 'catalog-1', at: 0, for: 9 },
          { kind: 'kill', replica: 'catalog-1', at: 800, for: 9 }
        ]
      },
      'faults[1].name: "kill catalog-1" again'
    ],
    [
      'two contenders of one name',
      { contenders: [{ peer: 'undici' }, { peer: 'undici' }] },
      'contenders[1].name: "undici" again'
    ],
    ['no service', { services: {} }, 'services: {}; at least one service'],
    [
      'a p99 below the median',
      { services: { catalog: { replicas: 1, serviceTime: { kind: 'lognormal', median: 5, p99: 4 } } } },
      'services.catalog.serviceTime.p99: 4 ms'
    ],
    [
      'quantiles that fall',
      {
        services: {
          catalog: {
            replicas: 1,
            serviceTime: {
              kind: 'quantiles',
              points: [
                [0.5, 9],
                [1, 4]
              ]
            }
          }
        }
      },
      'services.catalog.serviceTime.points'
    ],
    [
      'a policy that createMesh would refuse',
      { contenders: [{ peer: 'inmesh', policy: { timeout: 'soon', retri: {} } }] },
      'contenders[0].policy.timeout: "soon"'
    ],
    [
      'an unknown option of a policy',
      { contenders: [{ peer: 'inmesh', policy: { retri: {} } }] },
      'contenders[0].policy.retri: an empty object; retry? Known here: '
    ],
    [
      'a class of an unknown service',
      { load: { ...sampleInput().load, classes: [{ method: 'GET', path: '/', service: 'users' }] } },
      'load.classes[0].service: "users"; catalog'
    ]
  ])('refuses %s', (_, more, expected) => {
    expect(mistakesOf({ ...sampleInput(), ...more }).join('\n')).toContain(expected)
  })

  it('says what is wrong with a file it cannot read', () => {
    expect(() => readScenario('/nowhere/at-all.json')).toThrow(/at-all\.json has 1 mistake/)
  })

  it('does not take keys of the prototype for its own', () => {
    expect(mistakesOf(JSON.parse('{"__proto__": {"version": 1}}'))).toContain('version: nothing; 1')
  })
})
