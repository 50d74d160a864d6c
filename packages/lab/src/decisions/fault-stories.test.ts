import { describe, expect, it } from 'vitest'
import { sampleScenario } from '../sample.test-support.ts'
import type { Change, ChangeType } from './decisions.ts'
import { faultStories, storyText } from './fault-stories.ts'
import type { FaultStory } from './fault-stories.ts'

const change = (at: number, type: ChangeType, more: Partial<Change> = {}): Change => ({ at, by: 'client', service: 'catalog', type, endpoint: 'catalog-2', ...more })
const ejected = (at: number, more: Partial<Change> = {}): Change => change(at, 'ejected', { why: 'consecutive', consecutive: 5, length: 5_000, ...more })

function storyOf(changes: readonly Change[], { replicas = 2, where = { replica: 'catalog-2' } as object, share = {} as Record<string, number[]> } = {}): FaultStory {
  const { faults } = sampleScenario({
    services: { catalog: { replicas, serviceTime: { kind: 'constant', value: '2ms' } } },
    load: { arrivals: 'poisson', rate: 50, duration: '20s', classes: [{ method: 'GET', path: '/' }] },
    faults: [{ kind: 'hang', at: '5s', for: '5s', ...where } as never]
  })
  const decisions = { by: ['client'], every: 1_000, changes, beyond: {}, counts: [] }
  return faultStories(faults, { decisions, share, duration: 20_000 })[0] as FaultStory
}

describe('what was decided about a fault', () => {
  it('is how long after its start, why, and when after its end it was taken back', () => {
    const story = storyOf([ejected(5_900), change(11_000, 'probe'), change(11_200, 'returned', { outFor: 5_300 })])
    expect(story).toMatchObject({ name: 'hang catalog-2', hit: 1, out: 1, as: 'ejected', afterMs: 900, why: '5 failed in a row', probes: 1, backMs: 1_200 })
    expect(storyText(story)).toBe('ejected after 900 ms (5 failed in a row), 1 probe, back 1.2 s after its end')
  })

  it('says that it was never ejected, and what the balancer did', () => {
    const share = { 'catalog-2': [0.5, 0.5, 0.5, 0.5, 0.5, 0.05, 0, 0, 0, 0, 0.5] }
    const story = storyOf([], { share })
    expect(story).toMatchObject({ out: 0, as: null, afterMs: null, backMs: null })
    expect(storyText(story)).toBe('not ejected; its share of tries went from 50 % to 1 %')
  })

  it('says that it is still out at the end', () => {
    expect(storyText(storyOf([ejected(6_000)]))).toBe('ejected after 1.0 s (5 failed in a row), still out at the end')
  })

  it('says that it was back before the fault was over', () => {
    expect(storyText(storyOf([ejected(6_000), change(9_000, 'returned', { outFor: 3_000 })]))).toMatch(/, back 1\.0 s before its end$/)
  })

  it('leaves out what was over before it began', () => {
    expect(storyOf([ejected(1_000), change(4_000, 'returned', { outFor: 3_000 })]).out).toBe(0)
  })

  it('says that it was out already', () => {
    expect(storyText(storyOf([ejected(1_000), change(12_000, 'returned', { outFor: 11_000 })]))).toMatch(/^ejected from before \(/)
  })

  it('is of all endpoints that it hit', () => {
    const other = { endpoint: 'catalog-1' }
    const story = storyOf([ejected(6_000), ejected(7_000, other), change(11_000, 'returned', { outFor: 5_000 }), change(13_000, 'returned', { ...other, outFor: 6_000 })], { replicas: 3, where: { service: 'catalog' } })
    expect(storyText(story)).toBe('2 of 3 ejected, the first after 1.0 s (5 failed in a row), all back 3.0 s after its end')
  })
})
