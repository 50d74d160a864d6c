import { manualClock } from '@inmesh/testing'
import { runInNewContext } from 'node:vm'
import { describe, expect, test, vi } from 'vitest'
import type { MeshEvent } from '../events.ts'
import { Observers } from '../observers.ts'
import type { LoggedType } from './sayings.ts'
import { logTo } from './log-to.ts'
import { messageFirst, type LogFields, type Logger } from './logger.ts'
import type { LogOptions } from './options.ts'

interface Written {
  readonly level: string
  readonly message: string
  readonly fields: LogFields
}

const A = 'http://10.0.0.4:8080'

function log(options: LogOptions = {}) {
  const clock = manualClock(1_000)
  const lines: Written[] = []
  const at = (level: string) => (fields: LogFields, message: string) => void lines.push({ level, message, fields })
  const logger = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
  const observer = logTo(logger, { clock, ...options })
  // As one of a type each; the rest is the same for all.
  const hear = (event: object): void => observer({ service: 'catalog', at: clock.now(), ...event } as MeshEvent)
  return { clock, lines, observer, hear, messages: () => lines.map(({ level, message }) => `${level} ${message}`) }
}

const ejected = (endpoint = A) => ({ type: 'ejected', endpoint, why: 'consecutive', until: 6_000, length: 5_000, ejections: 1, tries: 9, failures: 5, consecutive: 5 })
const admission = { limit: 40.4, inFlight: 40, waiting: 12, delay: 35.2, overloaded: true, everywhere: false, admitted: {}, refused: {} }

/** One of each kind of line, and what it says. */
const said: Readonly<Record<LoggedType, readonly (readonly [event: object, line: string])[]>> = {
  ejected: [
    [{}, `warn catalog: ${A} ejected for 5 s: 5 consecutive failures`],
    [{ why: 'failure-rate', tries: 40, failures: 30 }, `warn catalog: ${A} ejected for 5 s: 30 of 40 tries failed`],
    [{ why: 'success-rate', tries: 400, failures: 90 }, `warn catalog: ${A} ejected for 5 s: 90 of 400 tries failed, more than of the others`],
    [{ why: 'probe', until: 151_000 }, `warn catalog: ${A} ejected for 2.5 min: its probe failed`],
  ],
  returned: [[{ endpoint: A, outFor: 5_230 }, `info catalog: ${A} is back after 5.2 s`]],
  'ejection-suppressed': [
    [{ endpoint: A, why: 'last', would: 'consecutive' }, `warn catalog: ${A} is not ejected (consecutive): it is the last one`],
    [{ endpoint: A, why: 'cap', would: 'kept-off' }, `warn catalog: ${A} asked to be left alone and is not: as many are out as may be`],
  ],
  'kept-off': [[{ endpoint: A, until: 3_000 }, `info catalog: ${A} asked to be left alone for 2 s`]],
  panic: [
    [{ on: true, available: 1, members: 5 }, 'error catalog: ejection is ignored: only 1 of 5 endpoints are available'],
    [{ on: false, available: 4, members: 5 }, 'info catalog: ejection is in force again: 4 of 5 endpoints are available'],
  ],
  unreachable: [[{ endpoint: A, complaint: 'connect ECONNREFUSED' }, `warn catalog: ${A} is unreachable: connect ECONNREFUSED`]],
  reachable: [[{ endpoint: A, outFor: 12_000 }, `info catalog: ${A} is reachable again after 12 s`]],
  breaker: [
    [{ probability: 0.34, requests: 400, accepts: 120 }, 'warn catalog: its breaker refuses 34 % of calls: 120 of 400 are accepted'],
    [{ probability: 0, requests: 400, accepts: 390 }, 'info catalog: its breaker refuses no calls any more: 390 of 400 are accepted'],
  ],
  storm: [
    [{ share: 0 }, 'warn catalog: no backups go out: too many calls are late for them to help'],
    [{ share: 0.25 }, ''],
    [{ share: 1 }, 'info catalog: backups go out again'],
  ],
  'budget-empty': [
    [{ budget: 'retry' }, 'warn catalog: no more retries until calls bring some: their budget is empty'],
    [{ budget: 'backup' }, 'warn catalog: no more backups until calls bring some: their budget is empty'],
  ],
  'engine-changed': [
    [{ limit: 'catalog/limit', engine: 'redis', state: 'connecting' }, 'info catalog: catalog/limit: connecting to redis'],
    [{ limit: 'catalog/limit', engine: 'redis', state: 'lost', why: 'no answer' }, 'error catalog: catalog/limit: redis is lost (no answer); the limit goes by engineLost'],
    [{ limit: 'catalog/limit', engine: 'redis', state: 'up' }, 'info catalog: catalog/limit: redis answers'],
  ],
  'policy-changed': [[{ chain: ['timeout', 'attempts', 'balance'] }, 'info catalog: policy changed; the chain is timeout → attempts → balance']],
  'interceptor-failed': [[{ interceptor: 'audit', error: new Error('bug') }, 'warn catalog: "audit" threw and was passed over: bug']],
  'compiled-out': [[{ interceptor: 'audit', faults: 10 }, 'error catalog: "audit" threw 10 times and is compiled out until the policy changes']],
  'endpoints-changed': [
    [{ known: 3, added: [A], removed: [] }, `info catalog: 3 endpoints, 1 added (${A})`],
    [{ known: 1, added: [], removed: ['b', 'c'] }, 'info catalog: 1 endpoint, 2 removed (b, c)'],
  ],
  'discovery-failed': [[{ error: 'no such host' }, 'error catalog: its source of endpoints failed, and the last list stays: no such host']],
  'discovery-noted': [[{ note: 'One address behind the name.' }, 'warn catalog: One address behind the name.']],
  'passed-through': [[{ service: '', origin: 'https://example.org' }, 'info https://example.org was called, which nobody configured: it is passed through']],
  overloaded: [[admission, 'warn catalog: overloaded: 40 of at most 40 at work, 12 waiting, the event loop 35 ms late']],
  recovered: [[admission, 'info catalog: no longer overloaded: 40 of at most 40 at work']],
  draining: [[{ inFlight: 12, within: 10_000 }, 'info catalog: draining: 12 at work may end within 10 s']],
  drained: [
    [{ took: 800, ended: 12, cut: 0 }, 'info catalog: drained in 800 ms: 12 ended, 0 cut off'],
    [{ took: 10_000, ended: 9, cut: 3 }, 'warn catalog: drained in 10 s: 9 ended, 3 cut off'],
  ],
}

describe('a log', () => {
  test.each(Object.entries(said))('says of %s what is, as loud as it is bad', (type, events) => {
    const { hear, messages } = log()
    const base = type === 'ejected' ? ejected() : { type }
    for (const [event] of events) hear({ ...base, type, ...event })
    expect(messages()).toEqual(events.map(([, line]) => line).filter((line) => line !== ''))
  })

  test('has the fields of the event beside the sentence, under their names, and lengths in milliseconds instead of instants', () => {
    const { hear, lines } = log()
    hear(ejected())
    expect(lines[0]?.fields).toEqual({ service: 'catalog', event: 'ejected', endpoint: A, why: 'consecutive', forMs: 5_000, ejections: 1, tries: 9, failures: 5, consecutive: 5 })
    hear({ type: 'passed-through', service: '', origin: 'https://example.org' })
    expect(lines[1]?.fields).toEqual({ event: 'passed-through', origin: 'https://example.org' })
  })

  test('has an error as it is, so that serializers find its stack; what is none as a text', () => {
    const { hear, lines } = log()
    const error = new Error('bug')
    hear({ type: 'interceptor-failed', interceptor: 'audit', error })
    hear({ type: 'discovery-failed', error: { toString: () => 'odd\nthing' } })
    expect(lines.map(({ fields }) => fields['err'])).toEqual([error, 'odd thing'])
  })

  test('has an error of another realm as it is, too', () => {
    const { hear, lines } = log()
    const error: unknown = runInNewContext('new TypeError("bug")')
    hear({ type: 'interceptor-failed', interceptor: 'audit', error })
    expect(lines[0]).toMatchObject({ message: 'catalog: "audit" threw and was passed over: bug' })
    expect(lines[0]?.fields['err']).toBe(error)
  })

  test('says nothing for each call, and nothing of types that it does not know', () => {
    const { hear, lines } = log()
    for (const type of ['picked', 'tried', 'retried', 'refused', 'ended', 'request-ended', 'health-checked', 'severity-changed', 'toString', 'of-tomorrow']) hear({ type })
    expect(lines).toEqual([])
  })

  test('has what others have written on one line, and short', () => {
    const { hear, lines } = log()
    hear({ type: 'unreachable', endpoint: A, complaint: `no\r\n{"level":60}\u001b[2J${'x'.repeat(100_000)}` })
    hear({ type: 'policy-changed', chain: ['a\nb', ...Array.from({ length: 2_000 }, () => 'step')] })
    expect(lines[0]?.message).toMatch(/^catalog: http:\/\/10\.0\.0\.4:8080 is unreachable: no \{"level":60\} \[2Jx+$/)
    for (const { message } of lines) expect(message.length).toBeLessThanOrEqual(1_000)
    expect(lines[1]?.fields['chain']).toHaveLength(100)
    expect(String(lines[0]?.fields['complaint']).length).toBeLessThanOrEqual(300)
    expect(lines[1]?.fields['chain']).toContain('a b')
  })

  test('names ten endpoints of a fleet and counts the others', () => {
    const { hear, lines } = log()
    hear({ type: 'endpoints-changed', known: 40, added: Array.from({ length: 40 }, (_, i) => `e${i}`), removed: [] })
    expect(lines[0]?.message).toBe('catalog: 40 endpoints, 40 added (e0, e1, e2, e3, e4, e5, e6, e7, e8, e9, and 30 more)')
    expect(lines[0]?.fields['added']).toHaveLength(11)
  })
})

describe('how loud', () => {
  test('each kind is may be said; the all-clear stays info', () => {
    const { hear, messages } = log({ levels: { panic: 'warn', returned: 'debug', 'policy-changed': 'off', storm: 'debug' } })
    hear({ type: 'panic', on: true, available: 1, members: 5 })
    hear({ type: 'panic', on: false, available: 4, members: 5 })
    hear({ type: 'returned', endpoint: A, outFor: 5_000 })
    hear({ type: 'policy-changed', chain: [] })
    hear({ type: 'storm', share: 1 })
    expect(messages().map((line) => line.split(' ')[0])).toEqual(['warn', 'info', 'debug', 'debug'])
  })

  test('is refused where it is no level, or one that the logger has not', () => {
    const logger: Logger = { info: () => {}, warn: () => {}, error: () => {} }
    // @ts-expect-error a level that there is not
    const wrong: LogOptions = { levels: { panic: 'fatal', returned: 'debug', ejektd: 'off' }, burst: 0, perSecond: 0, flood: true }
    expect(() => logTo(logger, wrong)).toThrow(new TypeError([
      'logTo.levels.panic: got "fatal" (accepted: info, warn, error, off)',
      'logTo.levels.returned: got "debug" (accepted: info, warn, error, off)',
      'logTo.levels.ejektd: unknown option; did you mean ejected? (accepted: ejected, returned, ejection-suppressed, kept-off, panic, unreachable, reachable, breaker, storm, budget-empty, engine-changed, policy-changed, interceptor-failed, compiled-out, endpoints-changed, discovery-failed, discovery-noted, passed-through, overloaded, recovered, draining, drained)',
      'logTo.burst: got 0 (accepted: a whole number from 1 to 1,000)',
      'logTo.perSecond: got 0 (accepted: a number from 0.001 to 1,000)',
      'logTo.flood: unknown option (accepted: levels, burst, perSecond, clock)',
    ].join('\n')))
  })

  test('needs a logger', () => {
    // @ts-expect-error no logger
    expect(() => logTo(undefined)).toThrow('logTo: got nothing (accepted: a logger such as pino(), or messageFirst(console))')
    // @ts-expect-error no error
    expect(() => logTo({ info: () => {}, warn: 1 })).toThrow('logTo: logger.warn: got 1 (accepted: a function of fields and a message)\nlogTo: logger.error: got nothing (accepted: a function of fields and a message)')
  })
})

describe('what flaps', () => {
  test('is written ten times, then counted, and told of in one line a second after it has calmed', () => {
    const { hear, lines, clock, messages } = log()
    for (let i = 0; i < 40; i++) {
      hear(ejected(`e${i}`))
      clock.advance(10)
    }
    expect(lines).toHaveLength(10)
    clock.advance(989)
    expect(lines).toHaveLength(10)
    clock.advance(1)
    expect(messages().at(-1)).toBe('warn catalog: e39 ejected for 4.6 s: 5 consecutive failures (the last of 30 more like this within 1.3 s)')
    expect(lines.at(-1)?.fields).toMatchObject({ endpoint: 'e39', held: 30, withinMs: 1_290 })
    clock.advance(60_000)
    expect(lines).toHaveLength(11)
    expect(clock.pending).toBe(0)
  })

  test('and does not calm is told of every ten seconds, and keeps no process alive', () => {
    const { hear, lines, clock } = log()
    for (let i = 0; i < 600; i++) {
      hear(ejected())
      clock.advance(100)
      expect(clock.pendingHeld).toBe(0)
    }
    expect(lines.filter(({ fields }) => 'held' in fields)).toHaveLength(5)
    expect(lines.length).toBeLessThan(80)
  })

  test('of one kind or one service holds back no other', () => {
    const { hear, lines } = log({ burst: 1 })
    for (let i = 0; i < 5; i++) hear(ejected())
    hear({ type: 'returned', endpoint: A, outFor: 5_000 })
    hear({ ...ejected(), service: 'stock' })
    expect(lines).toHaveLength(3)
  })

  test('is written no more often in the long run than may be said', () => {
    const after = (perSecond: number): number => {
      const { hear, clock, lines } = log({ burst: 1, perSecond })
      hear(ejected())
      clock.advance(5_000)
      hear(ejected())
      return lines.length
    }
    expect([after(1), after(0.2), after(0.1)]).toEqual([2, 2, 1])
  })

  test('is told of as it is where it was only one more', () => {
    const { hear, clock, lines } = log({ burst: 1 })
    hear(ejected('a'))
    hear(ejected('b'))
    clock.advance(1_000)
    expect(lines.map(({ fields }) => [fields['endpoint'], fields['held']])).toEqual([['a', undefined], ['b', undefined]])
  })

  test('is told of when the mesh is closed, since nobody may be there a second later', () => {
    const { hear, clock, lines, observer } = log({ burst: 1 })
    const observers = new Observers()
    observers.add(observer)
    const withdraw = observers.offer({ state: () => ({ services: [], servers: [], observerFaults: 0 }) })
    for (let i = 0; i < 3; i++) hear(ejected())
    expect(lines).toHaveLength(1)
    withdraw()
    expect(lines).toHaveLength(2)
    expect(clock.pending).toBe(0)
  })

  test('is bounded for services without number', () => {
    const { hear, lines } = log({ burst: 1 })
    for (let i = 0; i < 5_000; i++) hear({ ...ejected(), service: `s${i}` })
    expect(lines.length).toBe(1_001)
  })
})

describe('a logger that throws', () => {
  test('loses that line and no other, disturbs nobody, and is told of once', () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const written: string[] = []
    const bad = (_: LogFields, message: string): void => {
      if (message.includes('bad')) throw new Error('disk full')
      written.push(message)
    }
    const observer = logTo({ info: bad, warn: bad, error: bad }, { clock: manualClock() })
    for (const endpoint of ['bad', 'good', 'bad', 'good']) observer({ service: 'catalog', at: 0, ...ejected(endpoint) } as MeshEvent)
    expect(written).toHaveLength(2)
    expect(warn).toHaveBeenCalledTimes(1)
    expect(warn.mock.calls[0]?.[0]).toContain('logTo: the logger threw')
  })

  test.each([['as it is', (bad: () => Promise<void>) => ({ info: bad, warn: bad, error: bad })], ['by messageFirst', (bad: () => Promise<void>) => messageFirst({ info: bad, warn: bad, error: bad })]])('may be async, and ends no process then (%s)', async (_, made) => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const observer = logTo(made(async () => { throw new Error('no network') }), { clock: manualClock() })
    for (const endpoint of ['a', 'b']) observer({ service: 'catalog', at: 0, ...ejected(endpoint) } as MeshEvent)
    await Promise.resolve()
    expect(warn).toHaveBeenCalledTimes(1)
    expect(warn.mock.calls[0]?.[0]).toContain('no network')
  })

  test('does so later, too, when it is told what was held', () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const clock = manualClock()
    let throws = false
    const write = (): void => {
      if (throws) throw new Error('disk full')
    }
    const observer = logTo({ info: write, warn: write, error: write }, { clock, burst: 1 })
    for (let i = 0; i < 3; i++) observer({ service: 'catalog', at: 0, ...ejected() } as MeshEvent)
    throws = true
    clock.advance(1_000)
    expect(warn).toHaveBeenCalledTimes(1)
  })
})

describe('a logger that takes the message first', () => {
  test('is handed it first, and an error as plain data', () => {
    const written: (readonly [string, LogFields])[] = []
    class Console {
      readonly lines = written
      info(message: string, fields: LogFields): void { this.lines.push([message, fields]) }
      warn(message: string, fields: LogFields): void { this.lines.push([message, fields]) }
      error(message: string, fields: LogFields): void { this.lines.push([message, fields]) }
    }
    const observer = logTo(messageFirst(new Console()), { clock: manualClock() })
    const error = Object.assign(new TypeError('bug'), { code: 'E_BUG' })
    observer({ type: 'interceptor-failed', service: 'catalog', at: 0, interceptor: 'audit', error })
    expect(written).toEqual([['catalog: "audit" threw and was passed over: bug', { service: 'catalog', event: 'interceptor-failed', interceptor: 'audit', err: { type: 'TypeError', message: 'bug', code: 'E_BUG', stack: error.stack } }]])
    const debugged: string[] = []
    const quiet = { info: () => {}, warn: () => {}, error: () => {} }
    messageFirst({ ...quiet, debug: (message) => debugged.push(message) }).debug?.({}, 'x')
    expect(debugged).toEqual(['x'])
    expect(messageFirst(quiet).debug).toBeUndefined()
  })

  test('is refused as it is handed over where it is none, with all that it lacks', () => {
    // @ts-expect-error: plain JavaScript
    expect(() => messageFirst(null)).toThrow('messageFirst: got null (accepted: a logger such as console, or one of winston)')
    // @ts-expect-error: plain JavaScript
    expect(() => messageFirst({ info: () => {}, warn: 5 })).toThrow(/^messageFirst: logger\.warn: got 5 .*\nmessageFirst: logger\.error: got nothing [^\n]*$/)
  })
})
