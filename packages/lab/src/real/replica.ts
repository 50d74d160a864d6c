// The process of one replica. Imports little, and the rest where it is needed: one that was killed must be back soon.
import type { AddressInfo } from 'node:net'
import type { Callees } from './callees.ts'
import type { FromReplica, ReplicaStart, SetCallees, ToReplica } from './messages.ts'
import { createReplica } from './replica-server.ts'
import type { ReplicaOptions, ReplicaServer } from './replica-server.ts'

const ARRIVALS_EVERY = 100

let replica: ReplicaServer | undefined
let callees: Callees | undefined

function tell(message: FromReplica): void {
  process.send?.(message)
}

async function start({ service, governed, seed, number, port }: ReplicaStart): Promise<void> {
  const govern = governed ? await governing(service.admission) : {}
  const onOnce = (call: number): void => tell({ kind: 'once', call })
  const { server, arrivals } = (replica = createReplica({ service, seed, number, onOnce, callees: () => callees, ...govern }))
  server.listen(port, '127.0.0.1', () => {
    const { port: bound } = server.address() as AddressInfo
    tell({ kind: 'listening', port: bound })
  })
  let reported = 0
  setInterval(() => {
    if (reported !== arrivals()) tell({ kind: 'arrivals', count: (reported = arrivals()) })
  }, ARRIVALS_EVERY).unref()
}

async function governing(admission: ReplicaStart['service']['admission']): Promise<Pick<ReplicaOptions, 'govern'>> {
  if (admission === undefined) return {}
  const { govern } = await import('./govern.ts')
  return { govern: (listener) => govern(admission, listener) }
}

async function connect(told: SetCallees): Promise<void> {
  const { Callees } = await import('./callees.ts')
  callees = await Callees.create(told)
  tell({ kind: 'connected' })
}

function hear(message: ToReplica): void | Promise<void> {
  switch (message.kind) {
    case 'start':
      return start(message)
    case 'callees':
      return connect(message)
    case 'behave':
      replica?.behave(message.behaviour)
      return tell({ kind: 'behaving' })
    case 'report':
      if (callees !== undefined) tell({ kind: 'report', ...callees.report() })
  }
}

process.on('message', (message: ToReplica) => void hear(message))
// The parent decides: Ctrl-C reaches the whole group, and its end, however it came, closes the channel.
process.on('SIGINT', () => {})
process.on('disconnect', () => process.exit())
