// The process of one replica. Imports little, and the rest where it is needed: one that was killed must be back soon.
import type { Callees } from './callees.ts'
import type { FromReplica, ReplicaStart, SetCallees, ToReplica } from './messages.ts'
import type { Replica } from './replica-work.ts'

const ARRIVALS_EVERY = 100

let replica: Replica | undefined
let callees: Callees | undefined

function tell(message: FromReplica): void {
  process.send?.(message)
}

async function start(told: ReplicaStart): Promise<void> {
  const { arrivals, listen } = (replica = await create(told))
  tell({ kind: 'listening', port: await listen(told.port) })
  let reported = 0
  setInterval(() => {
    if (reported !== arrivals()) tell({ kind: 'arrivals', count: (reported = arrivals()) })
  }, ARRIVALS_EVERY).unref()
}

async function create({ service, governed, seed, number }: ReplicaStart): Promise<Replica> {
  const onOnce = (call: number): void => tell({ kind: 'once', call })
  const work = { service, seed, number, onOnce, callees: () => callees }
  const admission = governed ? service.admission : undefined
  if (service.protocol === 'http') {
    const { createReplica } = await import('./replica-server.ts')
    if (admission === undefined) return createReplica(work)
    const { govern } = await import('./govern.ts')
    return createReplica({ ...work, govern: (listener) => govern(admission, listener) })
  }
  const { createGrpcReplica } = await import('./grpc-replica.ts')
  if (admission === undefined) return createGrpcReplica(work)
  const { governGrpc } = await import('./govern-grpc.ts')
  return createGrpcReplica({ ...work, governed: governGrpc(admission) })
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
