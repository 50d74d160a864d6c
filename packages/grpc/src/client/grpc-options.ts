import { checks, type Target } from '@inmesh/pipeline'
import type { ChannelCredentials, ChannelInterface, ClientOptions } from '@grpc/grpc-js'
import type { ClassifyStatus } from './classify.ts'
import type { DefinedService, RepeatByMethod } from './method.ts'

/** What a client of a service may say of its methods. */
export interface GrpcOptions {
  /**
   * The definition of the client's service, such as `CatalogClient.service`: its methods' `idempotency_level` says what may
   * be sent again. `NO_SIDE_EFFECTS` also beside itself, as a backup; `IDEMPOTENT` after a failure. Default: none, and then
   * a call is sent again only while no server has begun it, unless `repeat` says more.
   */
  readonly service?: DefinedService | undefined
  /** What may be sent again, by `shop.Catalog/GetItem` or `GetItem`; goes before the definition. */
  readonly repeat?: RepeatByMethod | undefined
  /** A verdict of yours on how a try ended. Default: its status, and `google.rpc.ErrorInfo.reason` as its business code. */
  readonly classify?: ClassifyStatus | undefined
  /**
   * Makes the channel to one endpoint. Default: grpc-js's own `Channel` with the client's credentials and options. For
   * tests and benches, which need no socket.
   */
  readonly openChannel?: ((target: Target, credentials: ChannelCredentials, options: ClientOptions) => ChannelInterface) | undefined
}

const repeat = checks.choice('never', 'if-unprocessed', 'sequential', 'concurrent', 'always')
const byMethod = '{ [method]: how it may be sent again }'

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null && !Array.isArray(value)
const isMethod = (value: unknown): boolean => isObject(value) && 'path' in value && typeof value.path === 'string'

/** Throws one `TypeError` that lists every mistake: a slip would silently mean that nothing may be sent again. */
export function assertGrpcOptions(path: string, options: GrpcOptions): void {
  const names = isObject(options?.repeat) ? Object.keys(options.repeat) : []
  const kind = checks.shape<GrpcOptions>({
    service: { accepted: 'the definition of a service, such as CatalogClient.service', allows: (value) => isObject(value) && Object.values(value).every(isMethod) },
    // Each method by its name, so that a mistake says which.
    repeat: { ...checks.shape<Record<string, unknown>>(Object.fromEntries(names.map((name) => [name, repeat]))), accepted: byMethod },
    classify: checks.fn('a function of a status'),
    openChannel: checks.fn('a function that makes the channel to one endpoint'),
  })
  checks.assertKind(path, options, kind)
}
