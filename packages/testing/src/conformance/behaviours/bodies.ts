import { deepEqual, equal, ok } from 'node:assert/strict'
import type { BodyKind, ConformanceAdapter, Rig } from '../adapter.ts'
import { quick, type Behaviour } from '../behaviour.ts'
import { errorOf, eventually, pause, receivedBy, released } from '../check.ts'

const content = 'körper '.repeat(3000)

async function forEach(adapter: ConformanceAdapter, which: (kind: BodyKind) => boolean, fn: (kind: BodyKind) => Promise<void>): Promise<void> {
  const kinds = (adapter.bodies ?? []).filter(which)
  ok(kinds.length > 0, 'the adapter names no such body, and does not declare that it lacks them')
  for (const kind of kinds) await fn(kind)
}

/** The replicas' turns: the first request of a call fails, the second is answered. */
function failFirst(rig: Rig, how: { readonly do: 'reset' } | { readonly do: 'reply'; readonly code: 'UNAVAILABLE' }): void {
  let order = 0
  for (const replica of rig.replicas) replica.on(() => (++order % 2 === 1 ? how : { do: 'reply', content: 'done' }))
}

export const bodies: readonly Behaviour[] = [
  {
    text: 'a body of each kind that can be replayed is sent again whole',
    needs: ['request-bodies'],
    policy: quick,
    async run(rig, adapter) {
      await forEach(adapter, ({ replayable }) => replayable, async (kind) => {
        failFirst(rig, { do: 'reply', code: 'UNAVAILABLE' })
        const before = receivedBy(rig).length
        const reply = await rig.call({ body: kind.make(content), safe: true })
        equal(reply.code, 'OK', kind.name)
        await reply.text()
        const sent = rig.replicas.flatMap(({ received }) => received).length - before
        equal(sent, 2, `${kind.name}: sent ${sent} times`)
        for (const { received } of rig.replicas) ok(received.at(-1)?.content.includes(content), `${kind.name}: came in part`)
      })
      await released(rig)
    },
  },
  {
    text: 'a body of each kind that can be read once is sent once when a replica may have read it',
    needs: ['request-bodies', 'one-shot-bodies'],
    policy: quick,
    async run(rig, adapter) {
      await forEach(adapter, ({ replayable }) => !replayable, async (kind) => {
        failFirst(rig, { do: 'reset' })
        const before = receivedBy(rig).length
        await errorOf(rig.call({ body: kind.make(content), safe: true }).then(async (reply) => reply.text()))
        equal(receivedBy(rig).length - before, 1, kind.name)
      })
      await released(rig)
    },
  },
  {
    text: 'a body of any kind goes to another replica when the first refused the connection',
    needs: ['request-bodies'],
    policy: quick,
    async run(rig, adapter) {
      await rig.replicas[0]?.refuse()
      await forEach(adapter, () => true, async (kind) => {
        for (let turn = 0; turn < 2; turn++) {
          const reply = await rig.call({ body: kind.make(content), safe: false })
          equal(reply.code, 'OK', kind.name)
          await reply.text()
          ok(rig.replicas[1]?.received.at(-1)?.content.includes(content), `${kind.name}: came in part`)
        }
      })
      await released(rig)
    },
  },
  {
    text: 'a reader who stops reading holds the replica back, and gets everything when he goes on',
    needs: ['streamed-replies'],
    async run(rig) {
      const [pieces, bytes] = [1024, 64 * 1024]
      for (const replica of rig.replicas) replica.on({ do: 'stream', pieces, bytes })
      const reply = await rig.call()
      let got = (await reply.read())?.length ?? 0
      await pause(150)
      const written = receivedBy(rig)[0]?.written ?? 0
      ok(written < (pieces * bytes) / 2, `${written} of ${pieces * bytes} bytes were written for a reader who read one piece`)
      for (let piece = await reply.read(); piece !== undefined; piece = await reply.read()) got += piece.length
      equal(got, pieces * bytes)
      await released(rig)
    },
  },
  {
    text: 'a body that breaks is an error for its reader, is not retried, and is held against its replica',
    needs: ['streamed-replies'],
    policy: quick,
    async run(rig) {
      for (const replica of rig.replicas) replica.on({ do: 'stream', pieces: 3, bytes: 1000, every: 5, breaks: true })
      const reply = await rig.call()
      ok((await errorOf(reply.text())) instanceof Error)
      equal(receivedBy(rig).length, 1)
      await released(rig)
      equal(rig.recorder.last('tried')?.outcome.kind, 'failure')
    },
  },
  {
    text: 'bodies that nobody reads do not skew the picks',
    needs: ['streamed-replies'],
    replicas: 3,
    policy: { backup: false, rescue: false },
    async run(rig) {
      const [hoarded] = rig.replicas
      for (const replica of rig.replicas) replica.on({ do: 'reply', content: replica === hoarded ? 'x'.repeat(300_000) : 'short', after: 15 })
      const all = await Promise.all(Array.from({ length: 30 }, () => rig.call()))
      const before = hoarded?.received.length ?? 0
      const unread = await Promise.all(all.map(async (reply, i) => (i % 2 === 0 ? (await reply.text(), undefined) : reply)))
      // Older than a second: what a caller does with a reply is no measure of its endpoint any more.
      await pause(1100)
      for (const replica of rig.replicas) replica.on({ do: 'reply', content: 'short', after: 15 })
      for (let i = 0; i < 10; i++) await Promise.all(Array.from({ length: 9 }, () => rig.call().then((reply) => reply.text())))
      const share = ((hoarded?.received.length ?? 0) - before) / 90
      ok(share > 0.1, `the replica whose replies nobody read gets ${Math.round(share * 100)} % of what came after`)
      await Promise.all(unread.map((reply) => reply?.cancel()))
      await released(rig)
    },
  },
  {
    text: 'a reply thrown away unread gives back what it held',
    needs: ['streamed-replies'],
    async run(rig) {
      for (const replica of rig.replicas) replica.on({ do: 'stream', pieces: 200, bytes: 64 * 1024 })
      const reply = await rig.call()
      await reply.cancel()
      await released(rig)
      equal(receivedBy(rig).length, 1)
      await eventually('the replica is rid of it', () => receivedBy(rig).every(({ cancelled, finished }) => cancelled || finished))
    },
  },
  {
    text: 'trailers pass',
    needs: ['trailers'],
    async run(rig) {
      for (const replica of rig.replicas) replica.on({ do: 'reply', content: 'body', trailers: { 'x-checksum': 'abc' } })
      const reply = await rig.call()
      equal(await reply.text(), 'body')
      equal((await reply.trailers())['x-checksum'], 'abc')
      await released(rig)
    },
  },
  {
    text: 'an informational reply passes where no other try can answer',
    needs: ['informational'],
    async run(rig) {
      for (const replica of rig.replicas) replica.on({ do: 'reply', content: 'body', informational: 103 })
      const seen: number[] = []
      const reply = await rig.call({ safe: false, onInformational: (status) => seen.push(status) })
      deepEqual([await reply.text(), seen], ['body', [103]])
      await released(rig)
    },
  },
]
