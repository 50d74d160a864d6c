import { Metadata } from '@grpc/grpc-js'
import { CallContext, type Exchange, type Payload } from '@inmesh/pipeline'
import { manualClock } from '@inmesh/testing'
import { describe, expect, test } from 'vitest'
import { FAILING } from './classify.ts'
import type { Face } from './face.ts'
import type { GrpcCall } from './grpc-call.ts'
import { GrpcTry } from './grpc-try.ts'
import type { GrpcReply } from './reply.ts'
import { RequestLog } from './request-log.ts'
import type { Route } from './route.ts'
import type { SendEnv } from './send-env.ts'
import type { TryCall } from './wire.ts'

class Context extends CallContext {
  readonly payload: Payload = { kind: 'none', touched: false }
}

/** A try of a request that streams, over a call of which nothing goes further than here. */
function streaming(...messages: string[]) {
  const clock = manualClock()
  const written: string[] = []
  const callbacks: (() => void)[] = []
  const wire: TryCall = {
    start: () => {},
    startRead: () => {},
    sendMessageWithContext: (context, message) => { written.push(message.toString()); callbacks.push(() => context.callback?.()) },
    halfClose: () => void written.push('end'),
    cancelWithStatus: () => {},
    getPeer: () => 'peer',
  }
  const route: Route = { open: () => wire, ready: true, cancel: () => {}, over: () => {}, target: 'target' }
  const send: SendEnv = { clock, wallNow: () => 0, idle: undefined, failing: new Set(FAILING), classify: undefined, faulty: () => {}, reports: undefined, serialised: true }
  const log = new RequestLog(true)
  const say = (text: string): void => log.add({}, Buffer.from(text))
  for (const message of messages) say(message)
  const face = { env: { send, routes: () => route, connected: () => true }, kind: { requestStream: true, responseStream: true }, log, reads: 0, sent: new Metadata(), waits: false } as unknown as Face
  const call = new Context({ service: 'catalog', clock, timeout: Infinity, timeoutShare: 1, criticality: 'CRITICAL' }, undefined, 'Chat', 'if-unprocessed', 0)
  const answers: Exchange<GrpcReply>[] = []
  const attempt = new GrpcTry(send, face, call, route, (exchange) => answers.push(exchange))
  attempt.start(call as unknown as GrpcCall)
  return { attempt, log, say, written, callbacks, answers, call }
}

describe('what a try sends', () => {
  test('goes one message after the other: grpc-js keeps one only, until it is written', () => {
    const { attempt, say, written, callbacks, log } = streaming('a', 'b')
    say('c')
    attempt.pump()
    expect(written).toEqual(['a'])
    callbacks.shift()?.()
    callbacks.shift()?.()
    expect(written).toEqual(['a', 'b', 'c'])
    log.closed = true
    attempt.pump()
    expect(written).toEqual(['a', 'b', 'c'])
    callbacks.shift()?.()
    attempt.pump()
    expect(written).toEqual(['a', 'b', 'c', 'end'])
  })
})

describe('a try', () => {
  test('has its head with whatever comes first, and its tail with the status', () => {
    const { attempt, answers } = streaming()
    attempt.onReceiveMetadata(new Metadata())
    expect(answers.map(({ head }) => head)).toEqual([{ kind: 'success', code: 'OK' }])
    const tails: unknown[] = []
    answers[0]?.onTail((tail) => tails.push(tail))
    attempt.onReceiveStatus({ code: 14, details: 'gone', metadata: new Metadata() })
    attempt.onReceiveStatus({ code: 0, details: 'again', metadata: new Metadata() })
    expect(tails).toMatchObject([{ kind: 'failure', code: 'UNAVAILABLE', reach: 'processed' }])
    expect(answers).toHaveLength(1)
  })

  test('that is cancelled before its head answers once, and what comes later is not heard', () => {
    const { attempt, answers, call } = streaming()
    call.cancel({ why: 'superseded' })
    attempt.onReceiveStatus({ code: 0, details: 'OK', metadata: new Metadata() })
    expect(answers.map(({ head }) => head)).toEqual([{ kind: 'ignored', why: 'superseded' }])
  })
})
