import type { Scenario, Service } from '../scenario/scenario.ts'
import type { Caller } from './caller.ts'
import type { Engine } from './engine.ts'
import { Instance } from './instance/instance.ts'
import type { InstanceSpec } from './instance/instance.ts'
import { Route } from './route.ts'

export interface JoinSpec {
  readonly names: readonly string[]
  readonly zone: string | undefined
  readonly weight: number
}

/** One service's replicas: those there have been, and those that clients know of. */
export interface FleetService {
  readonly name: string
  readonly definition: Service
  readonly instances: Instance[]
  members: Instance[]
}

/** The replicas of all services. */
export class Fleet {
  readonly services: ReadonlyMap<string, FleetService>
  private readonly engine: Engine
  private readonly byName = new Map<string, Instance>()
  private readonly onNew: (instance: Instance) => void

  constructor(engine: Engine, services: Scenario['services'], onNew: (instance: Instance) => void) {
    this.engine = engine
    this.onNew = onNew
    this.services = new Map(
      Object.entries(services).map(([name, definition]) => [name, { name, definition, instances: [], members: [] }])
    )
    for (const service of this.services.values()) {
      for (const spec of service.definition.instances) this.add(service, spec)
      service.members = [...service.instances]
    }
  }

  get all(): Iterable<Instance> {
    return this.byName.values()
  }

  get size(): number {
    return this.byName.size
  }

  service(name: string): FleetService {
    const found = this.services.get(name)
    if (found === undefined) throw new Error(`no service ${name}`)
    return found
  }

  instance(name: string): Instance {
    const found = this.byName.get(name)
    if (found === undefined) throw new Error(`no replica ${name}`)
    return found
  }

  has(name: string): boolean {
    return this.byName.has(name)
  }

  /** New replicas, not yet known to clients. */
  join(name: string, { names, zone, weight }: JoinSpec): Instance[] {
    const service = this.service(name)
    const { slots } = service.definition
    return names.map((each) => this.add(service, { name: each, zone, weight, slots, timeFactor: 1 }))
  }

  routes(name: string, caller: Caller): Route[] {
    return this.service(name).members.map((instance) => new Route(caller, instance))
  }

  private add(service: FleetService, spec: Omit<InstanceSpec, 'index' | 'place' | 'serviceName'>): Instance {
    const place = { serviceName: service.name, index: service.instances.length, place: this.byName.size }
    const instance = new Instance(this.engine, service.definition, { ...spec, ...place })
    service.instances.push(instance)
    this.byName.set(instance.name, instance)
    this.onNew(instance)
    return instance
  }
}
