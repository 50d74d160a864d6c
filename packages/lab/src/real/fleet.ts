import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import type { Fault } from '../scenario/faults.ts'
import type { ClientSpec, Contender } from '../scenario/contenders.ts'
import type { Scenario, Service } from '../scenario/scenario.ts'
import type { Behaviour, Endpoint, FromReplica, RecordDecisions, ReplicaReport, ReplicaStart, SetCallees, ToReplica } from './messages.ts'
import { nextMessage } from './processes.ts'
import type { Processes } from './processes.ts'

const HEALTHY: Behaviour = { factor: 1, failCode: 503, failShare: 0 }

interface Replica {
  readonly name: string
  readonly service: string
  readonly start: Omit<ReplicaStart, 'port'>
  /** Told as soon as all that it may call listen, and to each process that comes after. */
  callees: SetCallees | undefined
  port: number
  child: ChildProcess
  /** Arrivals that processes which are gone had told of. */
  arrivedBefore: number
  arrived: number
}

/** The replicas of a run, and what can be done to them. */
export class Fleet {
  readonly #processes: Processes
  readonly #replicas = new Map<string, Replica>()
  /** How often the work of each once-only call was begun. */
  readonly #begun = new Map<number, number>()

  #epoch: number | undefined
  readonly #killed = new WeakSet<ChildProcess>()
  #onCrash: (error: Error) => void = () => {}
  /** Rejects when a replica ends that nobody killed: the run would measure something else than the scenario says. */
  readonly crashed: Promise<never> = new Promise((_, reject) => void (this.#onCrash = reject))

  constructor(processes: Processes) {
    this.#processes = processes
    // Heard while a run waits for it; closing the run ends every replica, which is no crash anybody awaits.
    this.crashed.catch(() => {})
  }

  async start(
    { services }: Pick<Scenario, 'services'>,
    contender: Contender,
    seed: number,
    record?: Omit<RecordDecisions, 'by'>
  ): Promise<Endpoint[]> {
    const governed = contender.admission
    const starting = Object.entries(services).flatMap(([name, service]) =>
      Array.from({ length: service.replicas }, (_, at) =>
        this.#add({
          kind: 'start',
          serviceName: name,
          number: at + 1,
          seed,
          service,
          governed,
          record: decides(service, governed) ? record && { ...record, by: `${name}-${at + 1}` } : undefined
        })
      )
    )
    const replicas = await Promise.all(starting)
    for (const replica of replicas) this.#replicas.set(replica.name, replica)
    const endpoints = replicas.map(({ name, service, port, start }) => ({
      name,
      service,
      url: `http://127.0.0.1:${port}`,
      protocol: start.service.protocol
    }))
    await Promise.all(
      replicas.map((replica) => {
        replica.callees = calleesOf(replica, contender, endpoints)
        return this.#connect(replica)
      })
    )
    return endpoints
  }

  async #add(start: Replica['start']): Promise<Replica> {
    const child = this.#processes.start('replica')
    const { serviceName: service } = start
    const name = `${service}-${start.number}`
    const replica = { name, service, start, callees: undefined, port: 0, child, arrivedBefore: 0, arrived: 0 }
    await this.#listen(replica)
    return replica
  }

  async #connect({ child, callees }: Replica): Promise<void> {
    if (callees === undefined) return
    const connected = nextMessage<FromReplica, true>(child, (it) => (it.kind === 'connected' ? true : undefined))
    tell(child, callees)
    await connected
  }

  /** When the warm-up ends, on the system's clock: what replicas decide is told by it. */
  beginAt(epoch: number): void {
    this.#epoch = epoch
    for (const replica of this.#replicas.values()) this.#tellEpoch(replica)
  }

  #tellEpoch({ child, start }: Replica): void {
    if (start.record !== undefined && this.#epoch !== undefined) tell(child, { kind: 'epoch', epoch: this.#epoch })
  }

  /** What replicas called for the calls of the load, and what they decided; the processes that are gone took theirs with them. */
  async reports(): Promise<ReplicaReport[]> {
    const calling = [...this.#replicas.values()].filter(({ callees, start }) => callees !== undefined || start.record !== undefined)
    return Promise.all(
      calling.map(async ({ child }) => {
        const report = nextMessage<FromReplica, ReplicaReport>(child, (it) => (it.kind === 'report' ? it : undefined))
        tell(child, { kind: 'report' })
        return report
      })
    )
  }

  /** The first time on any free port, afterwards on the same. */
  async #listen(replica: Replica): Promise<void> {
    const { child } = replica
    child.on('message', (message) => this.#hear(replica, message as FromReplica))
    child.once('exit', () => {
      if (!this.#killed.has(child)) this.#onCrash(new Error(`${replica.name} ended by itself`))
    })
    const listening = nextMessage<FromReplica, number>(child, (it) => (it.kind === 'listening' ? it.port : undefined))
    tell(child, { ...replica.start, port: replica.port })
    replica.port = await listening
  }

  #hear(replica: Replica, message: FromReplica): void {
    if (message.kind === 'arrivals') replica.arrived = message.count
    if (message.kind === 'once') this.#begun.set(message.call, (this.#begun.get(message.call) ?? 0) + 1)
  }

  async begin(fault: Fault): Promise<void> {
    await Promise.all(fault.targets.map((name) => this.#begin(this.#get(name), fault)))
  }

  async end(fault: Fault): Promise<void> {
    await Promise.all(fault.targets.map((name) => this.#end(this.#get(name), fault)))
  }

  async #begin({ child }: Replica, fault: Fault): Promise<void> {
    if (fault.kind === 'hang') return void child.kill('SIGSTOP')
    if (fault.kind === 'kill') {
      const ended = once(child, 'exit')
      this.#killed.add(child)
      child.kill('SIGKILL')
      return void (await ended)
    }
    if (fault.kind === 'slow') return behave(child, { ...HEALTHY, factor: fault.factor })
    if (fault.kind === 'fail') return behave(child, { ...HEALTHY, failCode: fault.code, failShare: fault.share })
    throw new Error(`${fault.kind} is a fault of the virtual world`)
  }

  async #end(replica: Replica, fault: Fault): Promise<void> {
    if (fault.kind === 'hang') return void replica.child.kill('SIGCONT')
    if (fault.kind !== 'kill') return behave(replica.child, HEALTHY)
    replica.arrivedBefore += replica.arrived
    replica.arrived = 0
    replica.child = this.#processes.start('replica')
    await this.#listen(replica)
    await this.#connect(replica)
    this.#tellEpoch(replica)
  }

  /** Calls whose work must be done at most once and was begun more often, of those `counts`. */
  repeatedWork(counts: (call: number) => boolean): number {
    return [...this.#begun].filter(([call, times]) => times > 1 && counts(call)).length
  }

  /** Requests that reached each replica, by its own count; one that is killed loses its last tenth of a second. */
  arrivals(): Record<string, number> {
    return Object.fromEntries(
      [...this.#replicas.values()].map((each) => [each.name, each.arrivedBefore + each.arrived])
    )
  }

  #get(name: string): Replica {
    const replica = this.#replicas.get(name)
    if (replica === undefined) throw new Error(`no replica ${name}`)
    return replica
  }
}

/** Whether there is anything in it that may tell. */
function decides({ admission, calls }: Service, governed: boolean): boolean {
  return (governed && admission !== undefined) || calls.length > 0
}

function calleesOf({ service: name, start }: Replica, contender: Contender, endpoints: readonly Endpoint[]): SetCallees | undefined {
  const { service, seed } = start
  const { calls: steps } = service
  if (steps.length === 0) return undefined
  const called = new Set(steps.flatMap(({ calls }) => calls.map(({ requestClass }) => requestClass.service)))
  const client: ClientSpec = contender.callers[name] ?? contender
  return { kind: 'callees', client, steps, seed, endpoints: endpoints.filter((each) => called.has(each.service)) }
}

function tell(child: ChildProcess, message: ToReplica): void {
  child.send(message)
}

async function behave(child: ChildProcess, behaviour: Behaviour): Promise<void> {
  const done = nextMessage<FromReplica, true>(child, (it) => (it.kind === 'behaving' ? true : undefined))
  tell(child, { kind: 'behave', behaviour })
  await done
}
