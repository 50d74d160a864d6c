import { manualClock, type ManualClock } from '@inmesh/testing'
import { inFlightIn, parseLoadReport, weightOf, decodeLoadReport, type LoadReport } from '@inmesh/policy'
import { describe, expect, it } from 'vitest'
import { fakeMachine, type FakeMachine } from './machine.test-support.ts'
import { LoadMeter } from './meter.ts'
import type { LoadOptions } from './options.ts'

interface Metered {
  readonly meter: LoadMeter
  readonly clock: ManualClock
  readonly machine: FakeMachine
  /** `per` ms pass, in which so many requests are served and so much is worked. */
  serve(per: number, requests: number, work?: { readonly failed?: number; readonly cpu?: number; readonly active?: number }): void
  told(): LoadReport
}

function metered(options: LoadOptions = {}, machine: FakeMachine = fakeMachine()): Metered {
  const clock = manualClock(1_000)
  const meter = new LoadMeter(options, { clock, machine })
  return {
    meter,
    clock,
    machine,
    serve(per, requests, { failed = 0, cpu = 0, active = 0 } = {}) {
      for (let at = 0; at < requests; at++) {
        meter.began()
        meter.ended(clock.now(), at < failed)
      }
      machine.work(cpu, active, per - active)
      clock.advance(per)
    },
    told: () => parseLoadReport(meter.header()) as LoadReport,
  }
}

describe('a load meter', () => {
  it('tells what the last stretch was: rates, the loop, processors, memory, what is in flight', () => {
    const { meter, serve, told } = metered()
    meter.began()
    meter.began()
    serve(100, 50, { failed: 5, cpu: 120, active: 60 })
    expect(told()).toEqual({
      rpsFractional: 500,
      eps: 50,
      cpuUtilization: 0.3,
      applicationUtilization: 0.6,
      memUtilization: 0.25,
      namedMetrics: { in_flight: 2 },
      utilization: { event_loop: 0.6 },
    })
  })

  it('says nothing before its first stretch is over', () => {
    const { meter, serve, clock } = metered()
    expect(meter.header()).toBeUndefined()
    expect(meter.bytes()).toBeUndefined()
    clock.advance(99)
    expect(meter.header()).toBeUndefined()
    serve(1, 1)
    expect(meter.header()).toBeDefined()
  })

  it('looks once in a tenth of a second, however many replies ask, and not at all without any', () => {
    const { meter, serve, clock, machine } = metered()
    serve(100, 1, { active: 10 })
    const header = meter.header()
    const looks = machine.looks
    for (let ask = 0; ask < 1_000; ask++) {
      meter.began()
      meter.ended(clock.now(), true)
      expect(meter.header()).toBe(header)
    }
    clock.advance(99)
    expect(meter.header()).toBe(header)
    expect(machine.looks).toBe(looks)
    clock.advance(60_000)
    expect(machine.looks).toBe(looks)
    expect(meter.header()).not.toBe(header)
    expect(machine.looks).toBe(looks + 1)
  })

  it('tells in every reply what is in flight now', () => {
    for (const form of ['json', 'text'] as const) {
      const { meter, serve, told } = metered({ form })
      meter.set('queue', 17)
      meter.began()
      serve(100, 5)
      expect(told().namedMetrics).toEqual(expect.objectContaining({ in_flight: 1, queue: 17 }))
      for (let more = 0; more < 11; more++) meter.began()
      expect(told()).toMatchObject({ namedMetrics: { in_flight: 12, queue: 17 }, rpsFractional: 50 })
      for (let less = 0; less < 12; less++) meter.ended(1_100, false)
      expect(inFlightIn(meter.header())).toBe(0)
    }
  })

  it('needs no timer', () => {
    const { serve, told, clock } = metered()
    serve(500, 3)
    told()
    expect(clock.pending).toBe(0)
  })

  it('is busy as the loop is: one loop is one core, however many the machine has', () => {
    const { serve, told } = metered({}, fakeMachine({ cores: 16 }))
    serve(1_000, 100, { cpu: 960, active: 950 })
    expect(told()).toMatchObject({ applicationUtilization: 0.95, cpuUtilization: 0.06 })
  })

  it('is busy as the processors are where threads do the work and the loop waits', () => {
    const { serve, told } = metered({}, fakeMachine({ cores: 2 }))
    serve(1_000, 100, { cpu: 1_800, active: 100 })
    expect(told()).toMatchObject({ applicationUtilization: 0.9, cpuUtilization: 0.9, utilization: { event_loop: 0.1 } })
  })

  it('is busy as its owner says, until he takes it back', () => {
    const { meter, serve, told } = metered()
    serve(1_000, 100, { active: 300 })
    expect(meter.setApplicationUtilization(1.4)).toBe(true)
    for (const wrong of [-0.1, NaN, Infinity]) expect(meter.setApplicationUtilization(wrong)).toBe(false)
    expect(told().applicationUtilization).toBe(1.4)
    meter.setApplicationUtilization(undefined)
    serve(1_000, 100, { active: 300 })
    expect(told().applicationUtilization).toBe(0.3)
  })

  it('forgets with its time constant, whatever the stretches between two looks were', () => {
    const after = (stretches: readonly number[]): number => {
      const { serve, told } = metered({ over: 1_000 })
      serve(10_000, 1_000, { active: 9_000 })
      told()
      for (const stretch of stretches) {
        serve(stretch, 0)
        told()
      }
      return told().rpsFractional ?? 0
    }
    const left = 100 * Math.exp(-1)
    expect(after([1_000])).toBeCloseTo(left, 1)
    expect(after(Array.from({ length: 10 }, () => 100))).toBeCloseTo(left, 1)
    expect(after([300, 700])).toBeCloseTo(left, 1)
    // What is small is told in four digits too, and not as nothing.
    expect(after([60_000])).toBeGreaterThanOrEqual(0)
    expect(after([60_000])).toBeLessThan(1e-20)
  })

  it('weighs its first stretches by their length, since there is nothing before them to be smoothed with', () => {
    const { serve, told } = metered({ over: '10s' })
    serve(100, 0)
    told()
    serve(100, 20)
    expect(told().rpsFractional).toBeCloseTo(100.5, 1)
  })

  it('tells a weight that does not move when load does: rate and utilisation are of the same time', () => {
    const { serve, told } = metered()
    const weights: (number | undefined)[] = []
    for (const requests of [10, 80, 5, 40, 90, 1, 60]) {
      serve(100, requests, { active: requests })
      weights.push(weightOf(told()))
    }
    for (const weight of weights) expect(weight).toBeCloseTo(1_000, -1)
  })

  it('looks no faster for what it turns away', () => {
    const steady = metered()
    const shedding = metered()
    steady.serve(1_000, 100, { active: 900 })
    for (let at = 0; at < 200; at++) shedding.meter.refused()
    shedding.serve(1_000, 100, { active: 900 })
    expect(shedding.told()).toMatchObject({ rpsFractional: 100, eps: 200 })
    expect(weightOf(shedding.told())!).toBeLessThan(weightOf(steady.told())!)
  })

  it('tells numbers of its owner’s until they are set anew or taken back', () => {
    const { meter, serve, told } = metered()
    expect(meter.set('queue', 0.4)).toBe(true)
    expect(meter.setUtilization('db', 0.9)).toBe(true)
    serve(100, 1)
    expect(told()).toMatchObject({ namedMetrics: { in_flight: 0, queue: 0.4 }, utilization: { event_loop: 0, db: 0.9 } })
    meter.set('queue', -3)
    meter.setUtilization('db', undefined)
    serve(100, 1)
    expect({ ...told().namedMetrics }).toEqual({ in_flight: 0, queue: -3 })
    expect({ ...told().utilization }).toEqual({ event_loop: 0 })
  })

  it('refuses what cannot be told, counts it, and throws at nobody', () => {
    const { meter, serve, told } = metered()
    for (const name of ['', 'a b', 'a,b', 'ä', '__proto__', 'constructor', 'x'.repeat(129), 'in_flight']) expect(meter.set(name, 1)).toBe(false)
    for (const value of [NaN, Infinity, '1' as unknown as number, null as unknown as number]) expect(meter.set('queue', value)).toBe(false)
    expect(meter.setUtilization('db', -1)).toBe(false)
    expect(meter.setUtilization('event_loop', 1)).toBe(false)
    expect(meter.setUtilization('in_flight', 1)).toBe(false)
    expect(meter.set(Symbol('queue') as unknown as string, 1)).toBe(false)
    serve(100, 1)
    expect({ ...told().namedMetrics }).toEqual({ in_flight: 0 })
    expect(meter.inspect().refused).toBe(16)
  })

  it('keeps 32 numbers of each kind, its own among them, so that its report is never too long for a reader', () => {
    const { meter, serve, told } = metered()
    const taken = Array.from({ length: 40 }, (_, at) => meter.set(`m${at}`, at)).filter(Boolean)
    expect(taken).toHaveLength(31)
    expect(meter.set('m3', 7)).toBe(true)
    serve(100, 1)
    expect(Object.keys(told().namedMetrics ?? {})).toHaveLength(32)
    expect(told().namedMetrics?.['m3']).toBe(7)
    meter.set('m3', undefined)
    expect(meter.set('m39', 1)).toBe(true)
  })

  it('writes in the form that was asked for, and as bytes for gRPC', () => {
    for (const [form, start] of [['json', 'JSON {'], ['text', 'TEXT cpu'], ['bin', 'BIN ']] as const) {
      const { meter, serve, told } = metered({ form })
      serve(100, 10, { cpu: 40, active: 50 })
      expect(meter.header()?.startsWith(start)).toBe(true)
      expect(told()).toMatchObject({ rpsFractional: 100, applicationUtilization: 0.5 })
      const bytes = meter.bytes()
      expect(decodeLoadReport(bytes!)).toEqual(told())
      expect(meter.bytes()).toBe(bytes)
      serve(100, 10)
      expect(meter.bytes()).not.toBe(bytes)
    }
  })

  it('is bytes with what is in flight now, or none', () => {
    const { meter, serve, told } = metered()
    expect(meter.replyBytes()).toBeUndefined()
    serve(100, 1)
    const report = told()
    meter.began()
    meter.began()
    expect(decodeLoadReport(meter.replyBytes()!)).toEqual({ ...report, namedMetrics: { in_flight: 2 } })
  })

  it('is a header by name and value, or none', () => {
    const { meter, serve } = metered()
    expect(meter.replyHeaders()).toEqual([])
    serve(100, 1)
    expect(meter.replyHeaders()).toEqual(['endpoint-load-metrics', meter.header()])
  })

  it('is what inspect shows', () => {
    const { meter, serve } = metered({}, fakeMachine({ cores: 0.5 }))
    meter.began()
    serve(100, 10, { cpu: 50, active: 100 })
    expect(meter.inspect()).toEqual({ report: meter.report(), inFlight: 1, loop: 1, cores: 0.5, memory: 1_000, refused: 0 })
    expect(meter.report()?.cpuUtilization).toBe(1)
  })

  it('tells nothing when it is closed', () => {
    const { meter, serve, machine } = metered()
    serve(100, 10)
    meter.header()
    meter.close()
    const looks = machine.looks
    serve(100, 10)
    expect([meter.header(), meter.bytes(), meter.replyBytes(), meter.report()]).toEqual([undefined, undefined, undefined, undefined])
    expect(machine.looks).toBe(looks)
  })

  it('keeps its last word on a loop that was not measured meanwhile', () => {
    const { clock, machine, meter, told } = metered()
    machine.work(0, 80, 20)
    clock.advance(100)
    meter.header()
    clock.advance(100)
    expect(told().utilization).toEqual(expect.objectContaining({ event_loop: 0.8 }))
  })
})
