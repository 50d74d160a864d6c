import { describe, expect, it } from 'vitest'
import { calledAt, inTurn, latenciesOf, run, runNamed } from '../run.test-support.ts'
import type { ServiceInput } from '../run.test-support.ts'
import type { ScenarioInput } from '../../scenario/scenario.ts'
import type { Recording } from '../../recording.ts'

type FaultInput = NonNullable<ScenarioInput['faults']>[number]
const CATALOG_1 = { replica: 'catalog-1', at: 100, for: 100 } as const

function withFault(instants: readonly number[], fault: FaultInput, service: Partial<ServiceInput> = {}): Recording {
  return run(calledAt(instants, { slots: 4, ...service }, { faults: [fault] }))
}

describe('faults', () => {
  it('slow: service times are multiplied while it lasts', () => {
    expect(latenciesOf(withFault([50, 150, 250], { ...CATALOG_1, kind: 'slow', factor: 7 }))).toEqual([10, 70, 10])
  })

  it('fail: the share of calls is answered with the code, at once', () => {
    const { result } = withFault([50, 150, 250], { ...CATALOG_1, kind: 'fail', code: 503 })
    expect(Array.from(result.latency)).toEqual([10, 0, 10])
    expect(result.failures).toEqual({ 'status 503': 1 })
  })

  it('hang: nothing is answered meanwhile, everything afterwards; work that ran out meanwhile is done', () => {
    expect(latenciesOf(withFault([95, 150, 160], { ...CATALOG_1, kind: 'hang' }))).toEqual([105, 60, 50])
  })

  it('kill: what is there is reset, what comes is refused before a byte is sent, and afterwards all is well', () => {
    const { result } = withFault([95, 95, 96, 150, 250], { ...CATALOG_1, kind: 'kill' }, { slots: 1 })
    expect(Array.from(result.latency)).toEqual([5, 5, 4, 0, 10])
    expect(result.failures).toEqual({ ECONNRESET: 3, ECONNREFUSED: 1 })
    expect(Array.from(result.tries.sent)).toEqual([1, 1, 1, 0, 1])
  })

  it('kill and back: a replica with a cold start is slow at first', () => {
    const service = { coldStart: { factor: 3, for: 100 } }
    expect(latenciesOf(withFault([50, 200, 250, 350], { ...CATALOG_1, kind: 'kill' }, service))).toEqual([
      10, 30, 20, 10
    ])
  })

  it('cold start: slow, then faster along a straight line', () => {
    expect(latenciesOf(withFault([100, 150, 199, 250], { ...CATALOG_1, kind: 'coldStart', factor: 3 }))).toEqual([
      30, 20, 10.2, 10
    ])
  })

  it('capacity: fewer slots are left, and those that were busy come back only to them', () => {
    const recording = withFault(
      [95, 95, 150, 150, 250, 250],
      { ...CATALOG_1, kind: 'capacity', slots: 1 },
      { slots: 2 }
    )
    expect(latenciesOf(recording)).toEqual([10, 10, 10, 20, 10, 10])
  })

  it('antagonist: speeds are drawn anew for each stretch, evenly around the usual one', () => {
    const instants = Array.from({ length: 4_000 }, (_, at) => at * 2)
    const recording = withFault(
      instants,
      { replica: 'catalog-1', at: 0, kind: 'antagonist', amount: 0.6, every: 2 },
      { slots: 40 }
    )
    const speeds = Array.from(recording.result.latency, (latency) => 10 / latency)
    expect(Math.min(...speeds)).toBeGreaterThan(0.4)
    expect(Math.max(...speeds)).toBeLessThan(1.6)
    expect(speeds.reduce((sum, speed) => sum + speed, 0) / speeds.length).toBeCloseTo(1, 1)
  })

  it('pause: the process stands still for the share of time it says', () => {
    const instants = Array.from({ length: 9_500 }, (_, at) => at)
    const fault = { replica: 'catalog-1', at: 0, kind: 'pause', length: 50, share: 0.1, spacing: 'regular' } as const
    const { result } = withFault(instants, fault, { slots: 99, serviceTime: { kind: 'constant', value: 0 } })
    const late = Array.from(result.latency).filter((latency) => latency > 0)
    expect(late.length / instants.length).toBeCloseTo(0.1, 1)
    expect(Math.max(...late)).toBeLessThanOrEqual(50)
    expect(late.reduce((sum, each) => sum + each, 0) / late.length).toBeCloseTo(25, -1)
  })

  it('partition, silent: what is sent then is lost, and so is an answer on its way', () => {
    const { result, virtual } = withFault([95, 150, 250], { ...CATALOG_1, kind: 'partition' })
    expect(result.failures).toEqual({ UND_ERR_HEADERS_TIMEOUT: 2 })
    expect(Array.from(result.latency)).toEqual([300_000, 300_000, 10])
    expect(virtual?.endedAt).toBe(300_150)
  })

  it('partition, refused: fails at once', () => {
    const { result } = withFault([150, 250], { ...CATALOG_1, kind: 'partition', mode: 'refused' })
    expect(Array.from(result.latency)).toEqual([0, 10])
    expect(result.failures).toEqual({ ECONNREFUSED: 1 })
  })

  it('partition of one process leaves the others alone', () => {
    const instants = Array.from({ length: 100 }, (_, at) => 100 + at)
    const faults: FaultInput[] = [{ ...CATALOG_1, kind: 'partition', mode: 'refused', clients: [1] }]
    const { result } = run(calledAt(instants, { slots: 99 }, { faults, clients: { processes: 2 } }))
    const refused = result.failures['ECONNREFUSED'] ?? 0
    expect(refused).toBeGreaterThan(30)
    expect(refused).toBeLessThan(70)
  })

  it('add: new replicas join, clients hear of it when they are told, and they leave at its end', () => {
    const faults: FaultInput[] = [{ kind: 'add', at: 100, for: 100, count: 1, toldAfter: 30 }]
    const scenario = calledAt([50, 51, 110, 111, 150, 151, 250, 251], {}, { faults })
    const { result, endpoints } = run(scenario, { make: inTurn })
    expect(endpoints).toEqual(['catalog-1', 'catalog-2'])
    expect(Array.from(result.tries.endpoint)).toEqual([0, 0, 0, 0, 0, 1, 0, 0])
  })

  it('add: who joins is hit by what befalls the service at that instant', () => {
    const faults: FaultInput[] = [
      { kind: 'slow', service: 'catalog', factor: 3, at: 100, for: 100 },
      { kind: 'add', at: 100, for: 200, count: 1 }
    ]
    expect(latenciesOf(run(calledAt([100, 101, 250, 251], {}, { faults }), { make: inTurn }))).toEqual([30, 30, 10, 10])
  })

  it('remove: clients are told, the process ends after its grace, and both are undone', () => {
    const faults: FaultInput[] = [{ kind: 'remove', replica: 'catalog-2', at: 100, for: 100, grace: 20, toldAfter: 10 }]
    const scenario = calledAt([50, 51, 104, 105, 150, 151, 250, 251], { replicas: 2 }, { faults })
    const { result, arrivals } = run(scenario, { make: inTurn })
    expect(Array.from(result.tries.endpoint)).toEqual([0, 1, 0, 1, 0, 0, 0, 1])
    expect(result.failures).toEqual({})
    expect(arrivals).toEqual({ 'catalog-1': 5, 'catalog-2': 3 })
  })

  it('remove without enough grace: what it worked on is lost', () => {
    const { result } = withFault(
      [95],
      { ...CATALOG_1, kind: 'remove', grace: 5 },
      { serviceTime: { kind: 'constant', value: 50 } }
    )
    expect(result.failures).toEqual({ ECONNRESET: 1 })
    expect(Array.from(result.latency)).toEqual([10])
  })

  it('clock step: nothing that policies are handed jumps', () => {
    const { steps, result } = withFault([50, 150], { kind: 'clockStep', at: 100, by: -60_000 })
    expect(Array.from(result.latency)).toEqual([10, 10])
    expect(steps.map(({ what, doneAt }) => [what, doneAt])).toEqual([['begin', 100]])
  })

  it('what hangs for good ends as unanswered, and the run ends all the same', () => {
    const scenario = calledAt([50, 150], {}, { faults: [{ kind: 'hang', replica: 'catalog-1', at: 100 }] })
    const { result, virtual } = runNamed(scenario)
    expect(result.failures).toEqual({ 'no answer by the end': 1 })
    expect(Array.from(result.latency)).toEqual([10, 9_850])
    expect(virtual?.bound).toBeUndefined()
  })

  it('each step is told when it happened', () => {
    const { steps } = withFault([50], { ...CATALOG_1, kind: 'slow', factor: 2 })
    expect(steps.map(({ what, at, doneAt }) => [what, at, doneAt])).toEqual([
      ['begin', 100, 100],
      ['end', 200, 200]
    ])
  })
})
