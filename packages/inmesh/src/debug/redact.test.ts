import fc from 'fast-check'
import { runInNewContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import { redactText } from './redact-text.ts'
import { redacted } from './redact.ts'

const SECRET = 'hunter2-Xyzzy'
const PEM = `-----BEGIN PRIVATE KEY-----\nMIIEvQ${SECRET}\nAbC=\n-----END PRIVATE KEY-----`
const JWT = `eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ${'x'.repeat(10)}.${SECRET}`

describe('a text', () => {
  test.each([
    ['credentials of a URL', `connect redis://app:${SECRET}@10.0.0.9:6379 failed`, 'connect redis://[redacted]@10.0.0.9:6379 failed'],
    ['a user without a password', `https://${SECRET}@example.org/x`, 'https://[redacted]@example.org/x'],
    ['a password with an @ and a slash in it', `http://u:p@/${SECRET}@host:80`, 'http://[redacted]@host:80'],
    ['a query', `GET http://example.org/items?q=${SECRET}&b=1 failed`, 'GET http://example.org/items?[redacted] failed'],
    ['a query without a value', `/reset?${SECRET}`, '/reset?[redacted]'],
    ['a fragment', `https://example.org/cb#access_token=${SECRET}`, 'https://example.org/cb#[redacted]'],
    ['a key in PEM', `bad key: ${PEM} end`, 'bad key: [redacted] end'],
    ['the begin of a key in PEM', PEM.slice(0, 50), '[redacted]'],
    ['a bearer token', `got Bearer ${SECRET}!`, 'got Bearer [redacted]!'],
    ['a header', `authorization: Custom a b ${SECRET}`, 'authorization: [redacted]'],
    ['a header in JSON', `{"authorization":"Custom ${SECRET}","a":1}`, '{"authorization":"[redacted]","a":1}'],
    ['cookies', `Set-Cookie: id=1; sid=${SECRET}`, 'Set-Cookie: [redacted]'],
    ['a password by its name', `password=${SECRET}, user=me`, 'password=[redacted], user=me'],
    ['a token in JSON', `{"access_token": "${SECRET}", "a": 1}`, '{"access_token": [redacted], "a": 1}'],
    ['a body in JSON, told in JSON', JSON.stringify({ data: JSON.stringify({ password: SECRET, a: 1 }) }), String.raw`{"data":"{\"password\":[redacted],\"a\":1}"}`],
    ['a header in JSON, told in JSON', String.raw`{\"cookie\":\"sid=${SECRET}\"}`, String.raw`{\"cookie\":\"[redacted]"}`],
    ['a password with a quote in it', JSON.stringify({ password: `"${SECRET}` }), '{"password":[redacted]}'],
    ['a password that begins like the end of a list', `password=)${SECRET}, user=me`, 'password=[redacted], user=me'],
    ['a password after an arrow', `password => ${SECRET}`, 'password => [redacted]'],
    ['credentials of a URL in escaped JSON', String.raw`https:\/\/app:${SECRET}@host\/x`, String.raw`https:\/\/[redacted]@host\/x`],
    ['a key by its name', `X-Api-Key: ${SECRET}`, 'X-Api-Key: [redacted]'],
    ['a key of whatever', `no such caller: key=${SECRET}; gone`, 'no such caller: key=[redacted]; gone'],
    ['a JWT', `id ${JWT} expired`, 'id [redacted] expired'],
    ['a token of GitHub', `ghp_${'a1B2'.repeat(9)} refused`, '[redacted] refused'],
    ['a key of AWS', 'AKIAIOSFODNN7EXAMPLE', '[redacted]'],
    ['a long hexadecimal number', `session ${'0123456789abcdef'.repeat(2)}`, 'session [redacted]'],
  ])('is told without %s', (_, text, told) => {
    expect(redactText(text)).toBe(told)
    // What has been through it may come again.
    expect(redactText(told)).toBe(told)
  })

  test.each(['http://10.0.0.1:8080', 'GET /items/:id', 'shop.Catalog/Get', 'did you mean catalog?', '(is it up?) no', 'connect ECONNREFUSED 10.0.0.1:80', 'consecutive', '@inmesh/http', 'a@b.c', 'tokens are used up'])('stays as it is: %s', (text) => {
    expect(redactText(text)).toBe(text)
  })

  test('is not longer than one reads, and what begins in sight is known by its end', () => {
    expect(redactText('x'.repeat(1_000_000)).length).toBe(2_001)
    expect(redactText(`${'x '.repeat(990)} redis://app:${SECRET.repeat(10)}@host`)).not.toContain(SECRET)
  })

  test('that was made to be slow to look at is not', () => {
    const start = process.cpuUsage()
    // A dump has a thousand events, each with texts that callees have written: ten of each here.
    for (const evil of ['a-', '://', '-----BEGIN ', '?', '?)', '#=', 'eyJ', 'token', 'token:\\"', 'token:"\\', '"', 'a@']) for (let i = 0; i < 10; i++) redactText(evil.repeat(10_000))
    expect(process.cpuUsage(start).user / 1000).toBeLessThan(200)
  })
})

describe('a value', () => {
  test.each([
    [{ password: SECRET }], [{ clientSecret: SECRET }], [{ 'x-api-key': SECRET }], [{ API_KEY: SECRET }], [{ APIKey: SECRET }], [{ tls: { key: PEM, cert: PEM, ca: [PEM], passphrase: SECRET } }],
    [{ key: Buffer.from(SECRET) }], [{ auth: { user: SECRET } }], [{ sessionId: SECRET }], [{ privateKey: SECRET }], [{ cookies: [SECRET] }], [{ affinity: SECRET }], [{ tokens: SECRET }],
    [{ accesstoken: SECRET }], [{ PRIVATEKEY: SECRET }], [{ rawHeaders: ['x-tenant', SECRET] }], [{ headersDistinct: { 'x-tenant': [SECRET] } }],
    [{ headers: { 'x-tenant': SECRET } }], [{ metadata: { any: SECRET } }], [{ labels: { token: SECRET } }],
    // Of a rate limit: who calls.
    [{ type: 'lease-asked', key: SECRET }],
    [{ error: new Error(`password=${SECRET}`, { cause: new Error(`redis://u:${SECRET}@h`) }) }],
    [{ [`http://u:${SECRET}@host`]: 1 }], [new Map([[SECRET, SECRET]])], [[[{ deep: { secret: SECRET } }]]], [{ url: new URL(`http://u:${SECRET}@host/?q=${SECRET}`) }],
  ])('of which a field is secret has it no more: %#', (value) => {
    expect(JSON.stringify(redacted(value))).not.toContain(SECRET)
    expect(JSON.stringify(redacted(value))).not.toContain(Buffer.from(SECRET).toString('base64'))
  })

  test('keeps what only sounds like it', () => {
    const snapshot = {
      services: { auth: { endpoints: [{ key: 'http://10.0.0.1:8080' }], limit: { keys: 12 } }, headers: { policy: { retry: false } }, token: {} },
      event: { type: 'lease-granted', tokens: 50 }, author: 'me', monkey: 1, passed: true, certain: 2,
    }
    expect(redacted(snapshot)).toEqual(snapshot)
  })

  test('becomes plain data that JSON takes, whatever was in it', () => {
    const circle: { self?: unknown; big: bigint; fn(): void; list: number[]; bytes: Uint8Array; made: Date; odd: unknown } = { big: 1n, fn: () => {}, list: [1], bytes: new Uint8Array(3), made: new Date(0), odd: Object.defineProperty({}, 'x', { enumerable: true, get: () => { throw new Error('bug') } }) }
    circle.self = circle
    expect(redacted(circle)).toEqual({ big: '1', fn: '[function]', list: [1], bytes: '[3 bytes]', made: '[Date]', odd: { x: '[unreadable]' }, self: '[circular]' })
    const shared = { a: 1 }
    expect(redacted([shared, shared])).toEqual([shared, shared])
    let deep: unknown = 'end'
    for (let i = 0; i < 100; i++) deep = { deep }
    expect(JSON.stringify(redacted(deep))).toContain('[deeper]')
    expect((redacted(Array.from({ length: 6_000 }, () => 1)) as unknown[]).at(-1)).toBe('[1000 more]')
  })

  test('is of an error what it says and no more, whichever realm has made it', () => {
    const error: Error = Object.assign(new Error('no', { cause: runInNewContext("new TypeError('why')") }), { code: 'E_NO', socket: {} })
    expect(redacted(error)).toEqual({ name: 'Error', code: 'E_NO', message: 'no', cause: { name: 'TypeError', message: 'why' } })
    error.cause = error
    expect(redacted(error)).toMatchObject({ message: 'no', cause: '[circular]' })
  })

  test('of whatever form has no secret that stands where secrets stand', () => {
    const holder = fc.constantFrom('password', 'apiKey', 'passphrase', 'authToken', 'session-id', 'PRIVATE_KEY')
    fc.assert(fc.property(fc.object({ maxDepth: 4 }), holder, fc.array(fc.string({ minLength: 1 }), { maxLength: 4 }), (around, name, path) => {
      const value = path.filter((part) => part !== '__proto__').reduce<unknown>((inner, part) => ({ [part]: inner }), { ...around, [name]: { inner: SECRET } })
      expect(JSON.stringify(redacted(value))).not.toContain(SECRET)
    }))
  })
})
