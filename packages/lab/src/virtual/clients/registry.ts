import { Draws, seededRandom } from '../../random.ts'
import type { Caller } from '../caller.ts'
import type { ClientEnv, MakeClient, VirtualClient } from '../contract.ts'
import type { Engine } from '../engine.ts'
import type { Fleet } from '../fleet.ts'
import { Route } from '../route.ts'

interface Known {
  readonly service: string
  readonly caller: Caller
  readonly client: VirtualClient
}

export interface RegistryOptions {
  readonly engine: Engine
  readonly fleet: Fleet
  readonly seed: number
  readonly clairvoyance: ClientEnv['clairvoyance']
  /** What a process of the clients is called, of which the number is given. */
  readonly clientName: (process: number) => string
}

/** Every client of a run: of each process of the load, and of each replica that calls others, one for each service called. */
export class Registry {
  private readonly options: RegistryOptions
  private readonly all: Known[] = []

  constructor(options: RegistryOptions) {
    this.options = options
  }

  make(make: MakeClient, caller: Caller, service: string, process: number): VirtualClient {
    const { engine, fleet, seed, clairvoyance, clientName } = this.options
    const { decisions } = engine
    // A stream of its own, so that what one client draws leaves the others alone.
    const stream = Math.floor(new Draws(seed).of(this.all.length, process, 0) * 0xffffffff)
    const client = make({
      clock: engine.agenda,
      random: seededRandom(stream),
      service,
      process,
      zone: caller.zone,
      upstreams: fleet.routes(service, caller),
      clairvoyance,
      observe: decisions && (() => decisions.observer(typeof caller.key === 'string' ? caller.key : clientName(caller.key)))
    })
    this.all.push({ service, caller, client })
    return client
  }

  /** Tells every client of a service who belongs to it now. Ways to those that stay are made anew: they hold nothing. */
  tell(service: string): void {
    const { members } = this.options.fleet.service(service)
    for (const { service: own, caller, client } of this.all) {
      if (own === service) client.members(members.map((instance) => new Route(caller, instance)))
    }
  }
}
