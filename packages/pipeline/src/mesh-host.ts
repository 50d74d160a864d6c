import type { Cluster, Random } from '@inmesh/policy'
import type { Clock } from './clock.ts'
import type { Terminal } from './compile.ts'
import type { Target } from './context.ts'
import type { EdgeEnv } from './edge.ts'
import type { Engine } from './engine.ts'
import type { Observers } from './observers.ts'
import type { Faults } from './faults.ts'
import type { Mode } from './mode.ts'
import type { Prober } from './prober.ts'
import type { Chain } from './service.ts'
import type { ServicePolicy } from './service-policy.ts'

/** What a mesh lends to the servers around it: its time, who listens, and its kill switch. */
export interface MeshHost {
  /** `local.service`: who we are; undefined where nobody said. */
  readonly service: string | undefined
  readonly clock: Clock
  readonly observers: Observers
  /** The mode in force, at any moment: no policy of a server goes further. */
  mode(): Mode
  /** Where limits that many processes have together are counted; undefined where the mesh has none. */
  engine?(): Engine | undefined
}

/** What a mesh lends to clients of other protocols. */
export interface LendingHost extends MeshHost {
  /** One of its services, for a client of another protocol. Throws for a name that it does not have. */
  lend(name: string): LentService
}

/** The part of a service that every protocol shares: `Service` without its own chain. */
export interface ServiceCore {
  readonly service: string
  readonly clock: Clock
  readonly random: Random
  readonly observers: Observers
  readonly faults: Faults
  readonly cluster: Cluster<Target>
  /** Read afresh for each call, as all of these: a policy may change. */
  readonly policy: ServicePolicy
  readonly edge: EdgeEnv
  /** A way through the service's policies for another kind of client. */
  chain<S>(terminal: Terminal<S>): Chain<S>
}

/** A service as an adapter for another protocol has it: the same endpoints, policies, budgets and estimates. */
export interface LentService {
  readonly core: ServiceCore
  /** What tries say they call; undefined: each endpoint's own address. */
  readonly host: string | undefined
  /** What TLS asks for instead; undefined: the host. */
  readonly servername: string | undefined
  /** Hands in how endpoints are asked in this protocol whether they are well. Answers how to take it back. */
  probeBy(prober: Prober): () => void
}
