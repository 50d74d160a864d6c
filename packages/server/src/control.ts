import type { DrainOptions, DrainReport } from './drain/drain.ts'
import type { ServerSnapshot } from './inspect.ts'
import type { LoadMeter } from './load/index.ts'
import type { ServerCore } from './server-core.ts'

/** What hangs on every adapter's middleware. */
export interface ServerControl {
  /** This moment, as plain data. */
  inspect(): ServerSnapshot
  /**
   * A shutdown: readiness says 503, replies close their connections, the servers stop accepting, requests under way may end
   * within a time, and what has not is cut off and reported. Called again it answers the same report. The process is yours
   * to end.
   */
  drain(options?: DrainOptions): Promise<DrainReport>
  /** Lets everything pass from now on and leaves nothing running behind. For tests; a drain does it at its end. */
  close(): void
  /** To tell more of the load than is measured, such as the length of a queue; undefined without `load`. */
  readonly load: LoadMeter | undefined
  /** For adapters and meters; not needed to use inmesh. */
  readonly core: ServerCore
}

export function controlOf(core: ServerCore): ServerControl {
  return { core, load: core.load, inspect: () => core.inspect(), drain: (options) => core.drain(options), close: () => core.close() }
}
