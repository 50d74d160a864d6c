import { describe, expect, it } from 'vitest'
import type { Recording } from '../../recording.ts'
import { sampleInput } from '../../sample.test-support.ts'
import { parseScenario } from '../../scenario/parse.ts'
import type { Scenario, ScenarioInput } from '../../scenario/scenario.ts'
import { calledAt, latenciesOf, run, runNamed } from '../run.test-support.ts'
import type { ServiceInput } from '../run.test-support.ts'

const fixed = (limit: number, more: object = {}): Partial<ServiceInput> => ({ admission: { min: limit, max: limit, ...more } })

function classes(...given: ScenarioInput['load']['classes']): Partial<ScenarioInput> {
  return { load: { arrivals: 'trace', instants: [0, 0, 0, 0, 0, 0], duration: '10s', classes: given } }
}

/** `front` asks `back`, which is as told, once for each call. */
function chain(back: Partial<ServiceInput>, more: Partial<ScenarioInput> = {}, inner: object = {}, replicas = 1): Scenario {
  return parseScenario(
    sampleInput({
      services: {
        front: {
          replicas,
          slots: 4,
          serviceTime: { kind: 'constant', value: 1 },
          admission: {},
          calls: [{ calls: [{ service: 'back', ...inner }] }]
        },
        back: { replicas: 2, slots: 4, serviceTime: { kind: 'constant', value: 20 }, ...back }
      },
      load: { arrivals: 'trace', instants: [0], duration: '5s', classes: [{ method: 'GET', path: '/', timeout: 100 }] },
      contenders: [{ peer: 'inmesh' }],
      ...more
    })
  )
}

describe('a replica with a server half', () => {
  it('works on as many as its admission lets in, and the others wait or are turned away', () => {
    const { result } = run(calledAt([0, 0, 0, 0, 0], { slots: 4, ...fixed(2, { queue: 2 }) }))
    expect(Array.from(result.latency)).toEqual([10, 10, 20, 20, 0])
    expect(result.failures).toEqual({ 'status 503': 1 })
  })

  it('tells those that have waited too long', () => {
    const { result } = run(calledAt([0, 0], { slots: 4, ...fixed(1, { maxWait: 4 }) }))
    expect(Array.from(result.latency)).toEqual([10, 4])
    expect(result.failures).toEqual({ 'status 503': 1 })
  })

  it('is not there for a contender that says so', () => {
    const input = { contenders: [{ peer: 'round-robin', admission: false }] }
    expect(latenciesOf(run(calledAt([0, 0, 0], { slots: 4, ...fixed(1, { maxWait: 4 }) }, input)))).toEqual([10, 10, 10])
  })

  it('begins as a new process after it was killed', () => {
    const faults: Partial<ScenarioInput> = { faults: [{ kind: 'kill', replica: 'catalog-1', at: 5, for: 5 }] }
    const { result } = run(calledAt([0, 0, 0, 20, 20], { slots: 4, ...fixed(1) }, faults))
    expect(Array.from(result.latency)).toEqual([5, 5, 5, 10, 20])
    expect(result.failures).toEqual({ ECONNRESET: 3 })
  })

  it('takes the most critical first', () => {
    const given = classes({ method: 'GET', path: '/', criticality: 'SHEDDABLE', weight: 1 }, { method: 'GET', path: '/', criticality: 'CRITICAL', weight: 1 })
    const { result } = run(calledAt([], { slots: 4, ...fixed(1) }, given))
    const latency = (kind: number): number[] => Array.from(result.latency).filter((_, call) => result.classOf[call] === kind).sort((a, b) => a - b)
    const [sheddable, critical] = [latency(0), latency(1)]
    // Whoever came first was let in at once, whatever it is.
    expect(critical.at(-1)).toBeLessThan(sheddable.at(-1) ?? 0)
    expect(sheddable.filter((each) => each > 10).every((each) => each > (critical.at(-1) ?? 0))).toBe(true)
  })

  it('with one slot sees what came while it computed when that is done, and what it then refuses costs it time', () => {
    // Of the three that came meanwhile one waits and two are refused, at the end of the first computation.
    const { result } = run(calledAt([0, 1, 2, 3], { slots: 1, ...fixed(1, { queue: 1, refusal: 2 }) }))
    expect(latenciesOf({ result } as Recording)).toEqual([10, 23, 8, 7])
    expect(result.failures).toEqual({ 'status 503': 2 })
  })

  it('lets a caller that hangs up out of the line and out of the sockets', () => {
    const load: Partial<ScenarioInput> = { load: { arrivals: 'trace', instants: [0, 1, 2], duration: '10s', classes: [{ method: 'GET', path: '/', timeout: 15 }] } }
    const work = ({ virtual }: Recording): number => virtual?.load.working.reduce((sum, mean) => sum + mean * 1_000, 0) ?? 0
    const measure = { measure: { interval: 1_000 } }
    const contenders = { contenders: [{ peer: 'round-robin' }] }
    // The second ends at 16, while the third waits until 20 and is given up at 17.
    const line = runNamed(calledAt([], { slots: 2, ...fixed(1) }, { ...load, ...measure, ...contenders }))
    expect(work(line)).toBeCloseTo(20, 6)
    const sockets = runNamed(calledAt([], { slots: 1, ...fixed(1) }, { ...load, ...measure, ...contenders }))
    expect(work(sockets)).toBeCloseTo(20, 6)
  })
})

describe('what is handed on by a replica with a server half', () => {
  it('is what is left of the time, less what its own answer needs', () => {
    const { result } = runNamed(chain({ serviceTime: { kind: 'constant', value: 500 } }))
    expect([Array.from(result.latency), result.failures]).toEqual([[95], { 'status 502': 1 }])
  })

  it('ends with the time, so that dead work below is never begun', () => {
    // Of five calls each replica of `back` works on one for as long as its caller waits; the others leave its line unserved.
    const load: Partial<ScenarioInput> = {
      load: { arrivals: 'trace', instants: [0, 0, 0, 0, 0], duration: '5s', classes: [{ method: 'GET', path: '/', timeout: 100 }] },
      measure: { interval: 5_000 }
    }
    const back = { ...fixed(1, { maxWait: 1_000 }), serviceTime: { kind: 'constant', value: 500 } } as const
    const { virtual, endpoints } = runNamed(chain(back, load))
    const busy = endpoints.map((_, at) => Math.round((virtual?.load.working[at] ?? 0) * 5_000))
    expect(busy.slice(1)).toEqual([500, 500])
  })

  it('is how much it matters, where the call below does not say its own', () => {
    const load: Partial<ScenarioInput> = {
      load: { arrivals: 'trace', instants: [0, 0, 0], duration: '5s', classes: [{ method: 'GET', path: '/', criticality: 'SHEDDABLE' }] },
      contenders: [{ peer: 'inmesh', callers: { front: { peer: 'inmesh', policy: { drop: { SHEDDABLE: 1 } } } } }]
    }
    expect(runNamed(chain({}, load)).result.failures).toEqual({ 'status 502': 3 })
    expect(runNamed(chain({}, load, { criticality: 'CRITICAL' })).result.failures).toEqual({})
  })

  const failing = { failures: { share: 1, code: 503 } }
  const policy = { retry: { maxExtraTries: 2, backoff: { min: 1, max: 1 } }, budget: { initial: 100 }, eject: false }
  const untimed = { load: { arrivals: 'trace', instants: [0], duration: '5s', classes: [{ method: 'GET', path: '/' }] } } as const

  it('upwards is that everything was tried: what failed below is not tried again above', () => {
    const tries = (admission: boolean): number[] => {
      const { result } = runNamed(chain(failing, { ...untimed, load: { ...untimed.load, instants: [0], classes: [...untimed.load.classes] }, contenders: [{ peer: 'inmesh', policy, admission }] }))
      return [result.tries.endpoint.filter((each) => each === 0).length, result.tries.endpoint.filter((each) => each > 0).length]
    }
    expect(tries(true)).toEqual([1, 3])
    expect(tries(false)).toEqual([3, 9])
  })

  it('is that it is a retry after an overload: nothing is tried again below one', () => {
    const load: Partial<ScenarioInput> = {
      load: { arrivals: 'trace', instants: Array.from({ length: 20 }, (_, at) => 100 * at), duration: '5s', classes: [{ method: 'GET', path: '/' }] },
      faults: [{ kind: 'fail', replica: 'front-1', at: 0, code: 503 }],
      contenders: [{ peer: 'inmesh', policy: { ...policy, balance: 'round-robin' } }]
    }
    const { result, endpoints } = runNamed(chain(failing, load, {}, 2))
    const isFront = (endpoint: number): boolean => endpoints[endpoint]?.startsWith('front') === true
    const made = Array.from(result.latency, (_, call) => {
      const own = Array.from(result.tries.endpoint).filter((_each, row) => result.tries.call[row] === call)
      return `${own.filter(isFront).length} ${own.filter((each) => !isFront(each)).length}`
    })
    // Turn about, so each call goes to the replica that refuses first: its second try has one below, and not three.
    expect(new Set(made)).toEqual(new Set(['2 1']))
  })
})
