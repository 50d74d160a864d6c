import { describe, expect, it } from 'vitest'
import { OldServer } from './scripts/check.ts'
import { counts } from './scripts/reply.ts'
import { cutOff, notConnected, timedOut, troubleOf, unreached } from './trouble.ts'

describe('trouble', () => {
  it.each([
    ['WRONGPASS invalid username-password pair or user is disabled.', /username and password/],
    ['NOAUTH Authentication required.', /password/],
    ['NOPERM this user has no permissions to run the \'eval\' command', /ACL user/],
    ["READONLY You can't write against a read only replica.", /primary/],
    ["OOM command not allowed when used memory > 'maxmemory'.", /maxmemory/],
    ['MISCONF Redis is configured to save RDB snapshots', /disk/],
    ['LOADING Redis is loading the dataset in memory', /once that is done/],
    ['BUSY Redis is busy running a script.', /SCRIPT KILL/],
    ['MASTERDOWN Link with MASTER is down', /primary/],
    ['NOREPLICAS Not enough good replicas to write.', /replicas/],
    ['CLUSTERDOWN The cluster is down', /CLUSTER INFO/],
    ['MOVED 8751 127.0.0.1:22316', /cluster client/],
    ["CROSSSLOT Keys in request don't hash to the same slot", /one key/],
    ['WRONGTYPE Operation against a key holding the wrong kind of value', /prefix/],
    ["ERR unknown command 'EVALSHA'", /scripts/],
  ])('that Redis tells is told on, with what helps: %s', (said, advice) => {
    const trouble = troubleOf(new Error(said))
    expect([trouble.message, trouble.answered]).toEqual([said.replace(/\.$/, ''), true])
    expect(trouble.advice).toMatch(advice)
  })

  it.each(['connect ECONNREFUSED 10.0.0.9:6379', 'Connection is closed.', 'Socket closed unexpectedly', 'read ECONNRESET', 'getaddrinfo ENOTFOUND redis'])('that only the client tells is no answer: %s', (said) => {
    const trouble = troubleOf(new Error(said))
    expect([trouble.message, trouble.answered]).toEqual([said.replace(/\.$/, ''), false])
    expect(trouble.advice).toMatch(/Look at whether Redis runs there/)
  })

  it.each([
    ['ERR unknown command `HELLO`, with args beginning with: `3`, `AUTH`, `default`, `secret`, ', 'ERR unknown command `HELLO`'],
    ["ERR unknown command 'AUTH', with args beginning with: 'default' 'secret' ", "ERR unknown command 'AUTH'"],
  ])('does not repeat the arguments of a command that the server does not know', (said, told) => {
    expect(troubleOf(new Error(said)).message).toBe(told)
  })

  it('carries none of what hangs on the error, and no password in an address', () => {
    const error = Object.assign(new Error('connect ETIMEDOUT redis://user:secret@10.0.0.9:6379/0 \n    at secret'), { command: { name: 'auth', args: ['secret'] } })
    const trouble = troubleOf(error)
    expect(trouble.message).toBe('connect ETIMEDOUT redis://10.0.0.9:6379/0')
    expect(JSON.stringify([trouble, trouble.cause, Object.values(trouble)])).not.toContain('secret')
  })

  it.each([['a text', 'a text'], [undefined, 'undefined'], [new Error(''), 'Error'], [new AggregateError([], 'All sub nodes failed'), 'All sub nodes failed']])('is made of anything: %s', (error, words) => {
    expect(troubleOf(error).message).toBe(words)
  })

  it('stays what it is, and says more with what the client says', () => {
    const trouble = timedOut(100)
    expect(troubleOf(trouble)).toBe(trouble)
    const because = trouble.because(troubleOf(new Error('WRONGPASS no')))
    expect([because.message, because.answered]).toEqual(['no answer within 100 ms (the client says: WRONGPASS no)', true])
    expect(trouble.because(timedOut(100))).toBe(trouble)
    expect(unreached(250, notConnected()).message).toBe('not reached within 250 ms: the client is not connected')
    expect([cutOff('x').answered, troubleOf(new OldServer()).answered]).toEqual([false, true])
  })
})

describe('an answer', () => {
  it('is whole numbers from 0 on, as texts too', () => {
    expect(counts([1, 0, 5_000_000_000], 3)).toEqual([1, 0, 5_000_000_000])
    expect(counts(['1', '0'], 2)).toEqual([1, 0])
  })

  it.each<[unknown, string]>([
    ['OK', '"OK"'], [null, 'nothing'], [undefined, 'nothing'], [7, 'a number'], [[1], 'a list of 1'], [[1, 2, 3], 'a list of 3'],
    [[1, -1], 'a list of 2'], [[1, 1.5], 'a list of 2'], [[1, NaN], 'a list of 2'], [[1, ''], 'a list of 2'], [[1, 'x'], 'a list of 2'], [[1, null], 'a list of 2'],
  ])('that is anything else is garbage: %s', (reply, words) => {
    expect(() => counts(reply, 2)).toThrow(`answered ${words}, which no script of ours does`)
  })
})
