import { manualClock, recorder, seededRandom, type ManualClock } from '@inmesh/testing'
import { AsyncLocalStorage } from 'node:async_hooks'
import { execFile } from 'node:child_process'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { composeWith, type ComposeOptions, type Composed } from './compose.ts'
import { explain } from './explain.ts'
import type { AnyLayer } from './layer.ts'
import { backup, limit, retry, timeout } from './policies.ts'
import type { WrapContext } from './wrap.ts'

const at = (clock: ManualClock, ...layers: AnyLayer[]): Composed => composeWith({ clock, random: seededRandom(1) } satisfies ComposeOptions, layers)
const after = <T>(clock: ManualClock, ms: number, value: T): Promise<T> => new Promise((resolve) => void clock.schedule(clock.now() + ms, true, resolve, value))
const reset = (): Error => Object.assign(new Error('reset'), { code: 'ECONNRESET' })

afterEach(() => {
  vi.restoreAllMocks()
})

describe('a wrapped function', () => {
  test('gets its arguments and gives its result, be it a promise, a thenable or a plain value', async () => {
    const composed = at(manualClock(), retry())
    expect(await composed.wrap((_, a: number, b: string) => `${a}${b}`)(1, 'x')).toBe('1x')
    expect(await composed.wrap(async () => undefined)()).toBeUndefined()
    const thenable = { then: (resolve: (value: string) => void) => resolve('thenable') }
    expect(await composed.wrap(() => thenable as PromiseLike<string> as Promise<string>)()).toBe('thenable')
  })

  test('that throws or rejects does so to its caller, with the very error', async () => {
    const composed = at(manualClock(), timeout('1s'))
    const error = new Error('mine')
    await expect(composed.wrap(() => { throw error })()).rejects.toBe(error)
    await expect(composed.wrap(() => Promise.reject(error))()).rejects.toBe(error)
    await expect(composed.wrap(() => Promise.reject('a string'))()).rejects.toBe('a string')
  })

  test('that throws what cannot be read does so to its caller, too, who would else wait for ever', async () => {
    const getter = Object.defineProperty(new Error('x'), 'code', { get: () => { throw new Error('in the getter') } })
    for (const fn of [() => { throw getter }, () => Promise.reject(getter)]) {
      expect(await at(manualClock(), retry()).wrap(fn)().then(() => false, (error: unknown) => Object.is(error, getter))).toBe(true)
    }
  })

  test('is not sent twice unless it is marked', async () => {
    const clock = manualClock()
    let tries = 0
    const fails = async (): Promise<never> => { tries++; throw reset() }
    const unmarked = at(clock, retry()).wrap(fails)().catch(() => {})
    await clock.run(500)
    await unmarked
    expect(tries).toBe(1)
    const marked = at(clock, retry()).wrap(fails, { repeat: 'always' })().catch(() => {})
    await clock.run(500)
    await marked
    expect(tries).toBe(3)
  })

  test('is told which try it is, and how much time is left', async () => {
    const clock = manualClock()
    const seen: unknown[] = []
    const query = at(clock, retry({ backoff: { min: 0, max: 0 } })).wrap(async (context) => {
      seen.push([context.attempt, context.remaining()])
      await after(clock, 10, undefined)
      if (context.attempt === 0) throw reset()
    }, { repeat: 'always', timeout: 100 })
    const done = query()
    await clock.run(50)
    await done
    expect(seen).toEqual([[0, 100], [1, 90]])
  })

  test('has its late first try aborted when its backup wins', async () => {
    const clock = manualClock()
    const contexts: WrapContext[] = []
    const query = at(clock, backup({ after: 10, maxExtraLoad: 1 })).wrap((context) => {
      contexts.push(context)
      expect(context.signal.aborted).toBe(false)
      return after(clock, context.attempt === 0 ? 100 : 5, context.attempt)
    }, { repeat: 'always' })
    const done = query()
    await clock.run(20)
    expect(await done).toBe(1)
    expect(contexts.map(({ signal }) => signal.aborted)).toEqual([true, false])
    await clock.run(200)
    expect(clock.pending).toBe(0)
  })

  test('a loser that rejects later is no unhandled rejection', async () => {
    const clock = manualClock()
    const unhandled: unknown[] = []
    const note = (error: unknown): void => void unhandled.push(error)
    process.on('unhandledRejection', note)
    const query = at(clock, backup({ after: 10, maxExtraLoad: 1 })).wrap(async (context) => {
      await after(clock, context.attempt === 0 ? 100 : 5, undefined)
      if (context.attempt === 0) throw reset()
      return 'won'
    }, { repeat: 'always' })
    const done = query()
    await clock.run(300)
    expect(await done).toBe('won')
    process.off('unhandledRejection', note)
    expect(unhandled).toEqual([])
  })

  test('ends with the caller’s own reason when he aborts, in whatever it waits for', async () => {
    const clock = manualClock()
    for (const moment of [0, 5, 40]) {
      const controller = new AbortController()
      const query = at(clock, retry({ backoff: { min: 100, max: 100 } })).wrap(async () => {
        await after(clock, 20, undefined)
        throw reset()
      }, { repeat: 'always', signal: controller.signal })
      const done = query().catch((error: unknown) => error)
      await clock.run(moment)
      const reason = new Error('changed my mind')
      controller.abort(reason)
      expect(await done).toBe(reason)
      await clock.run(200)
      expect(clock.pending).toBe(0)
    }
  })

  test('with a signal that is aborted already is not called', async () => {
    let called = false
    const query = at(manualClock(), retry()).wrap(async () => { called = true }, { signal: AbortSignal.abort(new Error('before')) })
    await expect(query()).rejects.toThrow('before')
    expect(called).toBe(false)
  })

  test('leaves no listener on a signal that outlives it', async () => {
    const controller = new AbortController()
    const signal = Object.assign(controller.signal)
    const listening = new Set<unknown>()
    const { addEventListener, removeEventListener } = signal
    signal.addEventListener = (type: string, fn: () => void) => { listening.add(fn); addEventListener.call(signal, type, fn) }
    signal.removeEventListener = (type: string, fn: () => void) => { listening.delete(fn); removeEventListener.call(signal, type, fn) }
    const query = at(manualClock(), retry()).wrap(async () => 1, { signal })
    await Promise.all([query(), query(), query()])
    expect(listening.size).toBe(0)
  })

  test('has no endpoint where nothing balances, and says so', async () => {
    const query = at(manualClock()).wrap(async (context) => context.endpoint)
    await expect(query()).rejects.toThrow('nothing balances this call')
  })

  test('may classify its own errors', async () => {
    const clock = manualClock()
    let tries = 0
    const query = at(clock, retry({ backoff: { min: 0, max: 0 } })).wrap(async () => { tries++; throw new Error('busy') }, {
      repeat: 'if-unprocessed',
      classify: (cause) => ({ kind: 'failure', code: 'UNAVAILABLE', reach: 'refused', cause }),
    })
    const done = query().catch((error: unknown) => error)
    await clock.run(10)
    expect(explain(await done)).toMatchObject({ message: 'busy', tries: [{ outcome: 'UNAVAILABLE (refused)' }, { outcome: 'UNAVAILABLE (refused)' }] })
    expect(tries).toBe(2)
  })

  test('whose classify says nothing is classified by the codes of sockets', async () => {
    let calls = 0
    const query = at(manualClock(), retry()).wrap(async () => {
      if (++calls === 1) throw Object.assign(new Error('refused'), { code: 'ECONNREFUSED' })
      return 'row'
    }, { repeat: 'if-unprocessed', classify: () => undefined })
    expect([await query(), calls]).toEqual(['row', 2])
  })

  test('whose classify throws fails with its own error all the same, and that is told once', async () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const error = new Error('mine')
    const query = at(manualClock(), retry()).wrap(() => Promise.reject(error), { classify: () => { throw new Error('bug in classify') } })
    await expect(query()).rejects.toBe(error)
    await expect(query()).rejects.toBe(error)
    expect(warn).toHaveBeenCalledTimes(1)
  })

  test('whose classify names no cause fails with the error itself', async () => {
    const error = new Error('mine')
    const query = at(manualClock(), retry()).wrap(() => Promise.reject(error), { classify: () => ({ kind: 'failure', code: 'INVALID_ARGUMENT', reach: 'processed' }) })
    await expect(query()).rejects.toBe(error)
  })

  test('may say that an error was none of the callee’s: a success of its endpoint, thrown all the same', async () => {
    const record = recorder()
    const query = composeWith({ clock: manualClock(), observe: record }, [retry()]).wrap(() => Promise.reject(new Error('404')), { classify: () => ({ kind: 'success', code: 'NOT_FOUND' }) })
    await expect(query()).rejects.toThrow('404')
    expect(record.of('ended')).toMatchObject([{ outcome: { kind: 'success', code: 'NOT_FOUND' }, tries: 1 }])
  })

  test('is refused with options that are none, once, when it is wrapped', () => {
    const composed = at(manualClock())
    const wrong: object = { repaet: 'always', timeout: 'soon', signal: {}, classify: 'UNAVAILABLE' }
    expect(() => composed.wrap(async () => 1, wrong)).toThrow(new TypeError([
      'wrap.repaet: unknown option; did you mean repeat? (accepted: operation, timeout, repeat, affinity, criticality, classify, signal)',
      "wrap.timeout: got \"soon\" (accepted: milliseconds as a number ≥ 0, or '250ms', '2s', '1m', '1h')",
      'wrap.signal: got an empty object (accepted: an AbortSignal)',
      'wrap.classify: got "UNAVAILABLE" (accepted: a function from an error to an outcome)',
    ].join('\n')))
  })

  test('has to be a function', () => {
    const wrap: (...args: never[]) => unknown = at(manualClock()).wrap
    expect(() => wrap()).toThrow(new TypeError('wrap: got nothing (accepted: a function that returns a promise)'))
  })
})

// Inv. 8, second half.
describe('a script', () => {
  test('whose only pending work is a backoff finishes, and exits 0', async () => {
    const source = `const { compose, retry } = await import(${JSON.stringify(new URL('index.ts', import.meta.url).href)})
      let tries = 0
      const query = compose(retry({ backoff: { min: 60, max: 60 } })).wrap(async () => { if (++tries === 1) throw new Error('once'); return 'done after ' + tries }, { repeat: 'always' })
      query().then(console.log)`
    const run = await new Promise<{ code: number | null; out: string }>((resolve) => {
      const child = execFile(process.execPath, ['--conditions=@inmesh/source', '--input-type=module', '--eval', source], { timeout: 8000 }, (_, out) => resolve({ code: child.exitCode, out: out.trim() }))
    })
    expect(run).toEqual({ code: 0, out: 'done after 2' })
  })
})

test('every try of a wrapped function, and what classifies it, is in the async context of its own caller, whoever’s timer sends it', async () => {
  const storage = new AsyncLocalStorage<string>()
  const clock = manualClock()
  const seen: string[] = []
  const see = (what: string): void => void seen.push(`${what} of ${storage.getStore()}`)
  let fail = true
  const wrapped = at(clock, limit({ rate: 1, per: 100, burst: 1, maxWait: '1s' }), retry({ backoff: { min: 50, max: 50 } })).wrap(async ({ attempt }) => {
    see(`try ${attempt}`)
    await Promise.resolve()
    see(`later in try ${attempt}`)
    if (fail) throw reset()
  }, { repeat: 'always', classify: () => (see('classify'), undefined) })
  const calls = ['a', 'b'].map((who) => storage.run(who, () => wrapped().catch(() => see('after'))))
  await storage.run('somebody else', async () => {
    await clock.run(60)
    expect(seen.splice(0)).toEqual(['try 0 of a', 'later in try 0 of a', 'classify of a', 'try 1 of a', 'later in try 1 of a', 'classify of a', 'after of a'])
    fail = false
    await clock.run(500)
  })
  await Promise.all(calls)
  // It had waited for its turn.
  expect(seen).toEqual(['try 0 of b', 'later in try 0 of b'])
})
