import { checks } from '@inmesh/pipeline'

/** Every option has a default: `debugHandler(mesh)` is a whole configuration. */
export interface DebugOptions {
  /**
   * Where it is mounted, such as `'/debug/inmesh'`, where requests come with their whole path: `node:http`, Fastify. Express and
   * whoever else takes off what a handler is mounted at needs none. Default: `''`, the root.
   */
  readonly path?: string
  /**
   * How many of the latest changes of each type are kept for each service, 10 to 10,000; of what is told for each call a fifth of it.
   * Default 100: a night's ejections of one service. A few hundred bytes each, once there are so many.
   */
  readonly keep?: number
}

/** With every default in place. */
export interface DebugTerms {
  readonly path: string
  readonly keep: number
}

const kind = checks.shape<DebugOptions>({
  path: { accepted: "a path such as '/debug/inmesh', without a slash at its end", allows: (value) => typeof value === 'string' && /^(\/[^/\s?#]+)*$/.test(value) },
  keep: checks.whole(10, 10_000),
})

/** Throws one `TypeError` that lists every mistake. */
export function termsOf(options: DebugOptions): DebugTerms {
  checks.assertKind('debugHandler', options, kind)
  const { path = '', keep = 100 } = options
  return { path, keep }
}
