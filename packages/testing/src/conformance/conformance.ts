import type { ConformanceAdapter, Feature, Rig, UpgradeRig } from './adapter.ts'
import { equal } from 'node:assert/strict'
import type { Behaviour } from './behaviour.ts'
import { bodies } from './behaviours/bodies.ts'
import { endings } from './behaviours/endings.ts'
import { modes } from './behaviours/modes.ts'
import { replies } from './behaviours/replies.ts'
import { tracing } from './behaviours/tracing.ts'
import { released } from './check.ts'

export interface ConformanceSuite {
  /** Of any test runner: vitest's, Node's own, Jest's. */
  readonly test: (name: string, fn: () => Promise<void>) => unknown
}

/** What an adapter was held to, and what not. */
export interface ConformanceReport {
  readonly ran: readonly string[]
  readonly lacking: readonly { readonly text: string; readonly lacks: readonly Feature[] }[]
}

const upgrade: Behaviour = {
  text: 'an upgraded call is a two-way stream, one try, and over when its socket is',
  needs: ['upgrade'],
  async run(rig) {
    if (!isUpgrade(rig)) throw new Error('the adapter does not lack "upgrade", so its rig must have upgrade()')
    const socket = await rig.upgrade()
    equal(await socket.echo('ping'), 'ping')
    equal(rig.recorder.of('tried').length, 0)
    socket.close()
    await released(rig)
  },
}

/** Every behaviour, in the order in which they run. */
export const behaviours: readonly Behaviour[] = [...replies, ...bodies, ...endings, ...modes, ...tracing, upgrade]

/**
 * Holds an adapter to the behaviours that users of every adapter may rely on, over real sockets. Behaviours that need
 * what the adapter declares to lack are left out and are listed in the report. Asserts with `node:assert`.
 */
export function conformance({ test }: ConformanceSuite, adapter: ConformanceAdapter): ConformanceReport {
  const ran: string[] = []
  const lacking: { text: string; lacks: readonly Feature[] }[] = []
  for (const behaviour of behaviours) {
    const lacks = (behaviour.needs ?? []).filter((feature) => adapter.lacks?.includes(feature))
    if (lacks.length > 0) lacking.push({ text: behaviour.text, lacks })
    else {
      ran.push(behaviour.text)
      test(behaviour.text, () => run(behaviour, adapter))
    }
  }
  return { ran, lacking }
}

async function run(behaviour: Behaviour, adapter: ConformanceAdapter): Promise<void> {
  const { replicas = 2, policy = {}, ceiling, connections } = behaviour
  const rig = await adapter.start({
    replicas,
    policy,
    ...(ceiling === undefined ? {} : { ceiling }),
    ...(connections === undefined ? {} : { connections }),
  })
  try {
    await behaviour.run(rig, adapter)
  } finally {
    await rig.close()
  }
}

function isUpgrade(rig: Rig): rig is UpgradeRig {
  return 'upgrade' in rig
}
