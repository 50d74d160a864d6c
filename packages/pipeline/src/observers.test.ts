import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { testService } from '@inmesh/testing'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import type { CallTrace, CallTracer } from './call-trace.ts'
import type { Call, CallContext } from './context.ts'
import type { MeshEvent } from './events.ts'
import { Observers } from './observers.ts'
import { meshEvents, type MeshEventMessage } from './published.ts'
import type { Source } from './source.ts'

const event: MeshEvent = { type: 'policy-changed', service: 's', at: 0, chain: [] }

describe('observers', () => {
  test('are asked for only while somebody listens', () => {
    const observers = new Observers()
    expect(observers.active).toBe(false)
    const stop = observers.add(() => {})
    expect(observers.active).toBe(true)
    stop()
    stop()
    expect(observers.active).toBe(false)
  })

  test('one that throws disturbs neither the call nor the others, and is told of once', () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const observers = new Observers()
    const heard: MeshEvent[] = []
    observers.add(() => { throw new Error('bug') })
    observers.add((one) => void heard.push(one))
    observers.emit(event)
    observers.emit(event)
    expect(heard).toHaveLength(2)
    expect(warn).toHaveBeenCalledTimes(1)
    expect(warn.mock.calls[0]?.[0]).toContain('an observer threw on "policy-changed"')
  })

  test('an async one that rejects ends no process, is counted, and is told of once', async () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const observers = new Observers()
    observers.add(async () => { throw new Error('bug') })
    observers.emit(event)
    observers.emit(event)
    await Promise.resolve()
    expect(observers.faults).toBe(2)
    expect(warn).toHaveBeenCalledTimes(1)
  })

  test('may stop listening, or start, while they are told', () => {
    const observers = new Observers()
    const log: string[] = []
    const stop = observers.add(() => {
      log.push('first')
      stop()
      observers.add(() => void log.push('third'))
    })
    observers.add(() => void log.push('second'))
    observers.emit(event)
    observers.emit(event)
    expect(log).toEqual(['first', 'second', 'second', 'third'])
  })

  test('one with `watch` is handed each source there is and each that comes, and lets go of it when that is gone or it listens no more', () => {
    const observers = new Observers()
    const log: string[] = []
    const listener = (name: string) => Object.assign(() => {}, { watch: (source: Source) => {
      log.push(`${name} has ${source.state().servers[0]?.name}`)
      return () => void log.push(`${name} lets go`)
    } })
    const source = (name: string): Source => ({ state: () => ({ services: [], servers: [{ name, state: 'serving', inFlight: 0, waiting: 0, limits: [] }], observerFaults: 0 }) })
    const stop = observers.add(listener('early'))
    const gone = observers.offer(source('a'))
    observers.add(listener('late'))
    observers.add(() => {})
    expect(log.splice(0)).toEqual(['early has a', 'late has a'])
    stop()
    stop()
    expect(log.splice(0)).toEqual(['early lets go'])
    observers.offer(source('b'))
    expect(log.splice(0)).toEqual(['late has b'])
    gone()
    gone()
    expect(log).toEqual(['late lets go'])
  })

  test('a `watch` that throws disturbs nobody, and is told of once', () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const observers = new Observers()
    observers.add(Object.assign(() => {}, { watch: () => { throw new Error('bug') } }))
    const state: Source['state'] = () => ({ services: [], servers: [], observerFaults: 0 })
    observers.offer({ state })()
    observers.offer({ state })
    expect(warn).toHaveBeenCalledTimes(1)
    expect(warn.mock.calls[0]?.[0]).toContain('an observer threw in its watch')
  })
})

const call = { service: 's' } as CallContext
const nothing = (): void => {}

function traceOf(more: Partial<CallTrace> = {}): CallTrace {
  return { decided: nothing, launched: nothing, inject: nothing, run: (_attempt, _sends, fn) => fn(), sent: nothing, tried: nothing, answered: nothing, ended: nothing, ...more }
}

function tracing(tracer: CallTracer): (() => void) & { readonly tracer: CallTracer } {
  return Object.assign(() => {}, { tracer })
}

describe('an observer', () => {
  test('hears which call an event is of, and of what is of none that it is of none', () => {
    const observers = new Observers()
    const heard: unknown[][] = []
    observers.add((...args) => void heard.push(args))
    observers.emit(event, call)
    observers.emit(event)
    expect(heard).toEqual([[event, call], [event, undefined]])
  })

  test('hears the same call with each of its events, as its caller made it', () => {
    const s = testService({ retry: { maxExtraTries: 1 }, eject: false })
    const calls = new Map<string, Set<Call | undefined>>()
    s.service.observers.add(({ type }, of) => calls.set(type, (calls.get(type) ?? new Set()).add(of)))
    s.backend.on().fail('UNAVAILABLE')
    const made = s.call({ repeat: 'always' })
    s.clock.advance(1000)
    for (const type of ['picked', 'tried', 'retried', 'refused', 'ended']) expect([type, [...(calls.get(type) ?? [])]]).toEqual([type, [made]])
  })
})

describe('who follows calls', () => {
  test('is nobody where no observer has a tracer', () => {
    const observers = new Observers()
    expect(observers.follow(call)).toBeUndefined()
    observers.add(() => {})
    expect(observers.follow(call)).toBeUndefined()
  })

  test('is the tracer of the first observer that has one; taken away, that of the next', () => {
    const observers = new Observers()
    const log: string[] = []
    const of = (name: string) => tracing({ begin: () => (log.push(name), traceOf()) })
    observers.add(() => {})
    const stopFirst = observers.add(of('first'))
    const stopSecond = observers.add(of('second'))
    observers.follow(call)
    stopFirst()
    observers.follow(call)
    stopSecond()
    expect(observers.follow(call)).toBeUndefined()
    expect(log).toEqual(['first', 'second'])
  })

  test('goes on with calls that it follows when it is taken away', () => {
    const observers = new Observers()
    const decided = vi.fn()
    const stop = observers.add(tracing({ begin: () => traceOf({ decided }) }))
    const followed = Object.assign(Object.create(call) as CallContext, { trace: observers.follow(call) })
    stop()
    observers.emit(event, followed)
    expect(decided).toHaveBeenCalledWith(event)
  })

  test('may pass a call over', () => {
    const observers = new Observers()
    observers.add(tracing({ begin: () => undefined }))
    expect(observers.follow(call)).toBeUndefined()
  })

  test('hears each event of its call behind the observers, and none of another', () => {
    const observers = new Observers()
    const log: string[] = []
    observers.add(Object.assign(() => void log.push('observer'), { tracer: { begin: () => traceOf({ decided: () => void log.push('trace') }) } }))
    const followed = Object.assign(Object.create(call) as CallContext, { trace: observers.follow(call) })
    observers.emit(event, followed)
    observers.emit(event, call)
    observers.emit(event)
    expect(log).toEqual(['observer', 'trace', 'observer', 'observer'])
  })

  test('is counted and told of once when it throws, with observers that throw', () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const bug = (): never => { throw new Error('bug') }
    const observers = new Observers()
    const observer = tracing({ begin: () => traceOf({ answered: bug, ended: bug }) })
    const stop = observers.add(observer)
    for (let i = 0; i < 2; i++) {
      const trace = observers.follow(call)
      trace?.answered({ kind: 'ignored', why: 'caller' }, 0)
      trace?.ended({ kind: 'ignored', why: 'caller' }, 0)
    }
    expect(observers.faults).toBe(2)
    expect(warn.mock.calls.map(([text]) => String(text).split(':')[0])).toEqual(['an observer threw in its tracer (answered) and will not be reported again'])
    stop()
    observers.add(tracing({ begin: bug }))
    expect(observers.follow(call)).toBeUndefined()
    observers.add(bug)
    observers.emit(event)
    expect(observers.faults).toBe(4)
    expect(warn).toHaveBeenCalledTimes(3)
  })
})

describe('the channel', () => {
  function heard(): { readonly told: MeshEventMessage[]; stop(): void } {
    const told: MeshEventMessage[] = []
    const listener = (message: unknown): void => void told.push(message as MeshEventMessage)
    subscribe(meshEvents, listener)
    const stop = (): void => void unsubscribe(meshEvents, listener)
    onTestFinished(stop)
    return { told, stop }
  }

  test('is told every event with its call while anybody is subscribed, and makes observers active for so long', () => {
    const observers = new Observers()
    observers.emit(event, call)
    const { told, stop } = heard()
    expect(observers.active).toBe(true)
    observers.emit(event, call)
    observers.emit(event)
    stop()
    expect(observers.active).toBe(false)
    observers.emit(event)
    expect(told).toEqual([{ event, call }, { event, call: undefined }])
  })

  test('is left to others by those whose events others publish', () => {
    const observers = new Observers(false)
    const { told } = heard()
    observers.emit(event, call)
    expect(told).toEqual([])
  })
})
