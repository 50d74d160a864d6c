import type { ServerState, ServiceState, SharedSlotsSnapshot, Source } from '@inmesh/pipeline'
import type { Attributes, BatchObservableResult } from '@opentelemetry/api'
import type { LabelValues } from '../label-values.ts'
import { METRICS, type KeyOf } from './names.ts'
import type { Recording } from './recording.ts'
import { Zeros } from './zeros.ts'

type Key = KeyOf<'gauge' | 'total'>
type Told = (key: Key, value: number, attributes: Attributes) => void

interface Series {
  readonly key: Key
  readonly attributes: Attributes
}

/** Answers what is asked as metrics are read: nothing of it is kept up to date meanwhile, and no call pays for it. */
export class Gauges {
  readonly sources: Set<Source> = new Set()
  private readonly values: LabelValues
  private readonly byEndpoint: boolean
  private readonly dropped: (() => number) | undefined
  private readonly zeros = new Zeros()
  private told: Map<string, Series> = new Map()

  /** `dropped`: traces that were worth keeping and were too many; undefined where none are kept. */
  constructor(values: LabelValues, byEndpoint: boolean, dropped: (() => number) | undefined) {
    this.values = values
    this.byEndpoint = byEndpoint
    this.dropped = dropped
  }

  observe(recording: Recording, result: BatchObservableResult): void {
    const { asked } = recording.instruments
    const before = this.told
    this.told = new Map()
    const tell: Told = (key, value, attributes) => {
      if (METRICS[key].kind === 'gauge') this.told.set(`${key} ${Object.values(attributes).join(' ')}`, { key, attributes })
      result.observe(asked[key], value, attributes)
    }
    try {
      let faults = 0
      for (const source of this.sources) faults += this.all(source, tell, recording)
      if (this.sources.size > 0) tell('observerFaults', faults, {})
      const dropped = this.dropped?.()
      if (dropped !== undefined) tell('tracesDropped', dropped, {})
    } finally {
      // The SDK goes on to report what it was told last: what is gone, such as an endpoint or a mesh, has to go to 0. Not so a
      // total, which would seem to have begun anew.
      for (const [id, { key, attributes }] of before) if (!this.told.has(id)) result.observe(asked[key], 0, attributes)
    }
  }

  /** Answers how often observers have thrown there. */
  private all(source: Source, tell: Told, recording: Recording): number {
    const { services, servers, observerFaults } = source.state()
    for (const service of services) {
      this.zeros.begin(service, recording)
      this.service(service, tell)
    }
    for (const server of servers) this.server(server, tell)
    return observerFaults
  }

  private service(state: ServiceState, tell: Told): void {
    const { attempts, breaker, concurrency, limit } = state
    const service = { 'inmesh.service': this.values.service(state.service) }
    tell('budgetBalance', attempts.budget, { ...service, 'inmesh.budget': 'retry' })
    tell('budgetBalance', attempts.backupBudget, { ...service, 'inmesh.budget': 'backup' })
    tell('backupShare', attempts.storm.share, service)
    tell('inPanic', state.panic ? 1 : 0, service)
    if (breaker !== undefined) tell('breakerProbability', breaker.probability, service)
    if (concurrency !== undefined) {
      tell('concurrencyLimit', concurrency.limit, service)
      tell('concurrencyInFlight', concurrency.inFlight, service)
      tell('concurrencyWaiting', concurrency.waiting, service)
      if (concurrency.shared !== undefined) this.slots(concurrency.shared, tell)
    }
    if (limit !== undefined) tell('limitAdmitted', limit.admitted, service)
    if (limit?.shared !== undefined) this.engine(limit.shared, tell)
    for (const group of this.grouped(state)) tellGroup(group, tell)
  }

  /** All endpoints of a service, or each by itself: those past the bound of names go together. */
  private grouped({ service, endpoints }: ServiceState): readonly Group[] {
    const groups = new Map<string | undefined, Group>()
    const groupOf = (name: string | undefined): Group => {
      const known = groups.get(name)
      if (known !== undefined) return known
      const attributes = { 'inmesh.service': this.values.service(service), ...(name === undefined ? {} : { 'inmesh.endpoint': name }) }
      const made: Group = { attributes, states: new Map(), inFlight: 0, worst: name === undefined ? undefined : { severity: 0, cost: 0 } }
      groups.set(name, made)
      return made
    }
    if (!this.byEndpoint) groupOf(undefined)
    for (const { key, state, inFlight, severity, cost, medianCost } of endpoints) {
      const group = groupOf(this.byEndpoint ? this.values.endpoint(service, key) : undefined)
      group.states.set(state, (group.states.get(state) ?? 0) + 1)
      group.inFlight += inFlight
      if (group.worst === undefined) continue
      group.worst.severity = Math.max(group.worst.severity, severity)
      group.worst.cost = Math.max(group.worst.cost, medianCost > 0 ? cost / medianCost : 1)
    }
    return [...groups.values()]
  }

  private slots(shared: SharedSlotsSnapshot, tell: Told): void {
    tell('leaseSlots', shared.leased, { 'inmesh.limit': this.values.word(shared.id) })
    this.engine(shared, tell)
  }

  private engine(shared: { readonly id: string; readonly engine: string; readonly state: string; readonly processes: number }, tell: Told): void {
    const engine = { 'inmesh.limit': this.values.word(shared.id), 'inmesh.engine': this.values.word(shared.engine) }
    for (const state of ENGINE_STATES) tell('engineState', state === shared.state ? 1 : 0, { ...engine, 'inmesh.state': state })
    tell('engineProcesses', shared.processes, engine)
  }

  private server({ name, state, inFlight, waiting, admission, limits }: ServerState, tell: Told): void {
    const server = { 'inmesh.server': this.values.service(name) }
    tell('serverInFlight', inFlight, server)
    tell('serverWaiting', waiting, server)
    tell('serverDraining', state === 'draining' ? 1 : 0, server)
    if (admission !== undefined) {
      tell('admissionLimit', admission.limit, server)
      tell('admissionOverloaded', admission.overloaded ? 1 : 0, server)
    }
    for (const { name: rule, admitted, shared } of limits) {
      tell('serverLimitAdmitted', admitted, { ...server, 'inmesh.why': this.values.word(rule) })
      if (shared !== undefined) this.engine(shared, tell)
    }
  }
}

interface Group {
  readonly attributes: Attributes
  readonly states: Map<string, number>
  inFlight: number
  /** Of one endpoint, or of those past the bound; of all together it says nothing. */
  readonly worst: { severity: number; cost: number } | undefined
}

function tellGroup({ attributes, states, inFlight, worst }: Group, tell: Told): void {
  for (const state of STATES) tell('endpointCount', states.get(state) ?? 0, { ...attributes, 'inmesh.state': state })
  tell('endpointInFlight', inFlight, attributes)
  if (worst === undefined) return
  tell('endpointSeverity', worst.severity, attributes)
  tell('endpointCost', worst.cost, attributes)
}

/** All of them each time: a state that nobody is in any more has to go to 0, and not to stay at what it was. */
const STATES: readonly ServiceState['endpoints'][number]['state'][] = ['in', 'ejected', 'due', 'probing', 'ramp', 'kept-off', 'unreachable']
const ENGINE_STATES: readonly SharedSlotsSnapshot['state'][] = ['connecting', 'up', 'lost']
