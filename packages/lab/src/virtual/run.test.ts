import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Scenario, ScenarioInput } from '../scenario/scenario.ts'
import { parseScenario } from '../scenario/parse.ts'
import { sampleInput } from '../sample.test-support.ts'
import { Agenda } from './agenda.ts'
import { makeClientOf } from './clients/index.ts'
import type { MakeClient, TryHandle, TrySink, Upstream, VirtualCall } from './contract.ts'
import { Run } from './run.ts'
import { calledAt, latenciesOf, run, runNamed } from './run.test-support.ts'
import { runVirtual } from './world.ts'

type FaultInput = NonNullable<ScenarioInput['faults']>[number]

const laws = fc.constantFrom(
  { kind: 'constant', value: 4 } as const,
  { kind: 'exponential', mean: 5 } as const,
  { kind: 'lognormal', median: 4, p99: 40 } as const
)
const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(arbitrary, { nil: undefined })
const when = {
  at: fc.integer({ min: 0, max: 500 }),
  for: fc.integer({ min: 1, max: 500 }),
  replica: fc.constantFrom('front-1', 'back-1', 'back-2')
}
const faults: fc.Arbitrary<FaultInput> = fc.oneof(
  fc.record({ ...when, kind: fc.constant('slow'), factor: fc.integer({ min: 2, max: 50 }) }),
  fc.record({ ...when, kind: fc.constant('fail'), share: fc.double({ min: 0.1, max: 1, noNaN: true }) }),
  fc.record({ ...when, kind: fc.constant('hang') }),
  fc.record({ ...when, kind: fc.constant('kill') }),
  fc.record({ ...when, kind: fc.constant('capacity'), slots: fc.integer({ min: 0, max: 2 }) }),
  fc.record({
    ...when,
    kind: fc.constant('partition'),
    mode: fc.constantFrom('silent', 'refused'),
    callers: fc.constantFrom<string[]>([], ['front-1'])
  }),
  fc.record({
    ...when,
    kind: fc.constant('pause'),
    length: fc.integer({ min: 5, max: 50 }),
    share: fc.constantFrom(0.1, 0.5)
  }),
  fc.record({ ...when, kind: fc.constant('remove'), grace: fc.constantFrom(0, 100), toldAfter: fc.constantFrom(0, 50) })
)
const contenders = fc.constantFrom(
  { peer: 'inmesh' },
  {
    peer: 'inmesh',
    policy: { timeout: { total: 60, perTry: 30 }, backup: { after: 10, maxExtraLoad: 1 }, budget: { ratio: 1 } }
  },
  { peer: 'round-robin' },
  { peer: 'fixed-hedge' },
  { peer: 'oracle' }
)
/** Two services, the first of which calls the second; every kind of trouble. */
const scenarios = fc
  .record({
    law: laws,
    queue: maybe(fc.integer({ min: 0, max: 5 })),
    cancelled: fc.constantFrom('runs-on', 'leaves-queue', 'stops'),
    holdsSlot: fc.boolean(),
    delay: maybe(laws),
    failures: fc.constantFrom(0, 0.2),
    timeout: maybe(fc.integer({ min: 5, max: 100 })),
    to: fc.constantFrom('any', 'all', 'distinct'),
    mode: fc.constantFrom('sequential', 'parallel'),
    onFailure: fc.constantFrom('fail', 'ignore'),
    arrivals: fc.constantFrom('poisson', 'closed'),
    // Some faults of one replica cannot be at one time; the schema says so.
    faults: fc.uniqueArray(faults, { maxLength: 3, selector: (fault) => ('replica' in fault ? fault.replica : '') }),
    contender: contenders,
    processes: fc.integer({ min: 1, max: 3 }),
    seed: fc.nat()
  })
  .map(
    ({
      law,
      queue,
      cancelled,
      holdsSlot,
      delay,
      failures,
      timeout,
      to,
      mode,
      onFailure,
      arrivals,
      faults: all,
      contender,
      processes,
      seed
    }) => {
      const limits = { ...(queue === undefined ? {} : { queue }), ...(timeout === undefined ? {} : { timeout }) }
      const shared = {
        slots: 2,
        serviceTime: law,
        cancelled,
        ...(queue === undefined ? {} : { queue }),
        network: delay === undefined ? {} : { delay }
      } as const
      const step = { mode, onFailure, calls: [{ service: 'back', to, count: 2 }] }
      const classes = [
        { method: 'GET', path: '/', weight: 2 },
        { method: 'POST', path: '/', ...('timeout' in limits ? { timeout: limits.timeout } : {}) }
      ] as const
      const load = arrivals === 'closed' ? { arrivals, concurrency: 5, think: law } : { arrivals, rate: 150 }
      return {
        seed,
        input: sampleInput({
          services: {
            front: { replicas: 2, ...shared, holdsSlot, calls: [step, { ...step, when: 'after' }] },
            back: { replicas: 3, ...shared, failures: { share: failures } }
          },
          clients: { processes },
          load: { ...load, duration: 1_000, classes: [...classes] } as ScenarioInput['load'],
          contenders: [contender],
          faults: all
        })
      }
    }
  )

/** Counts what becomes of the tries of clients, and notices what must not be. */
class Tally {
  sent = 0
  answered = 0
  givenUp = 0

  around(make: MakeClient): MakeClient {
    return (env) => {
      const watched = (all: readonly Upstream[]): Upstream[] => all.map((each) => this.watch(each))
      const client = make({ ...env, upstreams: watched(env.upstreams) })
      return { call: (call, sink) => client.call(call, sink), members: (all) => client.members(watched(all)) }
    }
  }

  private watch(upstream: Upstream): Upstream {
    const { name, index, weight, zone } = upstream
    return { name, index, weight, zone, send: (call, ordinal, sink) => this.send(upstream, call, ordinal, sink) }
  }

  private send(upstream: Upstream, call: VirtualCall, ordinal: number, sink: TrySink): TryHandle {
    let over = false
    const end = (): void => {
      if (over) throw new Error('a try ended twice')
      over = true
    }
    this.sent++
    const handle = upstream.send(call, ordinal, {
      onHead: (outcome, now, report) => {
        end()
        this.answered++
        sink.onHead(outcome, now, report)
      }
    })
    return {
      cancel: () => {
        if (over) return
        end()
        this.givenUp++
        handle.cancel()
      }
    }
  }
}

describe('a run', () => {
  it(
    'loses nothing: every call ends once, every try is where it can be, and nothing waits for anything at the end',
    { timeout: 60_000 },
    () => {
      fc.assert(
        fc.property(scenarios, ({ input, seed }) => {
          const scenario = parseScenario(input)
          const agenda = new Agenda()
          const [contender] = scenario.contenders
          if (contender === undefined) throw new Error('no contender')
          const whole = new Run({ scenario, contender, seed, agenda, watcher: {} })
          whole.begin()
          agenda.run()
          const { result, arrivals } = whole.result(undefined)
          expect(agenda.pending).toBe(0)
          expect(whole.inFlight).toBe(0)
          expect(result.failures['no answer by the end'] ?? 0).toBe(0)
          const failed = Object.values(result.failures).reduce((sum, count) => sum + count, 0)
          const ok = result.outcome.filter((outcome) => outcome === 1).length
          expect(ok + failed).toBe(result.dueAt.length)
          // What was sent arrived, or was refused, or lost on the way.
          const arrived = Object.values(arrivals).reduce((sum, count) => sum + count, 0)
          expect(arrived).toBeLessThanOrEqual(result.tries.sent.filter((sent) => sent === 1).length)
          expect(Math.min(0, ...result.latency)).toBeGreaterThanOrEqual(-1e-9)
        }),
        { numRuns: 120 }
      )
    }
  )

  it('answers every try once, or never after its client gave it up', { timeout: 60_000 }, () => {
    fc.assert(
      fc.property(scenarios, ({ input, seed }) => {
        const scenario = parseScenario(input)
        const [contender] = scenario.contenders
        // An oracle looks into the upstreams that it is given, which must then be the world's own.
        fc.pre(contender !== undefined && contender.kind !== 'undici' && contender.peer !== 'oracle')
        const tally = new Tally()
        const { result } = run(scenario, { make: tally.around(makeClientOf(contender)), seed })
        expect(tally.sent).toBe(tally.answered + tally.givenUp)
        // Handlers may also send without a client.
        expect(tally.sent).toBeLessThanOrEqual(result.tries.at.length)
      }),
      { numRuns: 80 }
    )
  })

  it('repeats byte for byte with the same seed, and differs with another', () => {
    const scenario = parseScenario(
      sampleInput({
        services: { catalog: { replicas: 4, serviceTime: { kind: 'lognormal', median: 5, p99: 30 } } },
        clients: { processes: 3 },
        load: {
          arrivals: 'poisson',
          rate: 800,
          duration: '3s',
          classes: [
            { method: 'GET', path: '/' },
            { method: 'POST', path: '/' }
          ]
        },
        contenders: [{ peer: 'inmesh' }],
        faults: [
          { kind: 'kill', replica: 'catalog-2', at: '1s', for: '500ms' },
          { kind: 'pause', at: 0, service: 'catalog', length: 50, share: 0.05 }
        ]
      })
    )
    const trace = (seed: number): string =>
      JSON.stringify(runNamed(scenario, seed), (_, value: unknown) =>
        ArrayBuffer.isView(value) ? Array.from(value as Float64Array) : value
      )
    expect(trace(1)).toBe(trace(1))
    expect(trace(1)).not.toBe(trace(2))
  })

  it('counts latencies from when calls were due, to the caller, and none of them is cut off at the end', () => {
    expect(latenciesOf(run(calledAt([0, 0, 0, 9_990, 9_999])))).toEqual([10, 20, 30, 10, 11])
  })

  it('is cut off at the drain where the scenario says one', () => {
    const scenario = calledAt(
      [9_990, 9_990, 9_990],
      {},
      {
        load: {
          arrivals: 'trace',
          instants: [9_990, 9_990, 9_990],
          duration: '10s',
          drain: 5,
          classes: [{ method: 'GET', path: '/' }]
        }
      }
    )
    const { result } = run(scenario)
    expect(Array.from(result.latency)).toEqual([10, 15, 15])
    expect(result.failures).toEqual({ 'no answer by the end': 2 })
  })

  it('ends a call at the deadline of its caller, whatever its client does', () => {
    const scenario = calledAt(
      [0, 100],
      {},
      {
        load: {
          arrivals: 'trace',
          instants: [0, 0],
          duration: '1s',
          classes: [{ method: 'GET', path: '/', timeout: 15 }]
        }
      }
    )
    const { result } = run(scenario)
    expect(Array.from(result.latency)).toEqual([10, 15])
    expect(result.failures).toEqual({ DEADLINE_EXCEEDED: 1 })
  })

  it('in a closed loop has no more calls under way than there are callers', () => {
    const think = { kind: 'constant', value: 10 } as const
    const scenario = calledAt(
      [],
      { slots: 9 },
      { load: { arrivals: 'closed', concurrency: 2, think, duration: 1_000, classes: [{ method: 'GET', path: '/' }] } }
    )
    const { result } = run(scenario)
    expect(result.dueAt).toHaveLength(100)
    expect(Array.from(result.dueAt.slice(0, 4))).toEqual([10, 10, 30, 30])
  })

  it('says which bound it hit, and that what is open then has failed', () => {
    const load: ScenarioInput['load'] = {
      arrivals: 'poisson',
      rate: 1_000,
      duration: '1s',
      classes: [{ method: 'GET', path: '/' }]
    }
    const { result, virtual } = run(calledAt([], {}, { load, limits: { events: 500 } }))
    expect([virtual?.bound, virtual?.events]).toEqual(['events', 500])
    expect(result.failures['no answer by the end']).toBeGreaterThan(100)
    expect(run(calledAt([0]), { bounds: { time: 5 } }).virtual?.bound).toBe('time')
  })

  it('is whole when nobody waits for anything any more, whatever a fault would still have done', () => {
    const faults: FaultInput[] = [{ kind: 'slow', replica: 'catalog-1', factor: 2, at: 0, for: 9_000 }]
    const { virtual } = run(
      calledAt(
        [0],
        {},
        { faults, load: { arrivals: 'trace', instants: [0], duration: 9_000, classes: [{ method: 'GET', path: '/' }] } }
      ),
      { bounds: { time: 5_000 } }
    )
    expect(virtual).toMatchObject({ bound: undefined, endedAt: 20 })
  })

  it('runs more load than capacity, and an empty fleet, as what they are', () => {
    const load: ScenarioInput['load'] = {
      arrivals: 'uniform',
      rate: 1_000,
      duration: '1s',
      classes: [{ method: 'GET', path: '/' }]
    }
    const over = run(calledAt([], {}, { load }))
    expect(over.result.latency.at(-1)).toBeCloseTo(998 * 9 + 10, 6)
    const empty = runNamed(calledAt([0], { replicas: 0 }, { contenders: [{ peer: 'inmesh' }] }))
    expect(empty.result.failures).toEqual({ INMESH_NO_ENDPOINT: 1 })
  })

  it('tells a watcher of every half second and every step', () => {
    const told: string[] = []
    const scenario = calledAt(
      [100, 700, 750],
      {},
      {
        load: {
          arrivals: 'trace',
          instants: [100, 700, 750],
          duration: 1_000,
          classes: [{ method: 'GET', path: '/' }]
        },
        faults: [{ kind: 'fail', replica: 'catalog-1', at: 720, for: 100 }]
      }
    )
    const agenda = new Agenda()
    const watcher = {
      tick: ({ at, calls, failed }: { at: number; calls: number; failed: number }) =>
        void told.push(`${at}: ${calls} calls, ${failed} failed`),
      step: ({ what, at }: { what: string; at: number }) => void told.push(`${what} at ${at}`)
    }
    const [contender] = scenario.contenders
    if (contender === undefined) throw new Error('no contender')
    new Run({ scenario, contender, seed: 1, agenda, watcher }).begin()
    agenda.run()
    expect(told).toEqual(['500: 1 calls, 0 failed', 'begin at 720', 'end at 820', '1000: 2 calls, 1 failed'])
  })
})

describe('the policies alone', () => {
  it('decide what the pipeline decides with them', () => {
    const scenario = parseScenario(
      sampleInput({
        services: { catalog: { replicas: 5, serviceTime: { kind: 'lognormal', median: 5, p99: 20 } } },
        load: {
          arrivals: 'poisson',
          rate: 1_500,
          warmUp: '5s',
          duration: '10s',
          classes: [
            { method: 'GET', path: '/' },
            { method: 'POST', path: '/', weight: 0.2 }
          ]
        },
        contenders: [{ peer: 'inmesh' }],
        faults: [
          { kind: 'slow', factor: 10, replica: 'catalog-1', at: '1s', for: '3s' },
          { kind: 'fail', replica: 'catalog-2', at: '6s', for: '2s' }
        ]
      })
    )
    const whole = runNamed(scenario)
    const alone = runVirtual(
      scenario,
      scenario.contenders[0] as Scenario['contenders'][number],
      1,
      {},
      { pipeline: false }
    )
    const p99 = ({ result }: typeof whole): number =>
      Float64Array.from(result.latency).sort()[Math.floor(result.latency.length * 0.99)] ?? 0
    // Chance is drawn in another order, so not the same to the byte.
    expect(p99(alone) / p99(whole)).toBeGreaterThan(0.9)
    expect(p99(alone) / p99(whole)).toBeLessThan(1.1)
    expect(alone.result.tries.at.length / whole.result.tries.at.length).toBeCloseTo(1, 2)
    const share = ({ arrivals }: typeof whole): number => (arrivals['catalog-1'] ?? 0) / 1_500
    expect(share(alone)).toBeCloseTo(share(whole), 0)
  })
})
