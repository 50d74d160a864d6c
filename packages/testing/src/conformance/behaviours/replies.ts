import { deepEqual, equal, ok } from 'node:assert/strict'
import { quick, type Behaviour } from '../behaviour.ts'
import { codeOf, errorOf, eventually, inTurn, receivedBy, released } from '../check.ts'

export const replies: readonly Behaviour[] = [
  {
    text: 'a call reaches a replica, and its reply comes back whole',
    async run(rig) {
      const content = 'x'.repeat(200_000)
      for (const replica of rig.replicas) replica.on({ do: 'reply', content })
      const reply = await rig.call()
      deepEqual([reply.code, await reply.text()], ['OK', content])
      await released(rig)
    },
  },
  {
    text: 'calls spread over every replica',
    replicas: 3,
    policy: quick,
    async run(rig) {
      await inTurn(12, () => rig.call())
      for (const { received } of rig.replicas) equal(received.length, 4)
      await released(rig)
    },
  },
  {
    text: 'a failure of one replica is retried on another, and the first success is the answer',
    policy: quick,
    async run(rig) {
      const [bad, good] = rig.replicas
      bad?.on({ do: 'reply', code: 'UNAVAILABLE', content: 'bad' })
      good?.on({ do: 'reply', content: 'good' })
      for (const { code, text } of await inTurn(6, () => rig.call())) deepEqual([code, text], ['OK', 'good'])
      ok((bad?.received.length ?? 0) > 0, 'the failing replica was never tried')
      await released(rig)
    },
  },
  {
    text: 'what a replica may have done is not done again: an unsafe call is sent once',
    policy: quick,
    async run(rig) {
      for (const replica of rig.replicas) replica.on({ do: 'reset' })
      await errorOf(rig.call({ safe: false }))
      equal(receivedBy(rig).length, 1)
      await released(rig)
    },
  },
  {
    text: 'a failing reply to an unsafe call is the caller’s, as it came',
    needs: ['failing-replies'],
    policy: quick,
    async run(rig) {
      for (const replica of rig.replicas) replica.on({ do: 'reply', code: 'UNAVAILABLE', content: 'sorry' })
      const reply = await rig.call({ safe: false })
      deepEqual([reply.code, await reply.text(), receivedBy(rig).length], ['UNAVAILABLE', 'sorry', 1])
      await released(rig)
    },
  },
  {
    text: 'a refused connection is resent at once, free of budget, even for an unsafe call',
    policy: { ...quick, budget: { ratio: 0, floor: 0, initial: 0 } },
    async run(rig) {
      await rig.replicas[0]?.refuse()
      for (const { code } of await inTurn(6, () => rig.call({ safe: false }))) equal(code, 'OK')
      equal(rig.replicas[1]?.received.length, 6)
      await released(rig)
    },
  },
  {
    text: 'when all connections are refused the call fails, and fast',
    policy: quick,
    replicas: 3,
    async run(rig) {
      for (const replica of rig.replicas) await replica.refuse()
      const begun = performance.now()
      ok((await errorOf(rig.call())) instanceof Error)
      ok(performance.now() - begun < 1000, 'it took longer than a second')
      await released(rig)
    },
  },
  {
    text: 'when every try fails the caller gets the latest failure that carries a reply',
    needs: ['failing-replies'],
    policy: quick,
    async run(rig) {
      let order = 0
      for (const replica of rig.replicas) replica.on(() => ({ do: 'reply', code: 'UNAVAILABLE', content: `failure ${++order}` }))
      const reply = await rig.call()
      deepEqual([reply.code, await reply.text()], ['UNAVAILABLE', 'failure 2'])
      order = 0
      for (const replica of rig.replicas) replica.on(() => (++order === 1 ? { do: 'reply', code: 'UNAVAILABLE', content: 'the only reply' } : { do: 'reset' }))
      const only = await rig.call()
      deepEqual([only.code, await only.text()], ['UNAVAILABLE', 'the only reply'])
      await released(rig)
    },
  },
  {
    text: 'what a replica says it cannot do is no failure of its own: not retried, and the caller gets it',
    policy: quick,
    needs: ['failing-replies'],
    async run(rig) {
      for (const replica of rig.replicas) replica.on({ do: 'reply', code: 'NOT_FOUND', content: 'no such thing' })
      const reply = await rig.call()
      deepEqual([reply.code, await reply.text(), receivedBy(rig).length], ['NOT_FOUND', 'no such thing', 1])
      await released(rig)
    },
  },
  {
    text: 'all replicas failing with long replies, on two connections each, comes to an end',
    needs: ['failing-replies', 'connection-limit'],
    policy: quick,
    connections: 2,
    async run(rig) {
      for (const replica of rig.replicas) replica.on({ do: 'reply', code: 'UNAVAILABLE', content: 'x'.repeat(40_000) })
      const all = await Promise.all(Array.from({ length: 20 }, () => rig.call().then(async (reply) => [reply.code, (await reply.text()).length])))
      for (const one of all) deepEqual(one, ['UNAVAILABLE', 40_000])
      await released(rig)
    },
  },
  {
    text: 'a late try gets a backup on another replica; the loser is cut off or runs out, and counts as neither',
    // Longer than a connection takes to open: backups of those would lose, and then not all late calls send one.
    policy: { ...quick, backup: { after: 100, maxExtraLoad: 1 } },
    async run(rig) {
      await inTurn(4, () => rig.call())
      const [slow, fast] = rig.replicas
      const before = slow?.received.length ?? 0
      slow?.on({ do: 'reply', content: 'slow', after: 400 })
      fast?.on({ do: 'reply', content: 'fast' })
      for (const { text } of await inTurn(2, () => rig.call())) equal(text, 'fast')
      await released(rig)
      const losers = slow?.received.slice(before) ?? []
      ok(losers.length > 0, 'the slow replica was never tried')
      equal(rig.recorder.of('backed-up').length, losers.length)
      await eventually('no loser is left hanging', () => losers.every(({ cancelled, finished }) => cancelled || finished))
    },
  },
  {
    text: 'a call without any endpoint fails with a sentence that says so',
    replicas: 0,
    async run(rig) {
      equal(codeOf(await errorOf(rig.call())), 'INMESH_NO_ENDPOINT')
      await released(rig)
    },
  },
]
