import { HttpTarget } from '@inmesh/http'
import type { Pool } from 'undici'

/** What stands in for a connection pool. */
export type Wire = HttpTarget['wire']
export type Dispatch = Pool['dispatch']

/** An endpoint without sockets. */
export class MemoryTarget extends HttpTarget {
  private readonly memory: Wire

  constructor(name: string, memory: Wire) {
    super(new URL(`http://${name}`), {}, undefined)
    this.memory = memory
  }

  override get wire(): Wire {
    return this.memory
  }
}
