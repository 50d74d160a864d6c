import { describe, expect, test } from 'vitest'
import type { SendEnv } from './send-env.ts'
import { copyInto, endVerdict, headVerdict } from './verdict.ts'

const bug = new Error('a bug of the user’s')

function throwing(): never {
  throw bug
}

function env(own: Partial<SendEnv>): { readonly env: SendEnv; readonly told: unknown[][] } {
  const told: unknown[][] = []
  const clock = { now: () => 0, schedule: throwing }
  const env: SendEnv = {
    clock, wallNow: () => 0, losers: 'auto', idle: undefined, classify: undefined, classifyEnd: undefined,
    faulty: (...what) => void told.push(what), reports: undefined, host: undefined, servername: undefined, direct: undefined, ...own,
  }
  return { env, told }
}

describe('a user’s function that throws', () => {
  test('on a head leaves what the status says, and is told of', () => {
    const { env: own, told } = env({ classify: throwing })
    expect(headVerdict(own, 503, {})).toMatchObject({ kind: 'failure', code: 'UNAVAILABLE' })
    expect(told).toEqual([['classify', bug]])
  })

  test('on an end leaves what the head was, and is told of', () => {
    const { env: own, told } = env({ classifyEnd: { maxBytes: 0, classify: throwing } })
    const head = headVerdict(own, 200, {})
    expect(endVerdict(own, head, 200, {}, {}, [])).toBe(head)
    expect(told).toEqual([['classifyEnd', bug]])
  })
})

describe('the verdict on an end', () => {
  test('is asked for a good head only, and may make a failure of it', () => {
    const { env: own } = env({ classifyEnd: { maxBytes: 9, classify: ({ body, trailers }) => `${body.toString()}${trailers['grpc-status']}` } })
    const good = headVerdict(own, 200, {})
    expect(endVerdict(own, good, 200, {}, { 'grpc-status': '14' }, [Buffer.from('STATUS_')])).toMatchObject({ kind: 'failure', business: 'STATUS_14' })
    const bad = headVerdict(own, 500, {})
    expect(endVerdict(own, bad, 500, {}, {}, [])).toBe(bad)
  })

  test('sees no more of the body than it asked for', () => {
    const copied: Buffer[] = []
    for (const piece of ['abc', 'def', 'ghi']) copyInto(copied, Buffer.from(piece), 5)
    expect(Buffer.concat(copied).toString()).toBe('abcde')
  })
})
