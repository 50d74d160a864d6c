import type { Instant } from '@inmesh/policy'
import { Draws } from '../random.ts'
import { DecisionLog } from '../decisions/log.ts'
import type { Decisions } from '../decisions/decisions.ts'
import type { Recording } from '../recording.ts'
import type { Caller as ClientSpec, Contender } from '../scenario/contenders.ts'
import type { Fault } from '../scenario/faults.ts'
import { isOnceOnly } from '../scenario/load.ts'
import { allReplicaNames } from '../scenario/scenario.ts'
import type { Scenario } from '../scenario/scenario.ts'
import { zoneOfClient } from '../scenario/clients.ts'
import { timeline } from '../workload/timeline.ts'
import type { Step } from '../workload/timeline.ts'
import type { Agenda } from './agenda.ts'
import type { Bound } from './bounds.ts'
import type { Caller } from './caller.ts'
import { Truth } from './clairvoyance.ts'
import { makeClientOf } from './clients/index.ts'
import { Registry } from './clients/registry.ts'
import type { MakeClient, VirtualClient } from './contract.ts'
import type { Engine } from './engine.ts'
import { beginFault } from './faults/index.ts'
import { Fleet } from './fleet.ts'
import { Handler } from './instance/handler.ts'
import type { Callees } from './instance/handler.ts'
import type { Instance } from './instance/instance.ts'
import { CallEnds } from './load/call.ts'
import { ClosedSource } from './load/closed.ts'
import { OpenSource } from './load/open.ts'
import type { LoadSource } from './load/source.ts'
import { CallLog } from './record/call-log.ts'
import { LoadLog } from './record/load-log.ts'
import { OnceLog } from './record/once-log.ts'
import { TryLog } from './record/try-log.ts'
import type { Watcher } from './watcher.ts'

const TICK_EVERY = 500

export interface RunOptions {
  readonly scenario: Scenario
  readonly contender: Contender
  readonly seed: number
  readonly agenda: Agenda
  readonly watcher: Watcher
  readonly make?: MakeClient
  readonly pipeline?: boolean
  readonly decisions?: boolean
}

/** One run, from its parts to its recording. */
export class Run {
  private readonly options: RunOptions
  private readonly epoch: Instant
  private readonly engine: Engine
  private readonly tries: TryLog
  private readonly calls: CallLog
  private readonly once = new OnceLog()
  private readonly sink: CallEnds
  private readonly fleet: Fleet
  private readonly registry: Registry
  private readonly load: LoadLog
  private readonly clients: Map<string, VirtualClient>[] = []
  private readonly handlers: Handler[] = []
  private readonly steps: Recording['steps'][number][] = []
  private readonly undo = new Map<Fault, () => void>()
  private loadDone = false

  constructor(options: RunOptions) {
    const { scenario, contender, seed, agenda, watcher, decisions = false } = options
    const { services, load, measure, clients } = scenario
    this.options = options
    this.epoch = load.warmUp
    this.tries = new TryLog(this.epoch)
    this.calls = new CallLog(this.epoch, watcher.tick !== undefined)
    this.sink = new CallEnds(agenda)
    const specs: readonly (Contender | ClientSpec)[] = [contender, ...Object.values(contender.callers)]
    this.engine = {
      agenda,
      draws: new Draws(seed),
      tries: this.tries,
      reports: options.make !== undefined || specs.some(({ kind }) => kind !== 'inmesh'),
      foresight: options.make !== undefined || specs.some(({ peer }) => peer === 'oracle'),
      admission: contender.admission,
      decisions: decisions ? logOf(scenario) : undefined,
      begun: (call) => {
        if (isOnceOnly(call.requestClass)) this.once.begun(call)
      }
    }
    this.fleet = new Fleet(this.engine, services, (instance) => this.equip(instance))
    this.registry = new Registry({ engine: this.engine, fleet: this.fleet, seed, clairvoyance: new Truth(), clientName: (process) => (clients.processes === 1 ? 'client' : `client-${process + 1}`) })
    const endpoints = allReplicaNames(scenario).length
    this.load = new LoadLog(this.fleet, {
      epoch: this.epoch,
      every: measure.interval,
      length: load.duration,
      endpoints
    })
  }

  /** Puts everything on the agenda that happens by itself. */
  begin(): void {
    const { scenario, agenda, watcher } = this.options
    // Before the load, so that a call that is due with a fault meets it.
    for (const step of joinsFirst(timeline(scenario.faults)))
      agenda.schedule(this.epoch + step.at, false, (due) => this.play(due), step)
    this.makeClients()
    this.source().begin()
    this.nextSample(-1)
    if (watcher.tick !== undefined) this.nextTick()
  }

  result(bound: Bound | undefined): Recording {
    const { scenario, contender, seed, agenda } = this.options
    const { duration, drain = 0 } = scenario.load
    const ended = this.calls.lastEnd
    this.calls.close(Math.max(agenda.last, this.epoch + duration + drain))
    return {
      contender: contender.name,
      seed,
      endpoints: allReplicaNames(scenario),
      result: { ...this.calls.result(), tries: this.tries.result() },
      cpu: undefined,
      repeatedWork: this.once.repeated((root) => this.calls.isMeasured(root)),
      arrivals: Object.fromEntries(Array.from(this.fleet.all, ({ name, arrivals }) => [name, arrivals])),
      steps: this.steps,
      ...decided(this.engine),
      virtual: {
        bound,
        events: agenda.events,
        endedAt: ended - this.epoch,
        handlerCalls: this.handlers.reduce((sum, { made }) => sum + made, 0),
        load: this.load.result()
      }
    }
  }

  /** Tries that some replica has not done with. */
  get inFlight(): number {
    return Array.from(this.fleet.all).reduce((sum, { inFlight }) => sum + inFlight, 0)
  }

  /** Whether everything that anybody waited for has come to an end. */
  get over(): boolean {
    return this.loadDone && this.calls.pending === 0
  }

  private makeClients(): void {
    const { scenario, contender, pipeline, make = makeClientOf(contender, pipeline) } = this.options
    const called = new Set(scenario.load.classes.map(({ service }) => service))
    for (let process = 0; process < scenario.clients.processes; process++) {
      const caller: Caller = { key: process, zone: zoneOfClient(scenario.clients, process) }
      this.clients.push(
        new Map(Array.from(called, (service) => [service, this.registry.make(make, caller, service, process)]))
      )
    }
  }

  /** A replica that calls others has clients of its own, made when they are first needed. */
  private equip(instance: Instance): void {
    if (instance.service.calls.length === 0) return
    const handler = new Handler(instance, this.callees(instance), this.sink, (root) => this.calls.isMeasured(root))
    instance.handler = handler
    this.handlers.push(handler)
  }

  private callees(instance: Instance): Callees {
    const { contender, pipeline } = this.options
    const { make = makeClientOf(contender.callers[instance.serviceName] ?? contender, pipeline) } = this.options
    const caller: Caller = { key: instance.name, zone: instance.zone }
    const clients = new Map<string, VirtualClient>()
    return {
      clientOf: (service) => {
        const known = clients.get(service) ?? this.registry.make(make, caller, service, instance.index)
        clients.set(service, known)
        return known
      },
      routesTo: (service) => this.fleet.routes(service, caller)
    }
  }

  private source(): LoadSource {
    const { scenario, agenda, seed } = this.options
    const { load } = scenario
    const env = {
      scenario,
      agenda,
      draws: this.engine.draws,
      calls: this.calls,
      sink: this.sink,
      epoch: this.epoch,
      clientOf: (process: number, service: string) => this.clients[process]?.get(service) as VirtualClient,
      onDone: () => void (this.loadDone = true)
    }
    return load.arrivals === 'closed' ? new ClosedSource(env, load) : new OpenSource(env, load, seed)
  }

  private play(step: Step): void {
    const { agenda, watcher } = this.options
    const { engine, fleet, registry } = this
    if (step.what === 'begin')
      this.undo.set(step.fault, beginFault(step.fault, { engine, fleet, registry, isOver: () => this.over }))
    else this.undo.get(step.fault)?.()
    this.steps.push({ ...step, doneAt: agenda.now() - this.epoch })
    watcher.step?.(step)
  }

  private nextSample(sample: number): void {
    if (sample === this.load.samples) return
    this.options.agenda.schedule(
      this.load.dueAt(sample),
      false,
      (due) => {
        this.load.take(due)
        this.nextSample(due + 1)
      },
      sample
    )
  }

  private nextTick(): void {
    const { agenda, watcher } = this.options
    if (this.over) return
    agenda.schedule(
      agenda.now() + TICK_EVERY,
      false,
      () => {
        watcher.tick?.(this.calls.tick(agenda.now()))
        this.nextTick()
      },
      undefined
    )
  }
}

function logOf({ load, measure }: Scenario): DecisionLog {
  const log = new DecisionLog({ every: measure.interval, duration: load.duration, nameOf: (key) => key })
  log.begin(-load.warmUp)
  return log
}

function decided({ decisions }: Engine): { readonly decisions?: Decisions } {
  const told = decisions?.result()
  return told === undefined || told.by.length === 0 ? {} : { decisions: told }
}

/** Of what begins at one instant: who joins is there for what befalls the others. */
function joinsFirst(steps: readonly Step[]): Step[] {
  const rank = ({ what, fault }: Step): number => (what === 'end' ? 0 : fault.kind === 'add' ? 1 : 2)
  return [...steps].sort((a, b) => a.at - b.at || rank(a) - rank(b))
}
