import { InmeshError } from '@inmesh/pipeline'
import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { checked, findMistakes } from './check.ts'
import { ConfigError } from './config-error.ts'
import { describeMistake } from './mistake.ts'

const endpoints = ['http://10.0.0.1:8080', 'http://10.0.0.2:8080']

/** Each mistake as the user reads it. */
function read(config: unknown): string[] {
  return findMistakes(config).map((mistake) => `${mistake.path}: ${describeMistake(mistake)}`)
}

function readPolicy(policy: unknown): string[] {
  return read({ services: { catalog: { endpoints, policy } } }).map((line) => line.replace('services.catalog.policy.', ''))
}

test('a service and where it is, is a whole configuration', () => {
  expect(read({ services: { catalog: { endpoints } } })).toEqual([])
})

test('an unknown option is told with the known ones, and with the one that was meant', () => {
  expect(readPolicy({ retry: { maxExtraTrys: 2 } })).toEqual([
    'retry.maxExtraTrys: unknown option; did you mean maxExtraTries? (accepted: maxExtraTries, codes, backoff, mode)',
  ])
})

test('a name that other libraries use leads to ours', () => {
  expect(readPolicy({ hedge: {} })[0]).toContain('did you mean backup?')
  expect(readPolicy({ healthCheck: { path: '/' } })[0]).toContain('did you mean health?')
  for (const word of ['dns', 'discovery', 'hosts']) expect(read({ services: { c: { endpoints, [word]: 'x' } } })[0]).toContain('did you mean endpoints?')
  expect(readPolicy({ reweight: { codes: { 503: { penalty: '5s' } } } })[0]).toContain('did you mean keepOff?')
  expect(readPolicy({ retry: { maxAttempts: 3 } })[0]).toContain('maxExtraTries (one less')
})

test('an option that stands a level too high is told where it belongs', () => {
  expect(read({ services: { catalog: { endpoints, timeout: '1s' } } })[0]).toContain('services.catalog.timeout: unknown option; did you mean policy.timeout?')
  expect(read({ services: { catalog: { endpoints, policies: {} } } })[0]).toContain('did you mean policy?')
  expect(read({ services: { catalog: { endpoints } }, catalog: { drop: 1 } })[0]).toContain('catalog: unknown option; did you mean services.catalog?')
  expect(read({ catalog: { endpoints } })[0]).toContain('did you mean services.catalog?')
  expect(read({ servces: {}, services: {} })[0]).toContain('did you mean services?')
})

test('a word leads to what it means where it stands', () => {
  expect(readPolicy({ retries: 2 })[0]).toContain('did you mean retry?')
  expect(readPolicy({ retry: { retries: 2 } })[0]).toContain('did you mean maxExtraTries?')
  expect(readPolicy({ circuitBreaker: {} })[0]).toContain('did you mean breaker?')
  expect(readPolicy({ bulkhead: 10 })[0]).toContain('did you mean concurrency?')
})

test('among the codes to retry a status may stand that is a failure, and no other', () => {
  expect(readPolicy({ retry: { codes: [503, '502', 429, 'UNAVAILABLE', 'SOLD_OUT'] } })).toEqual([])
  expect(readPolicy({ retry: { codes: [404] } })[0]).toContain('retry.codes[0]: got 404 (accepted: 429, or a status from 500 to 599')
  expect(readPolicy({ retry: { codes: ['200', 777, '5xx'] } }).map((line) => line.split(' (')[0])).toEqual(['retry.codes[0]: got "200"', 'retry.codes[1]: got 777', 'retry.codes[2]: got "5xx"'])
  expect(readPolicy({ retry: { codes: [true] } })).toEqual(["retry.codes[0]: got true (accepted: a code such as 'UNAVAILABLE', or a status such as 503)"])
})

test('an uncaught error shows each mistake once, and nothing of calls', () => {
  const shown = inspect(new ConfigError(findMistakes({ services: {}, modus: 'on' })))
  expect(shown.match(/modus/g)).toHaveLength(1)
  expect(shown).toContain("code: 'INMESH_CONFIG'")
  expect(shown).not.toMatch(/service:|operation:|tries:|retryAfter:|mistakes:/)
})

test('a word that is none of the accepted ones leads to the nearest', () => {
  expect(readPolicy({ balance: 'latancy' })[0]).toContain("did you mean 'latency'?")
  expect(readPolicy({ retry: { codes: ['UNAVAILBLE'] } })[0]).toContain("retry.codes[0]: got \"UNAVAILBLE\"; did you mean UNAVAILABLE?")
})

test.each([
  [{ services: { c: { endpoints, policy: { mirror: {} } } } }, 'services.c.policy.mirror'],
  [{ services: { c: { endpoints, subset: {} } } }, 'services.c.subset'],
])('what this version does not have is not silently accepted: %j', (config, path) => {
  expect(read(config)).toEqual([expect.stringMatching(new RegExp(`^${path}: got .* \\(accepted: nothing: not available in this version\\)$`))])
})

test('a balancer of another version is refused as such', () => {
  expect(readPolicy({ balance: 'prequal' })[0]).toContain('"prequal" is not available in this version')
  expect(readPolicy({ balance: { by: 'random' } })[0]).toContain('"random" is not available in this version')
})

test('a balancer by the name that others give it leads to ours', () => {
  expect(readPolicy({ balance: 'ring-hash' })[0]).toContain("did you mean 'hash'?")
  expect(readPolicy({ balance: { by: 'least-connections' } })[0]).toContain("did you mean 'least-request'?")
  expect(readPolicy({ balance: 'wrr' })[0]).toContain("did you mean 'weighted-round-robin'?")
})

test.each([
  'latency', 'round-robin', 'weighted-round-robin', 'least-request', 'hash',
  { by: 'hash', key: () => 'x', loadFactor: 1.5 }, { by: 'hash', loadFactor: false }, { by: 'least-request', zone: { remoteCost: 3 }, slowStart: '30s' },
  { zone: false, slowStart: { window: '1m', aggression: 1.5 } }, { slowStart: false },
])('balance: %j is in order', (balance) => {
  expect(readPolicy({ balance })).toEqual([])
})

test('a key or a bound without a balancer that has them means nothing, and is told', () => {
  expect(readPolicy({ balance: { key: () => 'x', loadFactor: 2 } })).toEqual([
    "balance.key: got a function (accepted: only with by: 'hash', without which it means nothing)",
    "balance.loadFactor: got 2 (accepted: only with by: 'hash', without which it means nothing)",
  ])
})

test('how a limit is shared means nothing where it is not, and is told', () => {
  expect(readPolicy({ limit: { rate: 1, weight: 2, engineLost: 'open' } })).toEqual([
    "limit.weight: got 2 (accepted: only with scope: 'global', without which it means nothing)",
    'limit.engineLost: got "open" (accepted: only with scope: \'global\', without which it means nothing)',
  ])
  expect(readPolicy({ limit: { rate: 1, scope: 'global', weight: 2, byCriticality: { floor: 0.1 }, engineLost: 'open', minProcesses: 4 } })).toEqual([])
  expect(readPolicy({ limit: { rate: 1, scope: 'global', weight: 0, byCriticality: { floor: 2 }, engineLost: 'shut', minProcesses: 0 } })).toHaveLength(4)
})

test('an engine is one by its shape', () => {
  expect(read({ services: {}, engine: {} })).toEqual([expect.stringMatching(/^engine: got .* \(accepted: an engine, such as redis\(client\) of @inmesh\/redis; only in code\)$/)])
})

test('what a concurrency limit has in another scope means nothing, and is told', () => {
  expect(readPolicy({ concurrency: { max: 9, weight: 2, minProcesses: 3 } })).toEqual([
    "concurrency.weight: got 2 (accepted: only with scope: 'global', without which it means nothing)",
    "concurrency.minProcesses: got 3 (accepted: only with scope: 'global', without which it means nothing)",
  ])
  const lines = readPolicy({ concurrency: { scope: 'global', min: 1, initial: 2, increase: 3, backoff: 0.5, latencyAbove: '1s' } })
  expect(lines.map((line) => line.split(':')[0]).toSorted()).toEqual(['concurrency.backoff', 'concurrency.increase', 'concurrency.initial', 'concurrency.latencyAbove', 'concurrency.max', 'concurrency.min'])
  expect(lines.join()).toContain("concurrency.max: got nothing (accepted: a whole number from 1 to 1,000,000: with scope: 'global' it is the limit of all processes together)")
  expect(lines.join()).toContain("concurrency.min: got 1 (accepted: only with scope: 'process': of all processes together the limit is max, and nothing is learnt)")
})

test('the scope of a limit may be changed and changed back without taking its options along', () => {
  expect(readPolicy({ limit: { scope: 'global', rate: 40, weight: 2, byCriticality: true, engineLost: 'closed', minProcesses: 4 } })).toEqual([])
  expect(readPolicy({ limit: { scope: 'process', rate: 40, weight: 2, byCriticality: true, engineLost: 'closed', minProcesses: 4 } })).toEqual([])
  expect(readPolicy({ concurrency: { scope: 'global', max: 40, weight: 2, engineLost: 'closed', minProcesses: 4, queue: 5, maxWait: '1s', mode: 'observe' } })).toEqual([])
  expect(readPolicy({ concurrency: { scope: 'process', max: 40, weight: 2, engineLost: 'closed', minProcesses: 4 } })).toEqual([])
})

test('a balancer may be changed and changed back without taking its options along', () => {
  expect(readPolicy({ balance: { by: 'latency', key: () => 'x', loadFactor: 2 } })).toEqual([])
  expect(readPolicy({ balance: { by: 'round-robin', zone: { remoteCost: 2 }, slowStart: '1s' } })).toEqual([])
})

test('every mistake of a balancer is told', () => {
  const lines = readPolicy({ balance: { by: 'hsh', key: 'user', loadFactor: 0.5, zone: { remoteCost: 0, remote: 2 }, slowStart: { window: '2h', agression: 1 }, exploreShare: 3 } })
  expect(lines.map((line) => line.split(':')[0]).toSorted()).toEqual([
    'balance.by', 'balance.exploreShare', 'balance.key', 'balance.loadFactor', 'balance.slowStart.agression', 'balance.slowStart.window', 'balance.zone.remote', 'balance.zone.remoteCost',
  ])
  expect(lines.join()).toContain("did you mean 'hash'?")
  expect(lines.join()).toContain('loadFactor: got 0.5 (accepted: a number from 1 to 100, or false)')
})

test('an endpoint has a whole number for its priority', () => {
  const of = (priority: unknown): string[] => read({ services: { c: { endpoints: [{ url: 'http://a', priority }] } } })
  expect([of(0), of(100)]).toEqual([[], []])
  for (const wrong of [-1, 1.5, 101, '1']) expect(of(wrong)[0]).toContain('priority: got')
})

test.each([
  [{ drop: 1.5 }, 'drop: got 1.5'],
  [{ drop: { SHEDDABLE: -0.1 } }, 'drop.SHEDDABLE: got -0.1 (accepted: a number from 0 to 1)'],
  [{ backup: { maxExtraLoad: 2 } }, 'backup.maxExtraLoad: got 2 (accepted: a number from 0 to 1)'],
  [{ limit: { rate: 0 } }, 'limit.rate: got 0 (accepted: a number above 0, up to 1,000,000)'],
  [{ concurrency: { min: 0 } }, 'concurrency.min: got 0 (accepted: a whole number from 1 to 1,000,000)'],
  [{ concurrency: { backoff: 1 } }, 'concurrency.backoff: got 1 (accepted: a number from 0.1 to 0.99)'],
  [{ concurrency: { scope: 'global', max: 9, weight: 0 } }, 'concurrency.weight: got 0 (accepted: a number above 0, up to 1,000)'],
  [{ concurrency: { scope: 'global', max: 9, minProcesses: 0 } }, 'concurrency.minProcesses: got 0 (accepted: a whole number from 1 to 100,000)'],
  [{ concurrency: { scope: 'global', max: 9, engineLost: 'close' } }, "concurrency.engineLost: got \"close\"; did you mean 'closed'? (accepted: 'local-share', 'open', 'closed')"],
  [{ concurrency: { min: 20, max: 10 } }, 'concurrency.min: got 20 (accepted: at most max, which is 10)'],
  [{ guard: {} }, 'guard.perEndpoint: got nothing (accepted: a whole number from 1 to 1,000,000)'],
  [{ breaker: { k: 0.5 } }, 'breaker.k: got 0.5 (accepted: a number from 1 to 100)'],
  [{ breaker: { window: '1s' } }, 'breaker.window: got "1s"'],
  [{ limit: {} }, 'limit.rate: got nothing (accepted: a number above 0, up to 1,000,000)'],
  [{ timeout: 0 }, 'timeout: got 0'],
  [{ timeout: -1 }, 'timeout: got -1'],
  [{ timeout: NaN }, 'timeout: got NaN'],
  [{ timeout: '800' }, 'timeout: got "800"'],
  [{ timeout: '1 s' }, 'timeout: got "1 s"'],
  [{ timeout: '25h' }, 'timeout: got "25h"'],
  [{ timeout: { total: '2 days' } }, "timeout.total: got \"2 days\" (accepted: milliseconds, or '250ms', '2s', '1m' (1 ms to 24 h))"],
  [{ retry: { maxExtraTries: 1.5 } }, 'retry.maxExtraTries: got 1.5 (accepted: a whole number from 0 to 10)'],
  [{ retry: true }, 'retry: got true (accepted: { maxExtraTries, codes, backoff, mode }, or false)'],
  [{ mode: { enforce: 2 } }, 'mode.enforce: got 2'],
  [{ eject: { consecutive: 0 } }, 'eject.consecutive: got 0 (accepted: a whole number from 1 to 1,000, or false)'],
  [{ reweight: { codes: { 503: 11 } } }, 'reweight.codes.503: got 11'],
  [{ reweight: { codes: { 503: { keepOff: '11s' } } } }, 'reweight.codes.503.keepOff: got "11s"'],
])('a value out of its range is told with the range: %j', (policy, line) => {
  const lines = readPolicy(policy)
  expect(lines).toHaveLength(1)
  expect(lines[0]).toContain(line)
})

test('a function in a document is refused with a phrase that says where it belongs', () => {
  expect(readPolicy({ fallback: '() => []' })[0]).toContain('which can only be given in code')
  expect(readPolicy({ reweight: { classify: { 'x-code': 'UNAVAILABLE' } } })[0]).toContain('a function, which can only be given in code')
  expect(readPolicy({ limit: { rate: 1, key: 'tenant' } })[0]).toContain('limit.key: got "tenant" (accepted: a function')
})

test('a time of one try that is longer than that of the call would never come to be', () => {
  expect(readPolicy({ timeout: { total: '300ms', perTry: '0.8s' } })).toEqual(['timeout.perTry: got "0.8s" (accepted: at most total, which is "300ms")'])
  expect(readPolicy({ timeout: { total: 300, perTry: '300ms' } })).toEqual([])
})

test('other pairs of times have their order too', () => {
  expect(readPolicy({ retry: { backoff: { min: '1s', max: '10ms' } } })[0]).toContain('at most max')
  expect(readPolicy({ eject: { baseTime: '1m', maxTime: '1s' } })[0]).toContain('at most maxTime')
})

test('a code that is nearly one, a class of statuses and a status that is none are no business codes', () => {
  const lines = readPolicy({ reweight: { codes: { UNAVAILBLE: 1, '5xx': 1, 777: 1, 5003: 1, 'out-of-stock': 1, ABORTED: 1, 429: '1s' } } })
  expect(lines.map((line) => line.split(':')[0])).toEqual(['reweight.codes.777', 'reweight.codes.UNAVAILBLE', 'reweight.codes.5xx'])
  expect(lines[1]).toContain('did you mean UNAVAILABLE?')
})

test.each(['http://a/items', 'http://a?x', 'http://a#x', 'http://user:secret@a', 'ftp://a', 'a:80', 'a', '', 7, 'http://'])('%j is not where a service can be', (url) => {
  const lines = read({ services: { c: { endpoints: [url] } } })
  expect(lines).toHaveLength(1)
  expect(lines[0]).toContain('services.c.endpoints[0]: got ')
  expect(lines[0]).not.toContain('secret')
})

test('an endpoint that is listed twice is told, however it is written', () => {
  expect(read({ services: { c: { endpoints: ['http://a', { url: 'http://A:80/', weight: 2 }] } } })).toEqual([
    'services.c.endpoints[1]: got "http://A:80/" (accepted: each endpoint once; services.c.endpoints[0] is the same)',
  ])
})

test('an origin belongs to one service', () => {
  const config = { services: { a: { origins: ['http://x'] }, b: { origins: ['https://y', 'http://x:80'] } } }
  expect(read(config)).toEqual(['services.b.origins[1]: got "http://x:80" (accepted: an origin that no other service has; services.a.origins[0] is the same)'])
})

test('a service that is nowhere is told, with the service that was probably meant', () => {
  const [line] = read({ services: { catalog: { endpoints }, catlog: { policy: { retry: false } } } })
  expect(line).toMatch(/^services\.catlog\.endpoints: got nothing; did you mean services\.catalog\?/)
})

test('TLS that is not used, and half a pair of certificate and key, are told', () => {
  expect(read({ services: { c: { endpoints, tls: { rejectUnauthorized: false } } } })[0]).toContain('https in the URLs of the endpoints')
  expect(read({ services: { c: { endpoints: ['https://a'], tls: { cert: '-----BEGIN CERTIFICATE-----' } } } })).toEqual(['services.c.tls.key: got nothing (accepted: the private key of cert)'])
})

test('a private key is never shown', () => {
  const mistakes = findMistakes({ services: { c: { endpoints: ['https://a'], tls: { key: 'hunter2', passphrase: 42 } } } })
  expect(mistakes.map(({ path }) => path)).toEqual(['services.c.tls.key', 'services.c.tls.passphrase', 'services.c.tls.cert'])
  expect(JSON.stringify(mistakes)).not.toMatch(/hunter2|42/)
})

test('names that reach into every object are refused wherever they stand', () => {
  const config: unknown = JSON.parse('{ "services": { "__proto__": {}, "c": { "endpoints": ["http://a"], "policy": { "constructor": {} } } }, "prototype": 1 }')
  expect(findMistakes(config).map(({ path }) => path).toSorted()).toEqual(['prototype', 'services.__proto__', 'services.c.policy.constructor'])
})

test('a service may have the name of a method that every object has', () => {
  expect(read({ services: { toString: { endpoints } } })).toEqual([])
})

test('null is the default, as in an overlay', () => {
  expect(checked({ services: { c: { endpoints, policy: { retry: null, timeout: { total: '1s', perTry: null } } } }, mode: null })).toEqual({
    services: { c: { endpoints, policy: { timeout: { total: '1s' } } } },
  })
})

test('what is no configuration at all is told in a sentence', () => {
  for (const nothing of [null, undefined, 7, 'x', [], new Map(), () => {}]) expect(read(nothing), String(nothing)).toEqual([expect.stringMatching(/^the configuration: got /)])
  expect(read({ services: new Map() })).toEqual(['services: got an instance of Map (accepted: a plain object, as JSON or an object literal makes it)'])
})

test('a configuration that contains itself is refused', () => {
  const service: Record<string, unknown> = { endpoints }
  service['policy'] = service
  expect(read({ services: { c: service } })[0]).toContain('an object that does not contain itself')
})

test('every mistake is listed, from top to bottom, in one error', () => {
  const config = {
    services: { a: { endpoints: ['x'], policy: { timeout: { total: 1, perTry: 2, x: 1 }, retries: 1 } }, b: {} },
    modus: 'on',
    mode: 'of',
  }
  let error: unknown
  try {
    checked(config)
  } catch (caught) {
    error = caught
  }
  expect(error).toBeInstanceOf(ConfigError)
  expect(InmeshError.is(error) && error.code).toBe('INMESH_CONFIG')
  expect((error as ConfigError).mistakes.map(({ path }) => path)).toEqual([
    'services.a.endpoints[0]', 'services.a.policy.timeout.perTry', 'services.a.policy.timeout.x', 'services.a.policy.retries', 'services.b.endpoints', 'modus', 'mode',
  ])
  expect((error as ConfigError).message).toMatch(/^7 mistakes in the configuration; nothing of it is in force\n/)
  expect((error as ConfigError).message.split('\n')).toHaveLength(8)
})

test('an error about one service carries its name', () => {
  expect(() => checked({ services: { c: {} } })).toThrow(expect.objectContaining({ service: 'c', policy: 'config', numbers: { mistakes: 1 } }))
})

test('values of the program are taken as they are', () => {
  const source = { subscribe: () => () => {} }
  const observer = (): void => {}
  const config = checked({ services: { c: { endpoints: source } }, observers: [observer] })
  expect(config.services['c']?.endpoints).toBe(source)
  expect(config.observers?.[0]).toBe(observer)
})
