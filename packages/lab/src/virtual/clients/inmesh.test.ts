import { describe, expect, it } from 'vitest'
import type { ScenarioInput } from '../../scenario/scenario.ts'
import { calledAt, runNamed } from '../run.test-support.ts'
import type { ServiceInput } from '../run.test-support.ts'
import type { Recording } from '../../recording.ts'

type More = Partial<ScenarioInput>

function inmesh(
  instants: readonly number[],
  policy: Record<string, unknown>,
  service: Partial<ServiceInput> = {},
  more: More = {}
): Recording {
  return runNamed(
    calledAt(instants, { replicas: 2, ...service }, { contenders: [{ peer: 'inmesh', policy }], ...more })
  )
}

function post(instants: readonly number[]): More {
  return {
    load: { arrivals: 'trace', instants: [...instants], duration: '10s', classes: [{ method: 'POST', path: '/' }] }
  }
}

describe('inmesh in virtual time', () => {
  it('retries on another replica what one fails', () => {
    const faults: More = { faults: [{ kind: 'fail', replica: 'catalog-1', at: 0 }] }
    const instants = Array.from({ length: 40 }, (_, at) => 20 * at)
    const { result, arrivals } = inmesh(instants, { retry: { backoff: { min: 5, max: 5 } } }, {}, faults)
    expect(result.failures).toEqual({})
    const again = Array.from(result.latency).filter((latency) => latency > 10)
    expect(again.length).toBe(arrivals['catalog-1'])
    expect(again.length).toBeGreaterThan(0)
    expect(Math.max(...again)).toBeLessThanOrEqual(15)
  })

  it('sends a backup to the other replica when the first is late, and the first answer counts', () => {
    const faults: More = { faults: [{ kind: 'slow', replica: 'catalog-1', factor: 10, at: 0 }] }
    const policy = {
      balance: 'round-robin',
      backup: { after: 15, maxExtraLoad: 1 },
      budget: { ratio: 1 },
      rescue: false
    }
    const { result } = inmesh([0, 200, 400, 600], policy, {}, faults)
    expect(Array.from(result.latency)).toEqual([25, 25, 25, 25])
    expect(Array.from(result.tries.endpoint)).toEqual([0, 1, 0, 1, 0, 1, 0, 1])
  })

  it('ends a call at its timeout, by the name that its error has', () => {
    const { result } = inmesh([0], { timeout: 4, retry: false })
    expect(Array.from(result.latency)).toEqual([4])
    expect(result.failures).toEqual({ INMESH_DEADLINE_EXCEEDED: 1 })
  })

  it('knows the deadline of the caller', () => {
    const load: More = {
      load: { arrivals: 'trace', instants: [0], duration: '1s', classes: [{ method: 'GET', path: '/', timeout: 4 }] }
    }
    expect(inmesh([0], {}, {}, load).result.failures).toEqual({ DEADLINE_EXCEEDED: 1 })
  })

  it('resends what was on its way when a replica died, once and where it is harmless', () => {
    const faults: More = {
      faults: [
        { kind: 'kill', replica: 'catalog-1', at: 5 },
        { kind: 'kill', replica: 'catalog-2', at: 6 }
      ]
    }
    const get = inmesh(
      [0],
      { retry: false },
      { replicas: 1 },
      { faults: [{ kind: 'kill', replica: 'catalog-1', at: 5 }] }
    )
    // The try that broke, and what was sent in its place and refused.
    expect(Array.from(get.result.tries.sent)).toEqual([1, 0])
    expect(get.result.failures).toEqual({ ECONNREFUSED: 1 })
    const once = inmesh([0], {}, {}, { ...post([0]), ...faults })
    expect(once.result.tries.sent).toHaveLength(1)
    expect(once.result.failures).toEqual({ ECONNRESET: 1 })
    expect(once.repeatedWork).toBe(0)
  })

  it('lets losers run to their end, as over HTTP/1.1, for a second', () => {
    const policy = {
      balance: 'round-robin',
      backup: { after: 15, maxExtraLoad: 1 },
      budget: { ratio: 1 },
      rescue: false
    }
    const workOf = (factor: number): number => {
      const faults: More = {
        faults: [{ kind: 'slow', replica: 'catalog-1', factor, at: 0 }],
        measure: { interval: 1_000 }
      }
      const { virtual } = inmesh([0], policy, { cancelled: 'stops' }, faults)
      return virtual?.load.working.reduce((sum, mean) => sum + mean * 1_000, 0) ?? 0
    }
    // 50 ms on the slow one, though it was beaten after 25, and 10 on the one that answered.
    expect(workOf(5)).toBeCloseTo(60, 3)
    // Of 5 s on it no more than until a second after the other had answered.
    expect(workOf(500)).toBeCloseTo(1_025 + 10, 3)
  })

  it('prefers its own zone where the policy does and replicas say where they are', () => {
    const clients = { processes: 1, zones: ['a'] }
    const instants = Array.from({ length: 200 }, (_, at) => 40 * at)
    const share = (policy: Record<string, unknown>): number => {
      const { arrivals } = inmesh(instants, policy, { zones: ['a', 'b'] }, { clients })
      return (arrivals['catalog-1'] ?? 0) / 200
    }
    expect(share({})).toBeGreaterThan(0.9)
    expect(share({ balance: { zone: false } })).toBeLessThan(0.7)
  })

  it('hears what replicas have in flight for other processes, where they say so', () => {
    const instants = Array.from({ length: 6_000 }, (_, at) => 1.6 * at)
    const latencies = (processes: number, reports: boolean): readonly number[] => {
      const service: Partial<ServiceInput> = { replicas: 5, slots: 2, reports, serviceTime: { kind: 'lognormal', median: 10, p99: 60 } }
      return Array.from(inmesh(instants, { backup: false, rescue: false }, service, { clients: { processes } }).result.latency)
    }
    const mean = (all: readonly number[]): number => all.reduce((sum, each) => sum + each, 0) / all.length
    expect(mean(latencies(20, true))).toBeLessThan(mean(latencies(20, false)))
    // One process knows it all by itself.
    expect(latencies(1, true)).toEqual(latencies(1, false))
  })

  it('gives a weighted round robin what replicas earn', () => {
    const instants = Array.from({ length: 2_500 }, (_, at) => 4 * at)
    const slow: More = { faults: [{ kind: 'slow', replica: 'catalog-1', factor: 3, at: 0 }] }
    const share = (reports: boolean): number => {
      const { arrivals } = inmesh(instants, { balance: 'weighted-round-robin', backup: false, retry: false }, { slots: 8, reports }, slow)
      return (arrivals['catalog-1'] ?? 0) / 2_500
    }
    expect(share(false)).toBeCloseTo(0.5, 1)
    expect(share(true)).toBeLessThan(0.35)
  })

  it('refuses a policy with a mistake before anything runs', () => {
    expect(() => inmesh([0], { retry: { maxExtraTries: 'many' } })).toThrow(/maxExtraTries/)
  })

  it('holds nothing against a replica for the load of another process: state is each process’s own', () => {
    const faults: More = {
      faults: [{ kind: 'partition', replica: 'catalog-1', at: 0, mode: 'refused', clients: [0] }],
      clients: { processes: 2 }
    }
    const instants = Array.from({ length: 400 }, (_, at) => 20 * at)
    const { result } = inmesh(instants, {}, {}, faults)
    expect(result.failures).toEqual({})
    // A quarter of what the other process sends, at the least, still goes to it.
    const to = (endpoint: number): number =>
      result.tries.endpoint.filter((each, row) => each === endpoint && result.tries.sent[row] === 1).length
    expect(to(0)).toBeGreaterThan(50)
    expect(to(1)).toBeGreaterThan(to(0))
  })
})
