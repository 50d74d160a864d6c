import { deepEqual, equal } from 'node:assert/strict'
import type { ServicePolicy } from '@inmesh/pipeline'
import type { Rig } from '../adapter.ts'
import { quick, type Behaviour } from '../behaviour.ts'
import { codeOf, errorOf, receivedBy, released } from '../check.ts'

const everything: ServicePolicy = { ...quick, backup: { after: 20, maxExtraLoad: 1 }, limit: { rate: 1, burst: 1 }, drop: { ratios: 1 }, timeout: { total: 40, perTry: 20 } }

/** What each replica sees of six calls, of which the first replica fails some. */
async function seen(rig: Rig): Promise<unknown> {
  rig.replicas[0]?.on({ do: 'reply', code: 'UNAVAILABLE' })
  rig.replicas[1]?.on({ do: 'reply', after: 60 })
  for (let i = 0; i < 6; i++) await rig.call({ safe: i % 2 === 0 }).then((reply) => reply.text(), () => {})
  await released(rig)
  return rig.replicas.map(({ received }) => received.map(({ headers, content }) => [Object.keys(headers).toSorted(), content]))
}

export const modes: readonly Behaviour[] = [
  {
    text: 'mode off is a plain call: one request, no header of ours, no refusal',
    policy: everything,
    ceiling: 'off',
    async run(rig) {
      await seen(rig)
      equal(receivedBy(rig).length, 6)
      for (const { headers } of receivedBy(rig)) deepEqual(Object.keys(headers).filter((name) => /^(x-envoy|inmesh|grpc-timeout|grpc-previous)/.test(name)), [])
    },
  },
  {
    text: 'mode observe changes nothing on the wire',
    policy: { ...everything, mode: 'observe' },
    async run(rig, adapter) {
      const off = await adapter.start({ replicas: rig.replicas.length, policy: everything, ceiling: 'off' })
      try {
        deepEqual(await seen(rig), await seen(off))
        equal(receivedBy(off).length, 6)
      } finally {
        await off.close()
      }
    },
  },
  {
    text: 'a call that is dropped sends nothing, and says which policy it was',
    policy: { drop: { ratios: 1 } },
    async run(rig) {
      equal(codeOf(await errorOf(rig.call())), 'INMESH_DROPPED')
      equal(receivedBy(rig).length, 0)
    },
  },
  {
    text: 'a call over the rate is refused, and says so; one that may wait waits',
    policy: { limit: { rate: 20, burst: 1, maxWait: 60 } },
    async run(rig) {
      const calls = await Promise.allSettled(Array.from({ length: 4 }, () => rig.call().then((reply) => reply.text())))
      deepEqual(calls.map(({ status }) => status), ['fulfilled', 'fulfilled', 'rejected', 'rejected'])
      for (const call of calls) if (call.status === 'rejected') equal(codeOf(call.reason), 'INMESH_RATE_LIMITED')
      await released(rig)
    },
  },
]
