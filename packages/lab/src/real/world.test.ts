import { describe, expect, it } from 'vitest'
import { sampleScenario } from '../sample.test-support.ts'
import { computeFigures } from '../stats/figures.ts'
import { readAsserts } from '../stats/readings.ts'
import { openLoad } from '../scenario/load.ts'
import { planCalls } from '../workload/arrivals.ts'
import { checkRealWorld } from './limits.ts'
import { OUTCOME } from './messages.ts'
import { runReal } from './world.ts'
import type { Recording } from './world.ts'

const retry = { maxRetries: 2, minTimeout: 5 }
const classes = [
  { method: 'GET' as const, path: '/items/:id', weight: 3 },
  { method: 'POST' as const, path: '/orders', bodyBytes: 100 }
]

function alive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

async function run(scenario: ReturnType<typeof sampleScenario>): Promise<{ recording: Recording; pids: number[] }> {
  const pids = new Set<number>()
  const [contender] = scenario.contenders
  if (contender === undefined) throw new Error('no contender')
  const recording = await runReal(scenario, contender, 1, { pids: (all) => all.forEach((pid) => pids.add(pid)) })
  return { recording, pids: [...pids] }
}

describe('the real world', () => {
  it('plays hang and kill on real processes and accounts for every call', { timeout: 20_000 }, async () => {
    const scenario = sampleScenario({
      load: { arrivals: 'poisson', rate: 100, warmUp: '300ms', duration: '3s', drain: '2s', classes },
      contenders: [{ peer: 'undici', options: { timeout: '250ms', retry } }],
      faults: [
        { kind: 'hang', replica: 'catalog-1', at: '500ms', for: '900ms' },
        { kind: 'kill', replica: 'catalog-2', at: '1700ms', for: '600ms' }
      ]
    })
    const { recording, pids } = await run(scenario)
    const { result, steps, arrivals } = recording
    const planned = planCalls(openLoad(scenario.load), 1)
    expect(result.dueAt).toEqual(planned.dueAt)
    expect(result.outcome.filter((outcome) => outcome === OUTCOME.unfinished)).toHaveLength(0)

    const failedIn = (from: number, to: number): number =>
      [...result.dueAt.keys()].filter(
        (call) =>
          result.outcome[call] !== OUTCOME.success &&
          (result.dueAt[call] ?? 0) >= from &&
          (result.dueAt[call] ?? 0) < to
      ).length
    expect(failedIn(450, 1_400)).toBeGreaterThan(5)
    expect(failedIn(-300, 250)).toBe(0)
    expect(failedIn(2_600, 3_000)).toBe(0)

    expect(steps.map(({ what, fault }) => `${what} ${fault.kind}`)).toEqual([
      'begin hang',
      'end hang',
      'begin kill',
      'end kill'
    ])
    for (const { at, doneAt } of steps) expect(doneAt - at).toBeLessThan(1_000)
    // Two replicas, the generator, and the replica that took the place of the killed one.
    expect(pids).toHaveLength(4)
    expect(pids.filter(alive)).toEqual([])

    const sent = result.tries.sent.reduce((sum, each) => sum + each, 0)
    const arrived = Object.values(arrivals).reduce((sum, each) => sum + each, 0)
    expect(arrived).toBeLessThanOrEqual(sent)
    expect(arrived).toBeGreaterThan(0.9 * sent)
    const figures = computeFigures(scenario, recording)
    expect(figures.repeatedWork).toBe(0)
    expect(figures.tries).toBeGreaterThan(figures.calls)
  })

  it(
    'counts the same tries at the client and at the replicas when nothing goes wrong',
    { timeout: 15_000 },
    async () => {
      const { recording } = await run(
        sampleScenario({ load: { arrivals: 'poisson', rate: 100, duration: '1s', classes } })
      )
      const { result, arrivals, endpoints } = recording
      // Replicas tell every tenth of a second; what arrived in the last is not told any more.
      const arrivedOf = (name: string): number => arrivals[name] ?? 0
      for (const [endpoint, name] of endpoints.entries()) {
        const sent = result.tries.endpoint.filter((each) => each === endpoint).length
        expect(sent - arrivedOf(name)).toBeGreaterThanOrEqual(0)
        expect(sent - arrivedOf(name)).toBeLessThan(15)
      }
      expect(result.tries.at).toHaveLength(result.dueAt.length)
      expect(new Set(result.tries.call).size).toBe(result.dueAt.length)
    }
  )

  it('records what clients and replicas decide, by the time of the run and the names of the scenario', { timeout: 15_000 }, async () => {
    const quick = { slots: 20, serviceTime: { kind: 'constant', value: '1ms' } } as const
    const scenario = sampleScenario({
      services: {
        front: { replicas: 1, ...quick, calls: [{ calls: [{ service: 'back' }] }] },
        back: { replicas: 4, ...quick, admission: {} }
      },
      load: { arrivals: 'poisson', rate: 150, warmUp: '300ms', duration: '2s', drain: '500ms', classes: [{ method: 'GET', path: '/', service: 'front' }] },
      contenders: [{ peer: 'inmesh', policy: { balance: 'round-robin', reweight: false } }],
      faults: [{ kind: 'fail', code: 500, replica: 'back-2', at: '500ms', for: '1s' }]
    })
    const [contender] = scenario.contenders
    if (contender === undefined) throw new Error('no contender')
    const { decisions } = await runReal(scenario, contender, 1, {}, { decisions: true })
    expect(decisions?.by.toSorted()).toEqual(['back-1', 'back-2', 'back-3', 'back-4', 'client', 'front-1'])
    const ejected = decisions?.changes.filter(({ type }) => type === 'ejected') ?? []
    expect(new Set(ejected.map(({ endpoint, service }) => `${service} ${endpoint}`))).toEqual(new Set(['back back-2']))
    expect(new Set(ejected.map(({ by }) => by))).toEqual(new Set(['front-1']))
    for (const { at } of ejected) {
      expect(at).toBeGreaterThan(500)
      expect(at).toBeLessThan(1_500)
    }
    const retried = decisions?.counts.find(({ type }) => type === 'retried')?.each ?? []
    expect(retried[0]).toBeGreaterThan(0)
  })

  it('runs inmesh as it runs its peers', { timeout: 15_000 }, async () => {
    const scenario = sampleScenario({
      load: { arrivals: 'poisson', rate: 100, duration: '1s', classes },
      contenders: [{ peer: 'inmesh', policy: { timeout: '500ms' } }]
    })
    const { recording } = await run(scenario)
    const figures = computeFigures(scenario, recording)
    expect(figures).toMatchObject({ name: 'inmesh', success: 1, repeatedWork: 0 })
    // Nobody asked for them.
    expect(recording.decisions).toBeUndefined()
    expect(figures.tries).toBeGreaterThanOrEqual(figures.calls)
    expect(Math.min(...Object.values(figures.share))).toBeGreaterThan(0.1)
  })

  it('has replicas that call others, with their tries among all tries', { timeout: 15_000 }, async () => {
    const quick = { kind: 'constant' as const, value: 1 }
    const below = (service: string) => [{ calls: [{ service, criticality: 'SHEDDABLE' as const }] }]
    const scenario = sampleScenario({
      services: {
        edge: { replicas: 1, serviceTime: quick, admission: {}, calls: below('last') },
        last: { replicas: 2, serviceTime: quick, failures: { share: 1, code: 503 } }
      },
      load: { arrivals: 'uniform', rate: 20, duration: '1s', classes: [{ method: 'GET', path: '/' }] },
      contenders: [{ peer: 'inmesh', policy: { timeout: '5s', retry: false }, callers: {
        edge: { peer: 'inmesh', policy: { retry: { maxExtraTries: 2 }, budget: { initial: 100 } } }
      } }],
      asserts: [{ metric: 'tries', service: 'last', atMost: 3 }]
    })
    const { recording } = await run(scenario)
    const figures = computeFigures(scenario, recording)
    const { tries, dueAt } = recording.result
    expect(figures.failures).toEqual({ 'status 502': dueAt.length })
    expect(recording.handlerCalls).toBe(dueAt.length)
    const [amplification] = readAsserts(scenario, recording, figures)
    expect(amplification).toBeGreaterThan(1.9)
    expect(amplification).toBeLessThanOrEqual(3)
    expect(Math.min(...tries.at)).toBeGreaterThanOrEqual(-50)
    expect(Math.max(...tries.at)).toBeLessThan(3_000)
    expect(tries.at).toHaveLength(dueAt.length * (1 + (amplification ?? 0)))
  })

  it('plays hang, kill and failures on replicas that speak gRPC, and counts as many tries as arrive', { timeout: 20_000 }, async () => {
    const retry = { maxAttempts: 3, initialBackoff: 5, maxBackoff: 20, backoffMultiplier: 2, retryableStatusCodes: ['UNAVAILABLE'] as const }
    const scenario = sampleScenario({
      services: { catalog: { protocol: 'grpc', replicas: 3, serviceTime: { kind: 'constant', value: 2 }, admission: {} } },
      load: { arrivals: 'poisson', rate: 100, warmUp: '300ms', duration: '3s', drain: '2s', classes },
      contenders: [{ peer: 'grpc-js', options: { timeout: '250ms', retry } }, { peer: 'inmesh', policy: { timeout: '250ms' } }],
      faults: [
        { kind: 'hang', replica: 'catalog-1', at: '300ms', for: '600ms' },
        { kind: 'kill', replica: 'catalog-2', at: '1200ms', for: '500ms' },
        { kind: 'fail', replica: 'catalog-3', at: '2200ms', for: '500ms' }
      ]
    })
    for (const contender of scenario.contenders) {
      const recording = await runReal(scenario, contender, 1)
      const { result, arrivals } = recording
      expect(result.outcome.filter((outcome) => outcome === OUTCOME.unfinished)).toHaveLength(0)
      expect(Object.keys(result.failures).filter((name) => !['DEADLINE_EXCEEDED', 'UNAVAILABLE'].includes(name))).toEqual([])
      const figures = computeFigures(scenario, recording)
      expect(figures.success).toBeGreaterThan(contender.peer === 'inmesh' ? 0.95 : 0.8)
      expect(figures.repeatedWork).toBe(0)
      const arrived = Object.values(arrivals).reduce((sum, each) => sum + each, 0)
      expect(arrived).toBeLessThanOrEqual(result.tries.at.length)
      expect(arrived).toBeGreaterThan(0.9 * result.tries.at.length)
    }
  })

  /** HTTP → gRPC → HTTP → gRPC. */
  const mixed = (last: object): object => {
    const quick = { replicas: 1, slots: 64, serviceTime: { kind: 'constant' as const, value: 1 }, admission: {} }
    return {
      edge: { ...quick, calls: [{ calls: [{ service: 'middle' }] }] },
      middle: { ...quick, protocol: 'grpc', calls: [{ calls: [{ service: 'last' }] }] },
      last: { ...quick, ...last },
      store: { ...quick, protocol: 'grpc' }
    }
  }

  it('has retries end where they begin, whatever is spoken in between', { timeout: 20_000 }, async () => {
    const scenario = sampleScenario({
      services: mixed({ failures: { share: 1, code: 503 } }) as never,
      load: { arrivals: 'uniform', rate: 20, duration: '1s', drain: '2s', classes: [{ method: 'GET', path: '/' }] },
      contenders: [true, false].map((admission) => ({
        name: admission ? 'guarded' : 'bare',
        peer: 'inmesh',
        admission,
        policy: { timeout: '5s', retry: { maxExtraTries: 2 }, budget: { initial: 1_000 } }
      })),
      asserts: [{ metric: 'tries', service: 'last', atMost: 3 }]
    })
    const [guarded = 0, bare = 0] = await triesOf(scenario)
    expect(guarded).toBeGreaterThan(1.9)
    expect(guarded).toBeLessThanOrEqual(3)
    expect(bare).toBeGreaterThan(2 * guarded)
  })

  it('does not begin beneath what nobody waits for any more, whatever is spoken in between', { timeout: 20_000 }, async () => {
    const scenario = sampleScenario({
      services: mixed({
        serviceTime: { kind: 'constant', value: 250 },
        calls: [{ when: 'after', calls: [{ service: 'store' }] }]
      }) as never,
      load: { arrivals: 'uniform', rate: 20, duration: '1s', drain: '2s', classes: [{ method: 'GET', path: '/', timeout: '120ms' }] },
      contenders: [true, false].map((admission) => ({
        name: admission ? 'guarded' : 'bare',
        peer: 'inmesh',
        admission,
        policy: { retry: false, backup: false }
      })),
      asserts: [{ metric: 'tries', service: 'store', atMost: 0 }]
    })
    const [guarded, bare] = await triesOf(scenario)
    expect(guarded).toBe(0)
    expect(bare).toBeGreaterThan(0.5)
  })

  /** What the first assert reads for each contender. */
  async function triesOf(scenario: ReturnType<typeof sampleScenario>): Promise<number[]> {
    const read: number[] = []
    for (const contender of scenario.contenders) {
      const recording = await runReal(scenario, contender, 1)
      read.push(readAsserts(scenario, recording, computeFigures(scenario, recording))[0] ?? Number.NaN)
    }
    return read
  }

  it('lets a contender do without the admission that a service has', { timeout: 20_000 }, async () => {
    const scenario = sampleScenario({
      services: {
        catalog: { replicas: 1, work: 'cpu', serviceTime: { kind: 'constant', value: 20 }, admission: { queue: 0 } }
      },
      load: { arrivals: 'uniform', rate: 200, duration: '1s', classes: [{ method: 'GET', path: '/', timeout: '400ms' }] },
      contenders: ['inmesh', 'undici'].map((peer) => ({ name: `bare ${peer}`, peer, admission: false }))
    })
    for (const contender of [{ ...scenario.contenders[0]!, admission: true }, ...scenario.contenders]) {
      const { result } = await runReal(scenario, contender, 1)
      const refused = result.failures['status 503'] ?? 0
      if (contender.admission) expect(refused).toBeGreaterThan(5)
      else expect(refused).toBe(0)
      // Five times what can be served stands in the sockets: callers give up after their own time.
      const { INMESH_DEADLINE_EXCEEDED: governed = 0, TimeoutError: aborted = 0 } = result.failures
      if (!contender.admission) expect(governed + aborted).toBeGreaterThan(50)
    }
  })

  it('leaves no process behind when a contender cannot even start', { timeout: 15_000 }, async () => {
    const pids = new Set<number>()
    const scenario = sampleScenario({ contenders: [{ peer: 'undici', options: { headersTimeout: -0 } }] })
    const broken = { ...scenario.contenders[0]!, options: { connections: -5 } } as never
    await expect(runReal(scenario, broken, 1, { pids: (all) => all.forEach((pid) => pids.add(pid)) })).rejects.toThrow(
      /connections/
    )
    expect(pids.size).toBe(3)
    expect([...pids].filter(alive)).toEqual([])
  })

  it('says what is beyond one machine', () => {
    const scenario = sampleScenario({
      services: { catalog: { replicas: 30, serviceTime: { kind: 'constant', value: 1 } } },
      load: { arrivals: 'poisson', rate: 5_000, duration: '20m', classes: [{ method: 'GET', path: '/' }] }
    })
    expect(() => checkRealWorld(scenario)).toThrow(
      /load\.rate: got 5000 calls a second.*services: got 30 replicas.*load\.duration/s
    )
  })
})
