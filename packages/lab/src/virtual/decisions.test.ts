import { describe, expect, it } from 'vitest'
import type { Decisions } from '../decisions/decisions.ts'
import type { Recording } from '../recording.ts'
import { sampleScenario } from '../sample.test-support.ts'
import type { Scenario, ScenarioInput } from '../scenario/scenario.ts'
import { runVirtual } from './world.ts'

const failing = sampleScenario({
  services: { catalog: { replicas: 5, serviceTime: { kind: 'constant', value: '2ms' } } },
  load: { arrivals: 'poisson', rate: 100, warmUp: '1s', duration: '12s', classes: [{ method: 'GET', path: '/items/:id' }] },
  contenders: [{ peer: 'inmesh', policy: { balance: 'round-robin', reweight: false } }, { peer: 'round-robin' }],
  faults: [{ kind: 'fail', code: 500, replica: 'catalog-2', at: '1s', for: '2s' }]
})

function runOf(scenario: Scenario, decisions: boolean, contender = 0): Recording {
  const chosen = scenario.contenders[contender]
  if (chosen === undefined) throw new Error('no contender')
  return runVirtual(scenario, chosen, 1, {}, { decisions })
}

const several: Partial<ScenarioInput> = {
  services: {
    front: { replicas: 1, slots: 50, serviceTime: { kind: 'constant', value: '1ms' }, calls: [{ calls: [{ service: 'back' }] }] },
    back: { replicas: 1, slots: 1, serviceTime: { kind: 'constant', value: '20ms' }, admission: { max: 20, queue: 4 } }
  },
  load: { arrivals: 'poisson', rate: 150, duration: '4s', classes: [{ method: 'GET', path: '/', service: 'front' }] },
  contenders: [{ peer: 'inmesh' }]
}

describe('decisions of the virtual world', () => {
  it('tell of an ejection by its time, its rule and the name of the replica, and of the return', () => {
    const { changes, by, counts } = runOf(failing, true).decisions as Decisions
    expect(by).toEqual(['client'])
    const about = changes.filter(({ endpoint }) => endpoint === 'catalog-2')
    expect(about.map(({ type }) => type)).toEqual(expect.arrayContaining(['ejected', 'probe', 'returned']))
    const ejected = about.find(({ type }) => type === 'ejected')
    expect(ejected).toMatchObject({ service: 'catalog', why: 'consecutive', consecutive: 5 })
    expect(ejected?.at).toBeGreaterThan(1_000)
    expect(ejected?.at).toBeLessThan(1_500)
    expect(counts.find(({ type }) => type === 'retried')?.each[1]).toBeGreaterThan(3)
  })

  it('change nothing of what is measured, and are recorded only where they are asked for', () => {
    const { decisions, ...told } = runOf(failing, true)
    expect(decisions).toBeDefined()
    expect(runOf(failing, false)).toEqual(told)
  })

  it('are not told by a peer', () => {
    expect(runOf(failing, true, 1).decisions).toBeUndefined()
  })

  it('are those of each process by its name', () => {
    const scenario = sampleScenario({ ...several, clients: { processes: 2 } })
    expect(runOf(scenario, true).decisions?.by.toSorted()).toEqual(['back-1', 'client-1', 'client-2', 'front-1'])
  })

  it('have the admission of servers, its limit and whom it refused', () => {
    const { changes, counts } = runOf(sampleScenario(several), true).decisions as Decisions
    expect(changes.find(({ type }) => type === 'overloaded')).toMatchObject({ by: 'back-1', service: 'back' })
    const refused = counts.filter(({ type }) => type === 'request-refused')
    expect(refused.length).toBeGreaterThan(0)
    expect(refused.every(({ service, why }) => service === 'back' && why?.startsWith('admission: '))).toBe(true)
  })
})
