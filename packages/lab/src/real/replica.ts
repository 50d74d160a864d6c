// The process of one replica. Imports little: one that was killed must be back soon.
import type { AddressInfo } from 'node:net'
import type { FromReplica, ReplicaStart, ToReplica } from './messages.ts'
import { createReplica } from './replica-server.ts'
import type { ReplicaServer } from './replica-server.ts'

const ARRIVALS_EVERY = 100

function tell(message: FromReplica): void {
  process.send?.(message)
}

function start({ service, seed, number, port }: ReplicaStart): ReplicaServer {
  const replica = createReplica({ service, seed, number, onOnce: (call) => tell({ kind: 'once', call }) })
  replica.server.listen(port, '127.0.0.1', () => {
    const { port: bound } = replica.server.address() as AddressInfo
    tell({ kind: 'listening', port: bound })
  })
  let reported = 0
  setInterval(() => {
    if (reported !== replica.arrivals()) tell({ kind: 'arrivals', count: (reported = replica.arrivals()) })
  }, ARRIVALS_EVERY).unref()
  return replica
}

let replica: ReplicaServer | undefined
process.on('message', (message: ToReplica) => {
  if (message.kind === 'start') replica = start(message)
  else {
    replica?.behave(message.behaviour)
    tell({ kind: 'behaving' })
  }
})
// The parent decides: Ctrl-C reaches the whole group, and its end, however it came, closes the channel.
process.on('SIGINT', () => {})
process.on('disconnect', () => process.exit())
