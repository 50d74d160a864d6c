import { equal, ok } from 'node:assert/strict'
import { quick, type Behaviour } from '../behaviour.ts'
import { codeOf, errorOf, eventually, pause, receivedBy, released } from '../check.ts'

export const endings: readonly Behaviour[] = [
  {
    text: 'a deadline ends a call whose replica hangs, and the replica hears of it',
    policy: quick,
    async run(rig) {
      for (const replica of rig.replicas) replica.on({ do: 'hang' })
      const begun = performance.now()
      equal(codeOf(await errorOf(rig.call({ timeout: 80 }))), 'INMESH_DEADLINE_EXCEEDED')
      const took = performance.now() - begun
      ok(took >= 79 && took < 600, `it took ${took} ms`)
      await released(rig)
      await eventually('the replica heard of it', () => receivedBy(rig).every(({ cancelled }) => cancelled))
    },
  },
  {
    text: 'a deadline ends a body that is still under way',
    needs: ['streamed-replies'],
    async run(rig) {
      for (const replica of rig.replicas) replica.on({ do: 'stream', pieces: 1000, bytes: 100, every: 10 })
      const reply = await rig.call({ timeout: 120 })
      ok((await errorOf(reply.text())) instanceof Error)
      await released(rig)
      await eventually('the replica heard of it', () => receivedBy(rig).every(({ cancelled }) => cancelled))
    },
  },
  {
    text: 'no try starts after the deadline',
    policy: { ...quick, retry: { maxExtraTries: 5, backoff: { min: 50, max: 50 } } },
    async run(rig) {
      for (const replica of rig.replicas) replica.on({ do: 'reply', code: 'UNAVAILABLE', after: 20 })
      await rig.call({ timeout: 60 }).then((reply) => reply.text(), () => {})
      await released(rig)
      const before = receivedBy(rig).length
      ok(before > 0, 'nothing was sent')
      await pause(150)
      equal(receivedBy(rig).length, before)
    },
  },
  {
    text: 'a caller who gives up before the head gets his own reason, and all is released',
    policy: quick,
    async run(rig) {
      for (const replica of rig.replicas) replica.on({ do: 'hang' })
      const controller = new AbortController()
      const call = errorOf(rig.call({ signal: controller.signal }))
      await eventually('the request arrived', () => receivedBy(rig).length === 1)
      const reason = new Error('changed my mind')
      controller.abort(reason)
      equal(await call, reason)
      await released(rig)
      await eventually('the replica heard of it', () => receivedBy(rig).every(({ cancelled }) => cancelled))
    },
  },
  {
    text: 'a caller who gives up in the middle of a body ends it',
    needs: ['streamed-replies'],
    async run(rig) {
      for (const replica of rig.replicas) replica.on({ do: 'stream', pieces: 1000, bytes: 100, every: 10 })
      const controller = new AbortController()
      const reply = await rig.call({ signal: controller.signal })
      await reply.read()
      const rest = errorOf(reply.text())
      controller.abort(new Error('changed my mind'))
      ok((await rest) instanceof Error)
      await released(rig)
      await eventually('the replica heard of it', () => receivedBy(rig).every(({ cancelled }) => cancelled))
    },
  },
  {
    text: 'a caller who gives up between two tries is answered at once, and there is no second try',
    policy: { ...quick, retry: { backoff: { min: 10_000, max: 10_000 } } },
    async run(rig) {
      for (const replica of rig.replicas) replica.on({ do: 'reply', code: 'UNAVAILABLE' })
      const controller = new AbortController()
      const call = errorOf(rig.call({ signal: controller.signal }))
      await eventually('the first try has failed', () => rig.recorder.of('tried').length === 1)
      controller.abort(new Error('changed my mind'))
      const begun = performance.now()
      await call
      ok(performance.now() - begun < 500, 'it waited for its backoff')
      equal(receivedBy(rig).length, 1)
      await released(rig)
    },
  },
  {
    text: 'a call whose caller had given up before sends nothing',
    async run(rig) {
      await errorOf(rig.call({ signal: AbortSignal.abort(new Error('before')) }))
      await pause(20)
      equal(receivedBy(rig).length, 0)
      await released(rig)
    },
  },
  {
    text: 'a timeout of each try gives a hung replica up in favour of another',
    policy: { ...quick, timeout: { perTry: 60 } },
    async run(rig) {
      const [hung, well] = rig.replicas
      hung?.on({ do: 'hang' })
      well?.on({ do: 'reply', content: 'well' })
      for (let i = 0; i < 2; i++) equal(await (await rig.call()).text(), 'well')
      await released(rig)
      ok((hung?.received.length ?? 0) > 0, 'the hung replica was never tried')
      await eventually('it hears that it was given up', () => hung?.received.every(({ cancelled }) => cancelled) === true)
    },
  },
]
