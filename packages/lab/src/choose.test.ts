import { describe, expect, it } from 'vitest'
import { chooseContenders, leftOut } from './choose.ts'
import { sampleScenario } from './sample.test-support.ts'

const scenario = sampleScenario({
  contenders: [{ peer: 'undici' }, { peer: 'inmesh' }, { peer: 'round-robin' }, { peer: 'oracle' }],
  asserts: [
    { metric: 'cpu', below: 0.5 },
    { metric: 'latency', quantile: 'p99', atMostTimes: 2, of: 'undici' },
    { metric: 'shareOfOracle', atLeast: 0.5 },
    { metric: 'success', contender: 'inmesh', atLeast: 0.9 }
  ]
})
const namesIn = (world: 'real' | 'virtual', only?: string): string[] =>
  chooseContenders(scenario, world, only).map(({ name }) => name)

describe('the contenders of a world', () => {
  it('are those of the scenario that it has', () => {
    expect(namesIn('real')).toEqual(['undici', 'inmesh'])
    expect(namesIn('virtual')).toEqual(['inmesh', 'round-robin', 'oracle'])
    expect(namesIn('virtual', 'oracle')).toEqual(['oracle'])
  })

  it('must be there when they are asked for, and at least one must', () => {
    expect(() => namesIn('real', 'oracle')).toThrow(
      /--contender: got "oracle" in the real world; accepted: undici, inmesh/
    )
    expect(() => namesIn('real', 'nobody')).toThrow(/got "nobody"; accepted: undici, inmesh/)
    const peers = sampleScenario({ contenders: [{ peer: 'random' }] })
    expect(() => chooseContenders(peers, 'real')).toThrow(
      /contenders: got random; accepted: at least one that there is in the real world/
    )
  })

  it('leave asserts without a judge, and that is said', () => {
    expect(leftOut(scenario, 'virtual', chooseContenders(scenario, 'virtual'))).toEqual([
      'undici is not of the virtual world and left out',
      'asserts[0] (cpu) is not judged: virtual time has no CPU',
      'asserts[1] (latency) is not judged: undici did not run'
    ])
    expect(leftOut(scenario, 'real', chooseContenders(scenario, 'real', 'undici'))).toEqual([
      'round-robin, oracle are not of the real world and left out',
      'asserts[2] (shareOfOracle) is not judged: round-robin and oracle did not run',
      'asserts[3] (success) is not judged: inmesh did not run'
    ])
  })
})
