import type { Repeat } from '@inmesh/policy'

/** Which side of a method streams. */
export interface MethodKind {
  readonly requestStream: boolean
  readonly responseStream: boolean
}

/** What is known of one method of a service, by its path. */
export interface MethodFacts {
  /** `shop.Catalog/GetItem`. */
  readonly operation: string
  readonly repeat: Repeat
}

/** A method as its definition has it; `options` is what proto-loader adds. */
export interface DefinedMethod {
  readonly path: string
  readonly options?: Readonly<Record<string, unknown>> | undefined
}

/** By name of the method: the shape of `CatalogClient.service`, of generated clients and of proto-loader's alike. */
export type DefinedService = Readonly<Record<string, DefinedMethod>>

/** What users say of methods: by full name (`shop.Catalog/GetItem`) or by the method's own name. */
export type RepeatByMethod = Readonly<Record<string, Repeat | 'always'>>

/** More paths than this are not a service's methods, but something that makes them up. */
const MOST = 1000

/** What may be done with each method of a service; looked up for every call. */
export class Methods {
  private readonly known = new Map<string, MethodFacts>()
  private readonly levels = new Map<string, unknown>()
  private readonly repeat: RepeatByMethod

  constructor(definitions: DefinedService | undefined, repeat: RepeatByMethod = {}) {
    this.repeat = repeat
    for (const { path, options } of Object.values(definitions ?? {})) this.levels.set(path, options?.['idempotency_level'])
  }

  of(path: string): MethodFacts {
    const known = this.known.get(path)
    if (known !== undefined) return known
    const operation = path.startsWith('/') ? path.slice(1) : path
    const facts: MethodFacts = { operation, repeat: this.repeatOf(path, operation) }
    if (this.known.size < MOST) this.known.set(path, facts)
    return facts
  }

  private repeatOf(path: string, operation: string): Repeat {
    const name = operation.slice(operation.lastIndexOf('/') + 1)
    const said = own(this.repeat, operation) ?? own(this.repeat, name)
    if (said !== undefined) return said === 'always' ? 'concurrent' : said
    return repeatOfLevel(this.levels.get(path))
  }
}

/** `idempotency_level` of a method's options (google/protobuf/descriptor.proto), by name or by number. */
export function repeatOfLevel(level: unknown): Repeat {
  if (level === 'NO_SIDE_EFFECTS' || level === 1) return 'concurrent'
  return level === 'IDEMPOTENT' || level === 2 ? 'sequential' : 'if-unprocessed'
}

function own<T>(from: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(from, name) ? from[name] : undefined
}
