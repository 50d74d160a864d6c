import type { MeshEvent } from '@inmesh/pipeline'
import { describe, expect, test } from 'vitest'
import { recorder } from './recorder.ts'

const retried = (ordinal: number): MeshEvent => ({ type: 'retried', service: 's', at: 1, operation: 'GET', ordinal, after: 5 })
const failed = (error: unknown): MeshEvent => ({ type: 'interceptor-failed', service: 's', at: 2, interceptor: 'mine', error })

describe('a recorder', () => {
  test('is an observer that keeps events and answers by type', () => {
    const record = recorder()
    for (const event of [retried(1), failed('x'), retried(2)]) record(event)
    expect(record.types()).toEqual(['retried', 'interceptor-failed', 'retried'])
    expect(record.of('retried').map((event) => event.ordinal)).toEqual([1, 2])
    expect(record.last('retried')?.ordinal).toBe(2)
    expect(record.last('picked')).toBeUndefined()
    record.clear()
    expect(record.events).toEqual([])
  })

  test('writes the same trace for the same events, whatever the order of their keys', () => {
    const one = recorder()
    const other = recorder()
    one({ type: 'policy-changed', service: 's', at: 0, chain: ['a'] })
    other({ chain: ['a'], at: 0, service: 's', type: 'policy-changed' })
    expect(one.trace()).toBe(other.trace())
    expect(one.trace()).toBe('{"at":0,"chain":["a"],"service":"s","type":"policy-changed"}\n')
  })

  test('traces what JSON cannot: errors without their stacks, Infinity, cycles, functions, URLs', () => {
    const record = recorder()
    const loop: Record<string, unknown> = { url: new URL('http://a.test/'), f: function named() {}, n: -Infinity }
    loop['self'] = loop
    record(failed(Object.assign(new TypeError('bad', { cause: loop }), { code: 'E_BAD' })))
    expect(record.trace()).toBe(
      '{"at":2,"error":{"cause":{"f":"function named","n":"-Infinity","self":"(circular)","url":"http://a.test/"},' +
        '"code":"E_BAD","message":"bad","name":"TypeError"},"interceptor":"mine","service":"s","type":"interceptor-failed"}\n',
    )
  })

  test('shows a difference that matters', () => {
    const one = recorder()
    const other = recorder()
    one(retried(1))
    other(retried(2))
    expect(one.trace()).not.toBe(other.trace())
  })
})
