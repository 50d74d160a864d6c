import { describe, expect, it } from 'vitest'
import { sampleInput } from '../../sample.test-support.ts'
import { parseScenario } from '../../scenario/parse.ts'
import type { Scenario } from '../../scenario/scenario.ts'
import { latenciesOf, run, runNamed } from '../run.test-support.ts'
import type { ServiceInput } from '../run.test-support.ts'

type StepInput = NonNullable<ServiceInput['calls']>[number]

/** `front` works 10 ms and calls `back`, three replicas that work 20 ms, as the steps say. */
function chain(
  steps: readonly StepInput[],
  front: Partial<ServiceInput> = {},
  instants: readonly number[] = [0],
  back: Partial<ServiceInput> = {}
): Scenario {
  return parseScenario(
    sampleInput({
      services: {
        front: { replicas: 1, slots: 1, serviceTime: { kind: 'constant', value: 10 }, calls: [...steps], ...front },
        back: { replicas: 3, slots: 1, serviceTime: { kind: 'constant', value: 20 }, ...back }
      },
      load: { arrivals: 'trace', instants: [...instants], duration: '1s', classes: [{ method: 'GET', path: '/' }] },
      contenders: [{ peer: 'round-robin' }]
    })
  )
}

const back = { service: 'back' }

describe('what a replica calls for each call', () => {
  it('is called before or after its own work', () => {
    expect(
      latenciesOf(
        run(
          chain([
            { when: 'before', calls: [back] },
            { when: 'after', calls: [back] }
          ])
        )
      )
    ).toEqual([50])
  })

  it('is called in turn or at once, by a client of its own', () => {
    const calls = [{ ...back, count: 3 }]
    expect(latenciesOf(runNamed(chain([{ mode: 'sequential', calls }])))).toEqual([70])
    const recording = runNamed(chain([{ mode: 'parallel', calls }]))
    expect(latenciesOf(recording)).toEqual([30])
    expect(recording.arrivals).toEqual({ 'front-1': 1, 'back-1': 1, 'back-2': 1, 'back-3': 1 })
    expect(recording.virtual?.handlerCalls).toBe(3)
  })

  it('goes to all replicas or to some that differ where the client has no choice', () => {
    const all = run(chain([{ mode: 'parallel', calls: [{ ...back, to: 'all' }] }]))
    expect(all.arrivals).toMatchObject({ 'back-1': 1, 'back-2': 1, 'back-3': 1 })
    const two = run(
      chain([{ mode: 'parallel', calls: [{ ...back, to: 'distinct', count: 2 }] }], {}, [0, 100, 200, 300, 400])
    )
    expect(latenciesOf(two)).toEqual([30, 30, 30, 30, 30])
    expect(Object.values(two.arrivals).reduce((sum, count) => sum + count, 0)).toBe(5 + 10)
  })

  it('waits without a slot as in Node, or with one as in a pool of threads', () => {
    const steps = [{ calls: [back] }]
    expect(latenciesOf(runNamed(chain(steps, {}, [0, 0])))).toEqual([30, 40])
    expect(latenciesOf(runNamed(chain(steps, { holdsSlot: true }, [0, 0])))).toEqual([30, 60])
  })

  it('fails the call with 502, or is done without', () => {
    const failures = { failures: { share: 1, code: 500 } }
    const failed = run(chain([{ calls: [back, back] }], {}, [0], failures))
    expect(failed.result.failures).toEqual({ 'status 502': 1 })
    expect(failed.virtual?.handlerCalls).toBe(1)
    expect(latenciesOf(run(chain([{ onFailure: 'ignore', calls: [back, back] }], {}, [0], failures)))).toEqual([10])
  })

  it('gives up a call below at its own deadline', () => {
    expect(latenciesOf(run(chain([{ onFailure: 'ignore', calls: [{ ...back, timeout: 5 }] }])))).toEqual([15])
  })

  it('belongs to the call of the load that it came of', () => {
    const { result } = run(chain([{ calls: [back] }], {}, [0, 100]))
    expect(Array.from(result.tries.call)).toEqual([0, 0, 1, 1])
  })
})
