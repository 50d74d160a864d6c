import type { Clock, Engine, Mode, Observer } from '@inmesh/pipeline'
import type { Random } from '@inmesh/policy'
import type * as z from 'zod'
import { mode } from './policy/mode.ts'
import { codeOnly, fn } from './schema/code-only.ts'
import { choice, list, name, table } from './schema/kinds.ts'
import { options } from './schema/options.ts'
import { resolveService, service, type ResolvedService, type ServiceConfig } from './service/service.ts'

/** Who we are. */
export interface LocalConfig {
  /** Our own name as a service. */
  readonly service?: string | undefined
  /** Where we are, in the words of the endpoints' own `zone`: theirs are preferred, see `balance.zone`. Default: unknown, and none is. */
  readonly zone?: string | undefined
  readonly version?: string | undefined
  /** Whatever else tells one instance from another. */
  readonly labels?: Readonly<Record<string, string>> | undefined
}

/**
 * A whole mesh, as data but for functions, so that it can live in JSON files with an overlay for each environment. `Name`
 * is inferred from the services given, which is how a misspelt one does not compile.
 */
export interface MeshConfig<Name extends string = string> {
  /** Who we are. Default: unknown. */
  readonly local?: LocalConfig | undefined
  /** The callees, by name. */
  readonly services: { readonly [N in Name]: ServiceConfig }
  /**
   * What happens to calls of origins that no service lists. `'pass'`: they go out untouched and are only counted.
   * `'govern'`: each becomes a service of its own with the default policy. Default `'pass'`: nobody asked for more.
   */
  readonly unknownOrigins?: 'pass' | 'govern' | undefined
  /** How far any policy of any service may go. Default `'on'`. The variable `INMESH_MODE` goes before it. */
  readonly mode?: Mode | undefined
  /**
   * Where limits with `scope: 'global'` are counted for all processes together, such as `redis(client)` of `@inmesh/redis`.
   * Default: none, and each process counts by itself. Only in code.
   */
  readonly engine?: Engine | undefined
  /** Told of every decision. Default: none, which costs nothing. Only in code. */
  readonly observers?: readonly Observer[] | undefined
  /** Default: the process's own. For tests and simulation; only in code. */
  readonly clock?: Clock | undefined
  /** Default: the process's own. For tests and simulation; only in code. */
  readonly random?: Random | undefined
  /** For editors: where the JSON Schema is, such as `./node_modules/inmesh/config.schema.json`. Means nothing to the mesh. */
  readonly $schema?: string | undefined
}

/** The names of a configuration's services. */
export type ServiceName<C extends MeshConfig> = Extract<keyof C['services'], string>

export const mesh: z.ZodType<MeshConfig> = options<MeshConfig>('an object such as { services: { … } }', {
  $schema: name().describe('For editors: where this schema is.'),
  local: options<LocalConfig>('{ service, zone, version, labels }', {
    service: name().describe('Our own name as a service.'),
    zone: name().describe('Where we are: endpoints of that zone are preferred.'),
    version: name(),
    labels: table(name(), 'texts by name'),
  }).describe('Who we are.'),
  services: table(service, "services by name, such as { catalog: { endpoints: ['http://10.0.0.1:8080'] } }").describe('The callees, by name.'),
  unknownOrigins: choice('pass', 'govern').describe('What happens to calls of origins that no service lists. Default pass.'),
  mode: mode.describe('How far any policy of any service may go. Default on.'),
  engine: codeOnly<Engine>('an engine, such as redis(client) of @inmesh/redis; only in code', (value) => has(value, 'join') && has(value, 'inspect')),
  observers: list(fn<Observer>(), 'a list of functions; only in code'),
  clock: codeOnly<Clock>('a clock { now, schedule }; only in code', (value) => has(value, 'now') && has(value, 'schedule')),
  random: codeOnly<Random>('a source of chance { next }; only in code', (value) => has(value, 'next')),
}, ['services'])

/** What a mesh is made of. */
export interface ResolvedConfig {
  readonly local: LocalConfig
  readonly services: ReadonlyMap<string, ResolvedService>
  readonly unknownOrigins: 'pass' | 'govern'
  readonly mode: Mode
  readonly engine: Engine | undefined
  readonly observers: readonly Observer[]
  readonly clock: Clock | undefined
  readonly random: Random | undefined
}

export function resolveMesh(config: MeshConfig): ResolvedConfig {
  const { local = {}, services, unknownOrigins = 'pass', mode = 'on', engine, observers = [], clock, random } = config
  const resolved = Object.entries(services).map(([name, service]) => [name, resolveService(name, service, local.zone)] as const)
  return { local, services: new Map(resolved), unknownOrigins, mode, engine, observers, clock, random }
}

function has(value: unknown, method: string): boolean {
  return typeof value === 'object' && value !== null && typeof Reflect.get(value, method) === 'function'
}
