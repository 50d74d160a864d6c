import { PassThrough } from 'node:stream'
import pc from 'picocolors'
import { describe, expect, it } from 'vitest'
import { sampleRecording, sampleScenario } from '../sample.test-support.ts'
import { assess } from '../run.ts'
import { timeline } from '../workload/timeline.ts'
import { liveDisplay } from './live.ts'
import { plainDisplay } from './plain.ts'
import { timelineRows } from './timeline-rows.ts'

const scenario = sampleScenario({
  load: { arrivals: 'poisson', rate: 50, duration: '20s', classes: [{ method: 'GET', path: '/' }] },
  faults: [
    { kind: 'slow', factor: 3, replica: 'catalog-1', at: '4s', for: '8s' },
    { kind: 'hang', replica: 'catalog-2', at: '6s', for: '4s' },
    { kind: 'kill', replica: 'catalog-1', at: '16s', for: '2s' }
  ],
  asserts: [{ metric: 'success', atLeast: 0.9 }]
})
const contender = scenario.contenders[0]!
const recording = sampleRecording([{ at: 100, ms: 4 }])
const run = assess(scenario, recording)

describe('progress as lines', () => {
  it('tells of every step and every 5 s how it goes', () => {
    const lines: string[] = []
    const display = plainDisplay(scenario, (line) => lines.push(line))
    display.begin(contender, 3)
    for (let at = 500; at <= 11_000; at += 500) display.tick({ at, calls: 10, failed: at === 6_000 ? 2 : 0, p99: 12 })
    for (const step of timeline(scenario.faults).slice(0, 2)) display.step(step)
    display.end(run)
    expect(lines).toEqual([
      'undici, seed 3: starts: 50 calls a second for 20 s, after 0 ms of warm-up',
      'undici, seed 3:   5 s  100 calls answered, 0 failed; p99 now 12 ms',
      'undici, seed 3:  10 s  200 calls answered, 2 failed; p99 now 12 ms',
      'undici, seed 3:   4 s  slow catalog-1 begins',
      'undici, seed 3:   6 s  hang catalog-2 begins',
      'undici, seed 3: done: success 100 %, p99 4 ms'
    ])
  })
})

describe('progress drawn in place', () => {
  it('puts overlapping faults on rows of their own', () => {
    expect(timelineRows(scenario, 40)).toEqual(['        slow catalog-1──        kill', '            hang 2──'])
  })

  it('draws p99 as bars over time and sums up at the end', () => {
    const stream = Object.assign(new PassThrough(), { isTTY: true, columns: 100, rows: 40 })
    const display = liveDisplay(scenario, pc.createColors(false), stream as never)
    display.begin(contender, 1)
    display.tick({ at: -500, calls: 9, failed: 9, p99: 800 })
    for (let at = 500; at <= 20_000; at += 500) display.tick({ at, calls: 10, failed: 0, p99: at > 10_000 ? 900 : 5 })
    display.end(run)
    display.close()
    // Newer Nodes hand out what was written piece by piece.
    let drawn = ''
    for (let piece: unknown = stream.read(); piece !== null; piece = stream.read()) drawn += String(piece)
    const last = drawn.split('undici #1     ').at(-1) ?? ''
    expect(last).toMatch(/^▁{30,}█{30,}\n/)
    expect(last).toContain('success 100 %  p99 4 ms  extra load 0 %, 1 of 1 asserts hold')
  })
})
