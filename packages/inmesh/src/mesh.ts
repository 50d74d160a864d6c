import { closed, durationOf, InmeshError, killSwitchVariable, nearest, nodeClock, nodeRandom, Observers, strictest, type Clock, type Duration, type LendingHost, type LentService, type Mode, type Observer } from '@inmesh/pipeline'
import { governedFetch, HttpService, install, lentBy, MeshDispatcher, type GovernedFetch, type Routes, type Uninstall } from '@inmesh/http'
import type { Millis, Random } from '@inmesh/policy'
import type { Dispatcher } from 'undici'
import { ConfigError, diffConfig, mergeConfig, resolveConfig, revertConfig, sameSource, type ConfigChange, type MeshConfig, type MeshPatch, type ResolvedConfig, type ResolvedService } from './config/index.ts'
import { rememberConfig } from './config-of.ts'
import { FollowedEndpoints } from './follow-endpoints.ts'
import { inspectService, stateOf, type MeshSnapshot, type ServiceSnapshot } from './inspect.ts'
import { killSwitch, wrongMode } from './kill-switch.ts'
import { ServiceFace, type ServiceHandle } from './service-handle.ts'
import { touchedBy } from './touched-by.ts'
import { UnknownOrigins } from './unknown-origins.ts'

/** What `patch` and `replace` did. */
export interface Change {
  /** Each option that is now different, by its path. */
  readonly changed: readonly ConfigChange[]
  /** Puts back what this change had replaced; what others have changed since stays. Idempotent. */
  undo(): void
}

export interface Mesh<Name extends string = string> extends AsyncDisposable {
  service(name: Name): ServiceHandle
  /** `fetch`, routed by origin: to a service, or past the mesh for an origin that nobody configured. */
  readonly fetch: GovernedFetch
  /** An undici `Dispatcher`, routed by origin in the same way. Readers of undici 6 and 7 are understood too. */
  readonly dispatcher: Dispatcher
  /**
   * Puts the mesh in the place of the global dispatcher, over whatever is there: from now on the built-in `fetch`, and
   * every copy of undici in the process, is routed by origin with no change of code. What nobody configured goes on to
   * what was there before, a ProxyAgent or MockAgent, untouched. A request with a body is sent again only while nobody has
   * read from it.
   *
   * Answers how to take it out: call it, or `using off = mesh.install()`. All is then as before; where somebody else has
   * been installed over it meanwhile, his stays and the mesh beneath only passes on. `close()` takes it out too.
   */
  install(): Uninstall
  /**
   * Changes the configuration while calls are under way: objects merge, `null` goes back to the default, lists and
   * functions replace. All or nothing: a patch with a mistake changes nothing and throws a `ConfigError` that lists
   * every one. `dryRun` changes nothing and tells what would.
   */
  patch(patch: MeshPatch<Name> | MeshPatch, options?: { readonly dryRun?: boolean }): Change
  /** Replaces the whole configuration, under the same rules. */
  replace(config: MeshConfig, options?: { readonly dryRun?: boolean }): Change
  inspect(): MeshSnapshot
  inspect(name: Name): ServiceSnapshot
  /** The kill switch: no policy of this mesh goes further. Without an argument: the mode in force. */
  mode(mode?: Mode): Mode
  /** One event for each decision. Answers how to stop listening. */
  observe(observer: Observer): () => void
  /** What adapters take from a mesh, such as `express(mesh)` and `grpc(mesh)`. Not needed to use inmesh. */
  readonly host: LendingHost
  /**
   * Refuses new calls, lets those under way end, then closes every connection. What is still running after `within`
   * (default 10 s, so that one hung callee does not hold up a shutdown) fails with `INMESH_CLOSED`. What is installed is
   * taken out first. Calls of origins that nobody configured are refused like all others; those under way are not ours
   * to end. Idempotent.
   */
  close(options?: { readonly within?: Duration }): Promise<void>
}

/**
 * Makes a mesh: policies around the clients that you already have. `createMesh({ services: { catalog: { endpoints } } })`
 * is a whole configuration; every policy has a default.
 *
 * Throws a `ConfigError` that lists every mistake. Starts nothing but the endpoint sources that it was given.
 */
export function createMesh<const Name extends string>(config: MeshConfig<Name>): Mesh<Name> {
  return new RunningMesh(config)
}

/** One service with what follows its configuration. */
interface Running {
  readonly service: HttpService
  readonly endpoints: FollowedEndpoints
  readonly face: ServiceFace
  resolved: ResolvedService
}

class RunningMesh implements Mesh {
  readonly fetch: GovernedFetch
  readonly dispatcher: Dispatcher
  readonly host: LendingHost
  private readonly clock: Clock
  private readonly random: Random
  private readonly observers = new Observers()
  private readonly services = new Map<string, Running>()
  private readonly byOrigin = new Map<string, HttpService>()
  private readonly unknown: UnknownOrigins
  private readonly routes: Routes
  private readonly installed = new Set<Uninstall>()
  private readonly environment: Mode
  private switched: Mode = 'on'
  private config: MeshConfig
  private resolved: ResolvedConfig
  /** Services that were taken away and still have requests under way. */
  private readonly leaving = new Map<Running, Promise<void>>()
  private closing: Promise<void> | undefined = undefined
  private readonly withdraw: () => void

  constructor(config: MeshConfig) {
    const environment = killSwitch(process.env[killSwitchVariable])
    if (typeof environment === 'object' && 'path' in environment) {
      throw new ConfigError([environment])
    }
    this.environment = environment
    this.config = config
    rememberConfig(this, () => this.config)
    this.resolved = resolveConfig(config)
    this.clock = this.resolved.clock ?? nodeClock()
    this.random = this.resolved.random ?? nodeRandom
    for (const observer of this.resolved.observers) this.observers.add(observer)
    this.routes = {
      serviceOf: (origin) => this.serviceOf(origin),
      passedThrough: (origin) => this.unknown.passed(origin),
      refusal: () => (this.closing === undefined ? undefined : closed('mesh')),
    }
    this.unknown = new UnknownOrigins({ clock: this.clock, random: this.random, observers: this.observers, lender: lentBy(this.routes) })
    this.dispatcher = new MeshDispatcher(this.routes)
    this.host = { service: this.resolved.local.service, clock: this.clock, observers: this.observers, mode: () => this.ceiling, engine: () => this.resolved.engine, lend: (name) => this.lent(name) }
    this.fetch = governedFetch({ base: undefined, serviceOf: this.routes.serviceOf, others: this.dispatcher })
    this.apply(this.resolved)
    this.withdraw = this.observers.offer({ state: () => ({ services: [...this.services.values()].map(({ service }) => stateOf(service, this.clock.now())), servers: [], observerFaults: this.observers.faults }) })
  }

  service(name: string): ServiceHandle {
    return this.running(name).face
  }

  install(): Uninstall {
    if (this.closing !== undefined) throw closed('mesh')
    const uninstall = install(this.routes, (gone) => this.installed.delete(gone))
    this.installed.add(uninstall)
    return uninstall
  }

  patch(patch: MeshPatch, options: { readonly dryRun?: boolean } = {}): Change {
    return this.replace(mergeConfig(this.config, patch), options)
  }

  replace(config: MeshConfig, options: { readonly dryRun?: boolean } = {}): Change {
    if (this.closing !== undefined) throw closed('mesh')
    const before = this.config
    const resolved = resolveConfig(config)
    const changed = diffConfig(before, config)
    if (options.dryRun === true) return { changed, undo: () => {} }
    this.config = config
    this.apply(resolved, changed)
    let undone = false
    return {
      changed,
      undo: () => {
        if (undone) return
        undone = true
        this.replace(revertConfig(this.config, changed))
      },
    }
  }

  inspect(): MeshSnapshot
  inspect(name: string): ServiceSnapshot
  inspect(name?: string): MeshSnapshot | ServiceSnapshot {
    const now = this.clock.now()
    const one = ({ service, resolved, endpoints }: Running): ServiceSnapshot => inspectService(service, resolved.origins, endpoints.notes, now)
    if (name !== undefined) return one(this.running(name))
    return { mode: this.ceiling, services: Object.fromEntries([...this.services].map(([key, running]) => [key, one(running)])) }
  }

  mode(mode?: Mode): Mode {
    if (mode !== undefined) {
      const wrong = wrongMode(mode)
      if (wrong !== undefined) throw new ConfigError([wrong])
      this.switched = mode
      for (const { service, resolved } of this.services.values()) service.configure(resolved.policy, this.ceiling)
    }
    return this.ceiling
  }

  observe(observer: Observer): () => void {
    return this.observers.add(observer)
  }

  close({ within = 10_000 }: { readonly within?: Duration } = {}): Promise<void> {
    this.closing ??= this.shutDown(durationOf(within, 'close.within'))
    return this.closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  private get ceiling(): Mode {
    return strictest(this.environment, this.switched, this.resolved.mode)
  }

  private running(name: string): Running {
    const running = this.services.get(name)
    if (running === undefined) {
      throw unknownService(name, [...this.services.keys()])
    }
    return running
  }

  private lent(name: string): LentService {
    const { service, resolved } = this.running(name)
    return { core: service.core, host: resolved.host, servername: resolved.tls?.servername, probeBy: (prober) => service.health.probeBy(prober) }
  }

  private serviceOf(origin: string): HttpService | undefined {
    const known = this.byOrigin.get(origin)
    if (known !== undefined || this.resolved.unknownOrigins === 'pass') return known
    return this.unknown.govern(origin, this.ceiling)
  }

  /** Brings what runs into line with a configuration that has been checked already, so that nothing here can fail half-way. */
  private apply(resolved: ResolvedConfig, changed: readonly ConfigChange[] = []): void {
    this.resolved = resolved
    const touched = touchedBy(changed)
    for (const [name, running] of this.services) if (!resolved.services.has(name)) this.remove(name, running)
    for (const [name, service] of resolved.services) {
      const running = this.services.get(name)
      if (running === undefined) this.add(name, service)
      else if (touched === 'all' || touched.has(name)) this.change(running, service)
    }
    this.byOrigin.clear()
    for (const { service, resolved: { origins } } of this.services.values()) for (const origin of origins) this.byOrigin.set(origin, service)
  }

  private add(name: string, resolved: ResolvedService): void {
    const { clock, random, observers, ceiling } = this
    const { policy, host } = resolved
    const service = new HttpService({ name, clock, random, observers, policy, ceiling, engine: () => this.resolved.engine, host, servername: resolved.tls?.servername })
    const endpoints = new FollowedEndpoints(service, resolved)
    const base = resolved.base ?? baseOf(name)
    const own = new URL(base).origin
    const face = new ServiceFace(service, {
      base,
      serviceOf: (origin) => (origin === own ? service : this.serviceOf(origin)),
      others: this.dispatcher,
    })
    this.services.set(name, { service, endpoints, face, resolved })
    endpoints.follow(resolved.endpoints)
  }

  private change(running: Running, resolved: ResolvedService): void {
    const before = running.resolved
    running.resolved = resolved
    running.service.configure(resolved.policy, this.ceiling)
    if (!sameData(before.http, resolved.http) || !sameData(before.tls, resolved.tls)) running.endpoints.reconnect(resolved)
    if (!sameEndpoints(before.endpoints, resolved.endpoints)) running.endpoints.follow(resolved.endpoints)
  }

  private remove(name: string, running: Running): void {
    this.services.delete(name)
    running.service.core.close()
    this.leaving.set(running, running.endpoints.close().finally(() => this.leaving.delete(running)))
  }

  private async shutDown(within: Millis): Promise<void> {
    for (const uninstall of this.installed) uninstall()
    const all = [...this.services.values()]
    for (const { service } of all) service.core.close()
    const cut = this.clock.schedule(this.clock.now() + within, true, cutOff, { running: [...all, ...this.leaving.keys()], unknown: this.unknown })
    await Promise.all([...all.map(({ endpoints }) => endpoints.close()), ...this.leaving.values(), this.unknown.close()])
    cut.cancel()
    this.withdraw()
  }
}

function cutOff({ running, unknown }: { readonly running: readonly Running[]; readonly unknown: UnknownOrigins }): void {
  for (const { endpoints, service } of running) endpoints.cutOff(closed(service.core.service))
  unknown.cutOff()
}

/** What paths are relative to where no origin is given: the name, if it is one that a URL can have for its host. */
function baseOf(name: string): string {
  const url = /[/?#@\\:]/.test(name) ? null : URL.parse(`http://${name}`)
  return url === null ? 'http://service.invalid' : url.origin
}

function sameEndpoints(a: ResolvedService['endpoints'], b: ResolvedService['endpoints']): boolean {
  if ('subscribe' in a || 'subscribe' in b) return 'subscribe' in a && 'subscribe' in b && sameSource(a, b)
  return sameData(a, b)
}

/** Whether two pieces of configuration say the same; functions and buffers only when they are the same. */
function sameData(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (a instanceof URL && b instanceof URL) return a.href === b.href
  if (Array.isArray(a) !== Array.isArray(b)) return false
  const keys = new Set([...Object.keys(a), ...Object.keys(b)])
  return [...keys].every((key) => sameData((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key]))
}

/** For code without types, and names that are made at run time. Nothing is wrong with the configuration, so it says nothing of it. */
function unknownService(name: unknown, known: readonly string[]): InmeshError {
  const meant = typeof name === 'string' ? nearest(name, known) : undefined
  const hint = meant === undefined ? '' : `; did you mean "${meant}"?`
  return new InmeshError('UnknownService', 'INMESH_CONFIG', `there is no service ${JSON.stringify(name) ?? String(name)}${hint} (services: ${known.join(', ') || 'none'})`, {
    service: String(name),
    policy: 'config',
    advice: 'Name a service of the configuration, or add it by patch().',
  })
}
