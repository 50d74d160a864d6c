import { deepEqual, equal } from 'node:assert/strict'
import type { Attempt, CallTrace, CallTracer } from '@inmesh/pipeline'
import type { Rig } from '../adapter.ts'
import { quick, type Behaviour } from '../behaviour.ts'
import { receivedBy, released } from '../check.ts'

/** Tells each callee of which try it hears, and keeps what it was asked and what it heard. */
class Teller implements CallTracer {
  readonly asked: string[] = []
  readonly heard: string[] = []
  /** Requests that have arrived anywhere when a try is asked of. */
  arrived: () => number = () => 0
  private readonly beside: Readonly<Record<string, string>>

  constructor(beside: Readonly<Record<string, string>> = {}) {
    this.beside = beside
  }

  begin(): CallTrace {
    const { asked, heard, beside } = this
    const named = (attempt: Attempt | undefined): string => (attempt === undefined ? 'the call' : `try ${attempt.ordinal}`)
    return {
      inject: (attempt, headers) => {
        asked.push(`${named(attempt)}, ${this.arrived()} arrived before`)
        for (const [name, value] of Object.entries(beside)) headers.set(name, value)
        headers.set('x-told', named(attempt))
      },
      run: (_attempt, _sends, fn) => fn(),
      launched: (attempt) => void heard.push(`${named(attempt)} begins`),
      tried: (attempt, { kind }) => void heard.push(`${named(attempt)}: ${kind}`),
      answered: ({ kind }) => void heard.push(`answered: ${kind}`),
      ended: ({ kind }) => void heard.push(`ended: ${kind}`),
      decided: () => {},
      sent: () => {},
    }
  }
}

export const tracing: readonly Behaviour[] = [
  {
    text: 'what follows a call is asked once for each try what its callee is to be told, before it is sent, and that arrives, over what the caller has set',
    needs: ['tracing'],
    policy: quick,
    async run({ replicas: { length: replicas } }, adapter) {
      const teller = new Teller()
      const rig: Rig = await adapter.start({ replicas, policy: quick, tracer: teller })
      try {
        teller.arrived = () => receivedBy(rig).length
        for (const replica of rig.replicas) replica.on(({ headers }) => ({ do: 'reply', code: headers['x-told'] === 'try 0' ? 'UNAVAILABLE' : 'OK', content: 'well' }))
        const reply = await rig.call({ headers: { 'x-told': 'by the caller', 'x-own': 'kept' } })
        equal(await reply.text(), 'well')
        await released(rig)
        deepEqual(receivedBy(rig).map(({ headers }) => [headers['x-told'], headers['x-own']]).toSorted(), [['try 0', 'kept'], ['try 1', 'kept']])
        deepEqual(teller.asked, ['try 0, 0 arrived before', 'try 1, 1 arrived before'])
        // When the body of a failure is over is the protocol's own affair.
        deepEqual(teller.heard.toSorted(), ['answered: success', 'ended: success', 'try 0 begins', 'try 0: failure', 'try 1 begins', 'try 1: success'])
      } finally {
        await rig.close()
      }
    },
  },
  {
    text: 'what follows a call may write what nobody can send: that is left out, the rest arrives, once under each name, and so does the call',
    needs: ['tracing'],
    policy: quick,
    async run({ replicas: { length: replicas } }, adapter) {
      const teller = new Teller({ 'x no name': 'a', 'x-lines': 'a\r\nb: c', 'x-wide': 'k=\u4e00', 'x-told': 'at first' })
      const rig: Rig = await adapter.start({ replicas, policy: quick, tracer: teller })
      try {
        for (const replica of rig.replicas) replica.on(() => ({ do: 'reply', code: 'OK', content: 'well' }))
        equal(await (await rig.call()).text(), 'well')
        await released(rig)
        deepEqual(receivedBy(rig).map(({ headers }) => [headers['x-told'], headers['x-lines'], headers['x-wide'], headers['b']]), [['try 0', undefined, undefined, undefined]])
        deepEqual(teller.heard.toSorted(), ['answered: success', 'ended: success', 'try 0 begins', 'try 0: success'])
      } finally {
        await rig.close()
      }
    },
  },
]
