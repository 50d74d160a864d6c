import { setImmediate as turn } from 'node:timers/promises'
import { contenders, type Contender } from './contenders.ts'

/** What the bench asks of a contender's process. */
export interface Ask {
  /** Requests before anything counts: the compiler is done with most of its work by then. */
  readonly warmUp: number
  /** Requests that count, without a pause. */
  readonly requests: number
}

export interface Told {
  /** Microseconds of CPU for a request, all threads of the process. */
  readonly cpu: number
}

/** Without a socket nothing waits for the event loop, and what is done once a turn, such as letting go of memory, would never be. */
const aTurn = 20

const [, , name = ''] = process.argv
const make = contenders.get(name)
if (make === undefined) throw new Error(`there is no contender ${name}`)
const contender = await make(name)

process.once('disconnect', () => process.exit(0))
process.once('message', (ask: Ask) => {
  void answer(ask)
})

async function answer({ warmUp, requests }: Ask): Promise<void> {
  await block(contender, warmUp)
  const before = process.cpuUsage()
  await block(contender, requests)
  const { user, system } = process.cpuUsage(before)
  process.send?.({ cpu: (user + system) / requests } satisfies Told)
}

async function block({ send }: Contender, requests: number): Promise<void> {
  for (let i = 0; i < requests; i++) {
    await send()
    if (i % aTurn === 0) await turn()
  }
}
