import { Observers, nodeClock, nodeRandom, type Call } from '@inmesh/pipeline'
import { HttpService, ServiceDispatcher } from '@inmesh/http'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import type { Row } from '../report/result.ts'
import { timed } from '../decisions/timing.ts'
import { CountingHandler } from '../wire/memory-contender.ts'
import { InstantWire } from '../wire/instant-wire.ts'
import { MemoryTarget } from '../wire/memory-target.ts'

const contender = 'inmesh'

/** Counts how often a call asks whether anybody listens. */
class CountingObservers extends Observers {
  asked = 0

  constructor() {
    super()
    Object.defineProperty(this, 'active', { get: () => { this.asked++; return false } })
  }
}

/** How often that is for one call that is well. */
export function asksPerCall(): number {
  const observers = new CountingObservers()
  const service = new HttpService({ name: 'catalog', clock: nodeClock(), random: nodeRandom, observers, policy: {} })
  const wire = new InstantWire()
  service.core.cluster.pool.update([{ key: 'a', target: new MemoryTarget('a', wire) }], nodeClock().now())
  observers.asked = 0
  new ServiceDispatcher(service).dispatch({ path: '/', method: 'GET' }, new CountingHandler())
  wire.answerAll()
  return observers.asked
}

/** Not looked at where nobody follows calls. */
const nobody = {} as Call

/** Asks as often as a call does, and would tell. */
export function silent(): () => void {
  const asks = asksPerCall()
  // Of two meshes in turn, so that what was asked last is not known to be the answer.
  const meshes = [new Observers(), new Observers()]
  let at = 0
  return () => {
    at++
    // As a call begins: whether anybody follows it.
    if ((meshes[at & 1] as Observers).follow(nobody) !== undefined) throw new Error('nobody follows calls here')
    for (let i = 0; i < asks; i++) {
      const observers = meshes[(at + i) & 1] as Observers
      if (observers.active) observers.emit({ type: 'policy-changed', service: 'catalog', at, chain: [] })
    }
  }
}

/** What a call pays for being observable where nobody observes: time, and bytes in a process of its own that collects nothing meanwhile. */
export async function measureSilence(): Promise<Row[]> {
  const execArgv = ['--conditions=@inmesh/source', '--expose-gc', '--min-semi-space-size=128', '--max-semi-space-size=128']
  const child = fork(new URL('./silence-process.ts', import.meta.url), { execArgv, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  const gone = once(child, 'exit').then(([code]) => { throw new Error(`the heap's process ended early with code ${code}`) })
  const [bytes] = (await Promise.race([once(child, 'message'), gone])) as [Row]
  gone.catch(() => {})
  child.disconnect()
  return [await timed(contender, 'no-listener-ns', silent()), bytes]
}
