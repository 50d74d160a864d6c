import { manualClock, recorder, seededRandom } from '@inmesh/testing'
import { describe, expect, test } from 'vitest'
import { callbackInterceptor, interceptor } from './bridge.ts'
import { compose, composeWith } from './compose.ts'
import type { AnyLayer } from './layer.ts'
import { backup, drop, fallback, limit, rescue, retry, timeout } from './policies.ts'

const marked = (name: string, log: string[]): AnyLayer => callbackInterceptor({
  name,
  call: (call, next, done) => {
    log.push(`${name} in`)
    next(call, (exchange) => {
      log.push(`${name} out`)
      done(exchange)
    })
  },
}, 'call')

describe('compose', () => {
  test('puts the first listed outermost', async () => {
    const log: string[] = []
    await composeWith({}, [marked('outer', log), marked('inner', log)]).wrap(async () => void log.push('sent'))()
    expect(log).toEqual(['outer in', 'inner in', 'sent', 'inner out', 'outer out'])
  })

  test('of nothing is the function itself, as a promise', async () => {
    expect(compose().describe()).toEqual([])
    expect(await compose().wrap((_, a: number, b: number) => a + b)(2, 3)).toBe(5)
  })

  test('joins adjacent retry, backup and rescue to one step', () => {
    const names = (...layers: AnyLayer[]): string[] => composeWith({}, layers).describe().map(({ name }) => name)
    expect(names(limit({ rate: 5 }), retry(), backup())).toEqual(['limit', 'attempts'])
    expect(names(rescue(), backup(), retry())).toEqual(['attempts'])
    expect(compose(limit({ rate: 5 }), retry(), backup()).describe().map(({ name }) => name)).toEqual(['limit', 'attempts'])
  })

  test('describes each step with its scope and its reason', () => {
    const steps = compose(timeout('1s'), drop(0.1), fallback(() => 'x'), retry()).describe()
    expect(steps.map(({ name, scope }) => [name, scope])).toEqual([['timeout', 'call'], ['drop', 'call'], ['fallback', 'call'], ['attempts', 'call']])
    for (const { why } of steps) expect(why).not.toBe('')
  })

  test('leaves out what is off', () => {
    expect(compose(drop(1, { mode: 'off' }), limit({ rate: 1, mode: 'off' }), retry()).describe().map(({ name }) => name)).toEqual(['attempts'])
  })

  test('a part that is not listed does nothing: backup alone never retries', async () => {
    const clock = manualClock()
    const run = async (...layers: AnyLayer[]): Promise<number> => {
      let tries = 0
      const query = composeWith({ clock, random: seededRandom(1) }, layers).wrap(async () => { tries++; throw new Error('down') }, { repeat: 'always' })
      const done = query().catch(() => {})
      await clock.run(1000)
      await done
      return tries
    }
    expect([await run(retry()), await run(backup()), await run(backup(), retry()), await run(rescue())]).toEqual([2, 1, 2, 1])
  })

  test('joined parts share one maximum and one budget', async () => {
    const clock = manualClock()
    let tries = 0
    const query = composeWith({ clock }, [retry({ maxExtraTries: 1, budget: { ratio: 1 } }), backup({ after: 10, maxExtraLoad: 1 })])
      .wrap(() => { tries++; return new Promise((_, reject) => void clock.schedule(clock.now() + 50, true, reject, new Error('down'))) }, { repeat: 'always' })
    const done = query().catch(() => {})
    await clock.run(1000)
    await done
    expect(tries).toBe(2)
  })

  test('keeps its state per composition: two functions wrapped by one share its limit', async () => {
    const both = composeWith({ clock: manualClock() }, [limit({ rate: 1, burst: 1 })])
    const [one, other] = [both.wrap(async () => 'one'), both.wrap(async () => 'other')]
    expect(await one()).toBe('one')
    await expect(other()).rejects.toMatchObject({ code: 'INMESH_RATE_LIMITED', service: 'client' })
    expect(await composeWith({ clock: manualClock() }, [limit({ rate: 1, burst: 1 })]).wrap(async () => 'fresh')()).toBe('fresh')
  })

  test('refuses what is no layer, and says how to make it one', () => {
    const composed = (...layers: unknown[]) => () => composeWith({}, layers as AnyLayer[])
    expect(composed(retry)).toThrow(new TypeError('compose: got a function; call it: retry()'))
    expect(composed(() => {})).toThrow('interceptor(name, function)')
    expect(composed({})).toThrow('compose: got an empty object (accepted: layers, such as retry() or limit({ rate: 50 }))')
    expect(composed(undefined)).toThrow('compose: got nothing')
  })

  test('refuses wrong nesting where no compiler did', () => {
    const composed = (...layers: AnyLayer[]) => () => composeWith({}, layers)
    const routed = callbackInterceptor({ name: 'mine', call: (context, next, done) => next(context, done) }, 'routed')
    const tries = callbackInterceptor({ name: 'mine', call: (context, next, done) => next(context, done) }, 'attempt')
    expect(composed(retry(), limit({ rate: 50 }))).toThrow(new TypeError('compose: limit cannot stand behind retry: it takes the scope "call", here is "attempt"; list it before whatever makes tries (retry, backup, rescue)'))
    expect(composed(routed)).toThrow('compose: mine cannot stand first: it takes the scope "routed", here is "call"; list it behind balance')
    expect(composed(retry(), tries, backup())).toThrow('compose: backup cannot stand behind mine')
    expect(composed(tries, retry())).toThrow('list it behind what makes tries')
    expect(composed(limit({ rate: 50 }), retry(), backup(), tries)).not.toThrow()
  })

  test('takes durations in the user’s form', () => {
    expect(() => compose(timeout('1 s' as '1s'))).toThrow('timeout: got "1 s"')
    expect(() => compose(backup({ after: -1 }))).toThrow('backup.after: got -1')
    expect(() => compose(limit({ rate: 1, per: 'x' as '1s' }))).toThrow('limit.per')
  })

  test('tells its observer, under its name', async () => {
    const record = recorder()
    await composeWith({ name: 'db', observe: record, clock: manualClock() }, [retry()]).wrap(async () => 1, { operation: 'q' })()
    expect(record.of('ended')).toMatchObject([{ service: 'db', operation: 'q', tries: 1 }])
  })

  test('an async interceptor may stand anywhere a call may', async () => {
    const add = interceptor('add', async (_, next) => next())
    expect(compose(add, retry()).describe().map(({ name }) => name)).toEqual(['add', 'attempts'])
  })
})
