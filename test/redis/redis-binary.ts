import { binaryOf } from '../programs/program.ts'

export { installing } from '../programs/program.ts'

/** A `redis-server` that runs: from PATH, else `INMESH_REDIS_BIN`, else Debian's package where we are root. */
export function redisBinary(): Promise<string> {
  return binaryOf({ name: 'redis-server', debian: 'redis-server', variable: 'INMESH_REDIS_BIN', title: 'a Redis' })
}
