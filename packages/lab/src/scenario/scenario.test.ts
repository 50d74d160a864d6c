import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { checkRealWorld } from '../real/limits.ts'
import { sampleInput, sampleScenario } from '../sample.test-support.ts'
import { serviceTimeAt } from '../workload/service-time.ts'
import { impossibilities } from './impossible.ts'
import { ScenarioError } from './mistakes.ts'
import { parseScenario } from './parse.ts'
import { allReplicaNames } from './scenario.ts'
import type { ScenarioInput } from './scenario.ts'

const folder = mkdtempSync(join(tmpdir(), 'inmesh-scenario-'))
afterAll(() => rmSync(folder, { recursive: true }))

const constant = { kind: 'constant', value: '5ms' } as const

function mistakesOf(run: () => unknown): string[] {
  try {
    run()
  } catch (error) {
    if (!(error instanceof ScenarioError)) throw error
    return error.mistakes.map(({ path, got, accepted }) => `${path}: ${got}; ${accepted}`)
  }
  return []
}

const mistakesIn = (more: Partial<ScenarioInput>): string[] => mistakesOf(() => sampleScenario(more))

it('refuses an admission that contradicts itself, and an assert about a service that is not there', () => {
  const catalog = { replicas: 1, serviceTime: { kind: 'constant', value: 1 }, admission: { min: 9, max: 8, shares: { CRITICAL: 0.7, SHEDDABLE: 0.6 } } } as const
  expect(mistakesIn({ services: { catalog }, asserts: [{ metric: 'tries', service: 'catalogue', atMost: 1 }] }).sort()).toEqual([
    'asserts[0].service: "catalogue"; catalog',
    'services.catalog.admission.max: 8; at least min (9)',
    'services.catalog.admission.shares: 1.3 together; 1 together at most'
  ])
})

describe('replicas', () => {
  it('may differ, and are in zones in turn', () => {
    const { services } = sampleScenario({
      services: {
        catalog: {
          replicas: 4,
          slots: 2,
          serviceTime: constant,
          zones: ['a', 'b'],
          overrides: [
            { fleetShare: 0.5, timeFactor: 3 },
            { replica: 'catalog-2', slots: 1, zone: 'c' },
            { replicas: ['catalog-3', 'catalog-4'], weight: 5 }
          ]
        }
      }
    })
    expect(services['catalog']?.instances).toEqual([
      { name: 'catalog-1', zone: 'a', weight: 1, timeFactor: 3, slots: 2 },
      { name: 'catalog-2', zone: 'c', weight: 1, timeFactor: 3, slots: 1 },
      { name: 'catalog-3', zone: 'a', weight: 5, timeFactor: 1, slots: 2 },
      { name: 'catalog-4', zone: 'b', weight: 5, timeFactor: 1, slots: 2 }
    ])
  })

  it('have one slot where they compute, and no more', () => {
    const catalog = { replicas: 2, work: 'cpu' as const, serviceTime: constant }
    const { services } = sampleScenario({ services: { catalog } })
    expect(services['catalog']?.slots).toBe(1)
    expect(services['catalog']?.instances.map(({ slots }) => slots)).toEqual([1, 1])
    const wrong = { ...catalog, slots: 4, overrides: [{ replica: 'catalog-1', slots: 2 }] }
    expect(mistakesIn({ services: { catalog: wrong } })).toEqual([
      'services.catalog.slots: 4; 1 where `work` is "cpu"',
      'services.catalog.overrides[0].slots: 2; 1 where `work` is "cpu"'
    ])
  })

  it('join in order of time, after those that there are', () => {
    const scenario = sampleScenario({
      faults: [
        { kind: 'add', at: '2s', count: 1 },
        { kind: 'add', at: '1s', for: '500ms', count: 2 }
      ]
    })
    expect(scenario.faults.map(({ name, targets }) => [name, targets])).toEqual([
      ['add 2 to catalog', ['catalog-3', 'catalog-4']],
      ['add 1 to catalog', ['catalog-5']]
    ])
    expect(allReplicaNames(scenario)).toEqual([1, 2, 3, 4, 5].map((each) => `catalog-${each}`))
  })
})

describe('a fault', () => {
  const services = { catalog: { replicas: 10, serviceTime: constant } }

  it('may hit several replicas, a share of a service, or all that belong to it by then', () => {
    const { faults } = sampleScenario({
      services,
      faults: [
        { kind: 'kill', replicas: ['catalog-3', 'catalog-7'], at: 0, for: 10 },
        { kind: 'slow', fleetShare: 0.33, factor: 4, at: 1 },
        { kind: 'add', count: 1, at: '1s', for: '1s' },
        { kind: 'pause', service: 'catalog', share: 0.01, length: '200ms', at: '1500ms' },
        { kind: 'antagonist', service: 'catalog', amount: 0.6, at: '2500ms' }
      ]
    })
    expect(faults[0]).toMatchObject({ name: 'kill catalog-3, catalog-7', targets: ['catalog-3', 'catalog-7'] })
    expect(faults[1]).toMatchObject({
      name: 'slow 33 % of catalog',
      targets: ['catalog-1', 'catalog-2', 'catalog-3'],
      for: Infinity
    })
    expect(faults[3]?.targets).toHaveLength(11)
    expect(faults[4]?.targets).toHaveLength(10)
  })

  it('cuts off the first share of the clients, or those it names', () => {
    const cut = (more: object): unknown =>
      sampleScenario({
        clients: { processes: 4 },
        faults: [{ kind: 'partition', replica: 'catalog-1', at: 0, ...more }]
      }).faults[0]
    expect(cut({ clientShare: 0.5 })).toMatchObject({ clients: [0, 1], mode: 'silent' })
    expect(cut({ clients: [3], mode: 'refused' })).toMatchObject({ clients: [3], mode: 'refused' })
  })

  it.each<[string, NonNullable<ScenarioInput['faults']>, string]>([
    ['says whom it hits', [{ kind: 'hang', at: 0 }], 'faults[0]: no replica; one of replica, replicas, service'],
    [
      'says it in one way',
      [{ kind: 'hang', at: 0, replica: 'catalog-1', service: 'catalog' }],
      'faults[0]: several ways; one of replica'
    ],
    [
      'hits nobody who is not there yet',
      [
        { kind: 'add', at: '1s', count: 1 },
        { kind: 'kill', at: 0, replica: 'catalog-11' }
      ],
      'faults[1].replica: "catalog-11"; catalog-1, '
    ],
    [
      'warms up within a time',
      [{ kind: 'coldStart', at: 0, service: 'catalog', factor: 3 }],
      'faults[0].for: nothing; how long it takes to warm up'
    ],
    [
      'cuts off clients that there are',
      [{ kind: 'partition', at: 0, replica: 'catalog-1', clients: [0, 1] }],
      'faults[0].clients[1]: 1; 0 to 0'
    ],
    [
      'cannot be twice at once',
      [
        { kind: 'slow', factor: 2, at: 0, service: 'catalog' },
        { kind: 'slow', factor: 3, at: 1, replica: 'catalog-2' }
      ],
      'faults[1]: a time that overlaps slow catalog'
    ]
  ])('%s', (_, faults, expected) => {
    expect(mistakesIn({ services, faults }).join('\n')).toContain(expected)
  })

  it('of another kind may come at the same time', () => {
    const faults = [
      { kind: 'antagonist' as const, service: 'catalog', amount: 0.5, at: 0 },
      { kind: 'pause' as const, service: 'catalog', share: 0.1, length: 10, at: 0 },
      { kind: 'kill' as const, replica: 'catalog-1', at: 1, for: 5 }
    ]
    expect(mistakesIn({ services, faults })).toEqual([])
  })
})

describe('measured distributions', () => {
  it('are found from where the scenario is', () => {
    writeFileSync(join(folder, 'samples.txt'), '# ms\n30\n10\n\n20\n')
    writeFileSync(
      join(folder, 'quantiles.json'),
      JSON.stringify({
        source: 'x',
        quantiles: [
          [0, 1],
          [0.5, 4],
          [1, 9]
        ]
      })
    )
    const input = sampleInput({
      services: {
        catalog: {
          replicas: 1,
          serviceTime: { kind: 'samples', file: 'samples.txt' },
          network: { delay: { kind: 'quantiles', file: 'quantiles.json' } }
        }
      }
    })
    const { serviceTime, network } = parseScenario(input, 'it', folder).services['catalog']!
    expect([1e-9, 0.5, 1].map((u) => serviceTimeAt(serviceTime, u))).toEqual([expect.closeTo(10, 6), 20, 30])
    expect(network.delay).toEqual({
      kind: 'quantiles',
      points: [
        [0, 1],
        [0.5, 4],
        [1, 9]
      ]
    })
  })

  it('that cannot be read are mistakes like any other', () => {
    writeFileSync(join(folder, 'words.txt'), '1\ntwo\n')
    const input = {
      ...sampleInput(),
      services: { catalog: { replicas: 'x', serviceTime: { kind: 'samples', file: 'words.txt' } } },
      load: { arrivals: 'trace', file: 'nowhere.txt', duration: '1s', classes: [{ method: 'GET', path: '/' }] }
    }
    const mistakes = mistakesOf(() => parseScenario(input, 'it', folder))
    expect(mistakes).toHaveLength(3)
    expect(mistakes.join('\n')).toMatch(
      /services\.catalog\.replicas: "x".*services\.catalog\.serviceTime\.file: "words\.txt": a list of at least one number.*load\.file: "nowhere\.txt": ENOENT/s
    )
  })
})

describe('a call graph', () => {
  const leaf = { replicas: 1, serviceTime: constant }

  it('has calls that are like those of the load', () => {
    const { services } = sampleScenario({
      services: {
        front: { ...leaf, calls: [{ mode: 'parallel', calls: [{ service: 'leaf', count: 3, method: 'POST' }] }] },
        leaf
      }
    })
    expect(services['front']?.calls).toMatchObject([
      {
        when: 'before',
        mode: 'parallel',
        onFailure: 'fail',
        calls: [{ count: 3, to: 'any', requestClass: { service: 'leaf', repeat: 'if-unprocessed', timeFactor: 1 } }]
      }
    ])
  })

  it('ends somewhere, at services that there are', () => {
    const calling = (service: string): object => ({ ...leaf, calls: [{ calls: [{ service }] }] })
    const services = { a: calling('b'), b: calling('c'), c: calling('a'), d: calling('e') } as ScenarioInput['services']
    expect(mistakesIn({ services })).toEqual([
      'services.d.calls[0].calls[0].service: "e"; a, b, c, d',
      'services.a.calls: a circle: a → b → c → a; calls that end somewhere'
    ])
  })
})

describe('a load', () => {
  const rest = { duration: '2s', classes: [{ method: 'GET' as const, path: '/' }] }

  it('of a trace is within the run, in order', () => {
    const { load } = sampleScenario({
      load: { arrivals: 'trace', instants: [1_500, -900, -50, 20, 2_000], warmUp: 100, ...rest }
    })
    expect(load).toMatchObject({ instants: [-50, 20, 1_500], rate: 1 })
  })

  it.each<[string, ScenarioInput['load'], string]>([
    ['a rate', { arrivals: 'poisson', ...rest }, 'load: no rate; one of rate, utilization'],
    ['one rate', { arrivals: 'uniform', rate: 1, utilization: 0.5, ...rest }, 'load: both; one of rate, utilization'],
    ['instants', { arrivals: 'trace', ...rest }, 'load: no instants; one of instants, file'],
    ['a spike that ends', { arrivals: 'spike', rate: 1, peak: 5, at: '1s', for: '3s', ...rest }, 'load: a spike to 4 s']
  ])('has %s', (_, load, expected) => {
    expect(mistakesIn({ load }).join('\n')).toContain(expected)
  })
})

describe('an assert', () => {
  it('about another contender needs it, and one bar', () => {
    expect(
      mistakesIn({
        asserts: [
          { metric: 'latency', quantile: 'p99', atMostTimes: 1.05 },
          { metric: 'latency', quantile: 'p99', atMost: 5, of: 'undici' },
          { metric: 'served', of: 'nobody', atLeastTimes: 1 },
          { metric: 'shareOfOracle', atLeast: 0.9 },
          { metric: 'success', atLeast: 1, from: '2s', until: '1s', operation: 'none' }
        ]
      })
    ).toEqual([
      'asserts[0].of: nothing; the contender to compare with',
      'asserts[1].of: "undici"; only with atMostTimes or atLeastTimes',
      'asserts[2].of: "nobody"; undici',
      'asserts[3]: no contender with the peer "round-robin"; both "round-robin" and "oracle"',
      'asserts[3]: no contender with the peer "oracle"; both "round-robin" and "oracle"',
      'asserts[4]: 2 s to 1 s; a span within load.duration (3 s)',
      'asserts[4].operation: "none"; none: there are none'
    ])
  })
})

describe('a peer', () => {
  it('takes the options that its schema has, and no others, also where services call with it', () => {
    const contenders = [
      { peer: 'fixed-hedge', options: { nonsense: 1 } },
      {
        peer: 'inmesh',
        callers: {
          catalog: { peer: 'random', options: { nonsense: 2 } },
          nobody: { peer: 'inmesh', policy: { timeout: 'x' } }
        }
      }
    ]
    const mistakes = mistakesIn({ contenders }).join('\n')
    expect(mistakes).toContain('contenders[0].options.nonsense: an unknown key')
    expect(mistakes).toContain('contenders[1].callers.catalog.options.nonsense: an unknown key')
    expect(mistakes).toContain('contenders[1].callers.nobody: "nobody"; catalog')
    expect(mistakes).toContain('contenders[1].callers.nobody.policy.timeout: "x"')
  })

  it('has its defaults', () => {
    const { contenders } = sampleScenario({
      contenders: [{ name: 'hedge', peer: 'fixed-hedge', options: { timeout: '2s' } }, { peer: 'oracle' }]
    })
    expect(contenders[0]).toMatchObject({
      name: 'hedge',
      kind: 'peer',
      peer: 'fixed-hedge',
      callers: {},
      options: { timeout: 2_000 }
    })
    expect(contenders[1]).toMatchObject({ name: 'oracle', kind: 'peer', options: {} })
  })
})

describe('what is impossible', () => {
  it('is no mistake, and is told as what it is', () => {
    const scenario = sampleScenario({
      services: {
        catalog: { replicas: 0, serviceTime: constant },
        late: { replicas: 1, slots: 1, serviceTime: constant }
      },
      load: {
        arrivals: 'poisson',
        rate: 1_000,
        duration: '1s',
        classes: [
          { method: 'GET', path: '/' },
          { method: 'GET', path: '/', service: 'late' }
        ]
      }
    })
    expect(impossibilities(scenario)).toEqual([
      'catalog has no replicas at the start: nobody can answer until some join',
      'at its highest the load is 2.5 × what late can serve: what waits grows as long as that lasts'
    ])
    expect(impossibilities(sampleScenario())).toEqual([])
  })
})

it('says of every field that real processes do not do that they do not', () => {
  const scenario = sampleScenario({
    services: {
      catalog: {
        replicas: 1,
        serviceTime: constant,
        perConcurrent: 1,
        rejectCode: 429,
        failures: { share: 0.1, latency: constant },
        cancelled: 'stops',
        coldStart: { factor: 2, for: '1s' },
        network: { delay: constant, crossZone: constant },
        calls: [{ calls: [{ service: 'other', to: 'all', timeFactor: 2 }] }],
        holdsSlot: true,
        zones: ['a']
      },
      other: { replicas: 0, work: 'cpu', queue: 4, serviceTime: constant, overrides: [] }
    },
    clients: { processes: 2, zones: ['a'] },
    load: {
      arrivals: 'closed',
      concurrency: 4,
      duration: '2s',
      classes: [
        { method: 'GET', path: '/', criticality: 'SHEDDABLE', affinity: { keys: 4 }, timeFactor: 2, timeout: '1s' }
      ]
    },
    contenders: [{ peer: 'inmesh', callers: { catalog: { peer: 'random' } } }],
    faults: [
      { kind: 'fail', replica: 'catalog-1', latency: constant, at: 0, for: 1 },
      { kind: 'capacity', replica: 'catalog-1', slots: 1, at: 5, for: 1 },
      { kind: 'clockStep', by: -5_000, at: 8 }
    ]
  })
  const paths = mistakesOf(() => checkRealWorld(scenario)).map((each) => each.split(':')[0])
  const inCatalog = [
    'perConcurrent',
    'rejectCode',
    'failures.latency',
    'cancelled',
    'coldStart',
    'network.delay',
    'network.crossZone',
    'calls[0].calls[0].to',
    'calls[0].calls[0].timeFactor',
    'holdsSlot',
    'zones'
  ]
  expect(paths).toEqual([
    ...inCatalog.map((each) => `services.catalog.${each}`),
    'services.other.replicas',
    'services.other.queue',
    'clients.processes',
    'clients.zones',
    'load.arrivals',
    ...['affinity', 'timeFactor'].map((each) => `load.classes[0].${each}`),
    'faults[0].latency',
    'faults[1].kind',
    'faults[2].kind',
    'contenders[0].callers.catalog.peer'
  ])
})
