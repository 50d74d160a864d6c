// The process of one replica. Imports little, and the rest where it is needed: one that was killed must be back soon.
import type { Observer } from '@inmesh/pipeline'
import type { Callees } from './callees.ts'
import type { DecisionLog } from '../decisions/log.ts'
import type { Endpoint, FromReplica, RecordDecisions, ReplicaStart, SetCallees, ToReplica } from './messages.ts'
import type { Replica } from './replica-work.ts'

const ARRIVALS_EVERY = 100

/** What is decided here is kept; `endpoints` are those that it calls, once they are known. */
interface Telling {
  readonly log: DecisionLog
  readonly observe: () => Observer
  readonly endpoints: Endpoint[]
}

let replica: Replica | undefined
let callees: Callees | undefined
let telling: Telling | undefined

function tell(message: FromReplica): void {
  process.send?.(message)
}

async function start(told: ReplicaStart): Promise<void> {
  if (told.record !== undefined) telling = await listen(told.record)
  const { arrivals } = (replica = await create(told))
  tell({ kind: 'listening', port: await replica.listen(told.port) })
  let reported = 0
  setInterval(() => {
    if (reported !== arrivals()) tell({ kind: 'arrivals', count: (reported = arrivals()) })
  }, ARRIVALS_EVERY).unref()
}

async function listen(record: RecordDecisions): Promise<Telling> {
  const { recordDecisions } = await import('./record-decisions.ts')
  const endpoints: Endpoint[] = []
  const log = recordDecisions(record, endpoints)
  return { log, observe: () => log.observer(record.by), endpoints }
}

async function create({ service, serviceName: name, governed, seed, number }: ReplicaStart): Promise<Replica> {
  const onOnce = (call: number): void => tell({ kind: 'once', call })
  const work = { service, seed, number, onOnce, callees: () => callees }
  const admission = governed ? service.admission : undefined
  const server = telling && { name, observers: [telling.observe()] }
  if (service.protocol === 'http') {
    const { createReplica } = await import('./replica-server.ts')
    if (admission === undefined) return createReplica(work)
    const { govern } = await import('./govern.ts')
    return createReplica({ ...work, govern: (listener) => govern(admission, listener, server) })
  }
  const { createGrpcReplica } = await import('./grpc-replica.ts')
  if (admission === undefined) return createGrpcReplica(work)
  const { governGrpc } = await import('./govern-grpc.ts')
  return createGrpcReplica({ ...work, governed: governGrpc(admission, server) })
}

async function connect(told: SetCallees): Promise<void> {
  const { Callees } = await import('./callees.ts')
  telling?.endpoints.push(...told.endpoints)
  callees = await Callees.create(told, telling?.observe)
  tell({ kind: 'connected' })
}

async function begin(epoch: number): Promise<void> {
  const { beginAt } = await import('./record-decisions.ts')
  if (telling !== undefined) beginAt(telling.log, epoch)
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
      return tell({
        kind: 'report',
        ...(callees !== undefined && { inner: callees.report() }),
        ...(telling !== undefined && { decisions: telling.log.result() })
      })
    case 'epoch':
      return begin(message.epoch)
  }
}

process.on('message', (message: ToReplica) => void hear(message))
// The parent decides: Ctrl-C reaches the whole group, and its end, however it came, closes the channel.
process.on('SIGINT', () => {})
process.on('disconnect', () => process.exit())
