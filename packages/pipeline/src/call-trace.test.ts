import { describe, expect, test, vi } from 'vitest'
import { GuardedTrace, type CallTrace } from './call-trace.ts'
import type { Attempt, HeaderSink } from './call.ts'
import type { MeshEvent } from './events.ts'
import { ok } from './exchange.ts'

const event: MeshEvent = { type: 'policy-changed', service: 's', at: 0, chain: [] }
const attempt = { ordinal: 0 } as Attempt
const sink: HeaderSink = { set() {} }

/** What a guard hears, method by method. */
const told: { readonly [K in Exclude<keyof CallTrace, 'run'>]: Parameters<CallTrace[K]> } = {
  decided: [event], launched: [attempt], inject: [attempt, sink], sent: [attempt], tried: [attempt, ok, 1], answered: [ok, 1], ended: [ok, 1],
}
const methods = Object.keys(told) as (keyof typeof told)[]

function tell(trace: CallTrace, method: keyof typeof told): void {
  (trace[method] as (...args: unknown[]) => void)(...told[method])
}

function traceOf(more: Partial<CallTrace> = {}): CallTrace & { readonly heard: [string, ...unknown[]][] } {
  const heard: [string, ...unknown[]][] = []
  const methodsOf = methods.map((method) => [method, (...args: unknown[]) => void heard.push([method, ...args])] as const)
  return { ...(Object.fromEntries(methodsOf) as unknown as CallTrace), run: (_attempt, _sends, fn) => fn(), ...more, heard }
}

const bug = (): never => {
  throw new Error('bug')
}

describe('what guards a call from whoever follows it', () => {
  test.each(methods)('hands %s on as it is told', (method) => {
    const trace = traceOf()
    const fault = vi.fn()
    tell(new GuardedTrace(trace, fault), method)
    expect(trace.heard).toEqual([[method, ...told[method]]])
    expect(fault).not.toHaveBeenCalled()
  })

  test.each(methods)('keeps what %s throws away from the call, tells of it once, and tells nothing more of that call', (method) => {
    const trace = traceOf({ [method]: bug })
    const fault = vi.fn()
    const guarded = new GuardedTrace(trace, fault)
    for (let i = 0; i < 2; i++) for (const one of [method, ...methods]) tell(guarded, one)
    expect(fault.mock.calls).toEqual([[method, new Error('bug')]])
    expect(trace.heard).toEqual([])
    expect(guarded.run(attempt, 'wire', () => 'sent')).toBe('sent')
  })
})

describe('run', () => {
  const runs: Readonly<Record<string, CallTrace['run']>> = {
    'runs it': (_attempt, _sends, fn) => fn(),
    'runs it and answers something else': (_attempt, _sends, fn) => (fn(), 'else' as never),
    'runs it twice': (_attempt, _sends, fn) => (fn(), fn()),
    'does not run it': () => undefined as never,
    'throws before': bug,
    'throws after': (_attempt, _sends, fn) => (fn(), bug()),
    'swallows what it throws': (_attempt, _sends, fn) => {
      try {
        return fn()
      } catch {
        return 'swallowed' as never
      }
    },
    'runs it later': (_attempt, _sends, fn) => {
      later.push(fn)
      return undefined as never
    },
  }
  const later: (() => unknown)[] = []

  test.each(Object.entries(runs))('runs what it is given once, and hands on what that answers, where the tracer %s', (name, run) => {
    const fault = vi.fn()
    const fn = vi.fn(() => 'answer')
    const guarded = new GuardedTrace(traceOf({ run }), fault)
    expect(guarded.run(attempt, 'function', fn)).toBe('answer')
    for (const one of later.splice(0)) one()
    expect(fn).toHaveBeenCalledTimes(1)
    expect(fault).toHaveBeenCalledTimes(name.startsWith('throws') ? 1 : 0)
  })

  test.each(Object.entries(runs))('throws what it threw, which is no fault of a tracer that %s', (name, run) => {
    const fault = vi.fn()
    const thrown = new Error('the user’s own')
    const fn = vi.fn(() => { throw thrown })
    expect(() => new GuardedTrace(traceOf({ run }), fault).run(undefined, 'function', fn)).toThrow(thrown)
    for (const one of later.splice(0)) one()
    expect(fn).toHaveBeenCalledTimes(1)
    expect(fault).toHaveBeenCalledTimes(name.startsWith('throws') ? 1 : 0)
  })

  test('tells whether our client sends, or a function of the user’s, and which try', () => {
    const run = vi.fn(((_attempt, _sends, fn) => fn()) satisfies CallTrace['run'])
    const guarded = new GuardedTrace(traceOf({ run: run as CallTrace['run'] }), bug)
    guarded.run(attempt, 'wire', () => {})
    guarded.run(undefined, 'function', () => {})
    expect(run.mock.calls.map(([of, sends]) => [of, sends])).toEqual([[attempt, 'wire'], [undefined, 'function']])
  })
})
