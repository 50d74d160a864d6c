import { describe, expect, it } from 'vitest'
import { calledAt, inTurn, latenciesOf, run } from '../run.test-support.ts'
import type { MakeClient } from '../contract.ts'

const twoSlots = { slots: 2 }

describe('a replica', () => {
  it('works on as many calls as it has slots; the rest waits, first come, first served', () => {
    expect(latenciesOf(run(calledAt([0, 1, 2, 3], twoSlots)))).toEqual([10, 10, 18, 18])
  })

  it('rejects at once what its queue has no room for, with the status it says', () => {
    const { result } = run(calledAt([0, 1, 2, 3], { queue: 1, rejectCode: 429 }))
    expect(Array.from(result.latency)).toEqual([10, 19, 0, 0])
    expect(result.failures).toEqual({ 'status 429': 2 })
  })

  it('is slower the more it works on at once, when the scenario says so', () => {
    expect(latenciesOf(run(calledAt([0, 1, 2], { slots: 4, perConcurrent: 5 })))).toEqual([15, 20, 25])
  })

  it('takes as long for a class and a machine as they are said to be slower', () => {
    const scenario = calledAt(
      [0, 100],
      { overrides: [{ replica: 'catalog-1', timeFactor: 2 }] },
      {
        load: {
          arrivals: 'trace',
          instants: [0, 100],
          duration: '1s',
          classes: [{ method: 'GET', path: '/', timeFactor: 3 }]
        }
      }
    )
    expect(latenciesOf(run(scenario))).toEqual([60, 60])
  })

  it('fails the share of calls that it fails, without a slot, and the same ones on every run', () => {
    const instants = Array.from({ length: 2_000 }, (_, at) => at * 4)
    const scenario = calledAt(instants, {
      replicas: 2,
      slots: 9,
      failures: { share: 0.3, code: 500, latency: { kind: 'constant', value: 3 } }
    })
    const first = run(scenario, { make: inTurn })
    const failed = Array.from(first.result.outcome.keys()).filter((call) => first.result.outcome[call] === 2)
    expect(failed.length / 2_000).toBeCloseTo(0.3, 1)
    expect(new Set(failed.map((call) => first.result.latency[call]?.toFixed(6)))).toEqual(new Set(['3.000000']))
    expect(run(scenario, { make: inTurn }).result.outcome).toEqual(first.result.outcome)
    expect(run(scenario, { make: inTurn, seed: 2 }).result.outcome).not.toEqual(first.result.outcome)
  })

  it('takes as long for a call whoever sends it and in whatever order', () => {
    const service = { replicas: 2, slots: 50, serviceTime: { kind: 'exponential', mean: 10 } } as const
    const backwards: MakeClient = (env) => {
      const all = [...env.upstreams].reverse()
      return {
        call: (call, sink) =>
          void all[1 - (call.index % 2)]?.send(call, 0, { onHead: (outcome, now) => sink.onEnd(call, outcome, now) }),
        members: () => {}
      }
    }
    const scenario = calledAt([0, 1, 2, 3, 4, 5], service)
    expect(latenciesOf(run(scenario, { make: backwards }))).toEqual(latenciesOf(run(scenario, { make: inTurn })))
  })

  it('draws a service time for each call anew, or one for the call wherever it goes', () => {
    const service = { replicas: 3, slots: 50, serviceTime: { kind: 'exponential', mean: 10 } } as const
    const others: MakeClient = (env) => inTurn({ ...env, upstreams: [...env.upstreams].reverse() })
    const [perReplica, perCall] = (['replica', 'call'] as const).map((drawnBy) => {
      const scenario = calledAt([0, 1, 2, 3, 4, 5], { ...service, drawnBy })
      const [one, other] = [latenciesOf(run(scenario, { make: inTurn })), latenciesOf(run(scenario, { make: others }))]
      return one.filter((latency, at) => latency === other[at]).length
    })
    // Of three in turn, forwards and backwards, every third call goes to the same one either way.
    expect([perReplica, perCall]).toEqual([2, 6])
  })

  it('is reached over a network that takes its time, both ways, and more of it between zones', () => {
    const network = { delay: { kind: 'constant', value: 2 }, crossZone: { kind: 'constant', value: 5 } } as const
    const clients = { processes: 1, zones: ['a'] }
    expect(latenciesOf(run(calledAt([0], { network, zones: ['a'] }, { clients })))).toEqual([14])
    expect(latenciesOf(run(calledAt([0], { network, zones: ['b'] }, { clients })))).toEqual([24])
  })

  it('answers after its client has got the handle, also what it answers at once', () => {
    const told: string[] = []
    const careful: MakeClient = ({ upstreams: [first] }) => ({
      call: (call, sink) => {
        first?.send(call, 0, {
          onHead: (outcome, now) => {
            told.push('answered')
            sink.onEnd(call, outcome, now)
          }
        })
        told.push('sent')
      },
      members: () => {}
    })
    run(calledAt([0, 200], { failures: { share: 1 } }, { faults: [{ kind: 'kill', replica: 'catalog-1', at: 100 }] }), {
      make: careful
    })
    expect(told).toEqual(['sent', 'answered', 'sent', 'answered'])
  })

  it('reports the load of its last second', () => {
    const reports: unknown[] = []
    const listening: MakeClient = ({ upstreams: [first] }) => ({
      call: (call, sink) =>
        void first?.send(call, 0, {
          onHead: (outcome, now, report) => {
            reports.push(report)
            sink.onEnd(call, outcome, now)
          }
        }),
      members: () => {}
    })
    const instants = Array.from({ length: 200 }, (_, at) => at * 20)
    run(calledAt(instants, twoSlots), { make: listening })
    // Fifty calls a second of 10 ms each on two slots: a quarter of them is busy. Windows end with whole tenths of a second.
    expect(reports.at(-1)).toMatchObject({ eps: 0, inFlight: 0 })
    const { rps, utilization } = reports.at(-1) as { rps: number; utilization: number }
    expect(rps).toBeGreaterThanOrEqual(45)
    expect(rps).toBeLessThanOrEqual(50)
    expect(utilization).toBeCloseTo(rps / 200, 2)
  })
})

describe('a try that is given up', () => {
  /** Each call is cancelled 5 ms after its sending, and its caller told so. */
  const impatient: MakeClient = ({ upstreams: [first], clock }) => ({
    call: (call, sink) => {
      const handle = first?.send(call, 0, { onHead: (outcome, now) => sink.onEnd(call, outcome, now) })
      if (call.index > 1) return
      clock.schedule(
        clock.now() + 5,
        false,
        () => {
          handle?.cancel()
          sink.onEnd(call, { kind: 'ignored', why: 'caller' }, clock.now())
        },
        undefined
      )
    },
    members: () => {}
  })

  // The first is worked on when it is given up, the second waits; the third shows when the replica is free.
  it.each([
    ['runs-on', 30 - 6],
    ['leaves-queue', 20 - 6],
    ['stops', 10]
  ] as const)('costs the replica what the scenario says: %s', (cancelled, third) => {
    const { result } = run(calledAt([0, 0, 6], { cancelled }), { make: impatient })
    expect(Array.from(result.latency)).toEqual([5, 5, third])
    expect(result.failures).toEqual({ 'given up': 2 })
  })
})

describe('the load on replicas', () => {
  it('is the mean over each sample of what is worked on and of what waits', () => {
    const { virtual } = run(calledAt([0, 0, 0, 2_500], {}, { measure: { interval: 1_000 } }))
    // Three calls one after the other: 30 ms of work; 10 + 20 ms of waiting.
    expect(Array.from(virtual?.load.working.slice(0, 3) ?? [])).toEqual([0.03, 0, 0.01].map(Math.fround))
    expect(virtual?.load.waiting[0]).toBeCloseTo(0.03, 6)
    expect(virtual?.load.working).toHaveLength(10)
  })
})
