import type { z } from 'zod'
import { duration } from '../../scenario/duration.ts'
import type { ClientEnv, MakeClient } from '../contract.ts'
import { PeerClient } from './client/peer-client.ts'
import type { PeerParts } from './client/parts.ts'

/** A policy of somebody else's, as the virtual world runs it. All but `make` is for reports to print. */
export interface PeerEntry {
  /** What a scenario may say in its `options`; every one has a default, and the defaults are the published ones. */
  readonly schema: z.ZodType
  /** Takes options as a scenario gives them or as the schema made them. */
  make(options: unknown): MakeClient
  /** Where it is described. */
  readonly source: string
  /** How this differs from what is described there. */
  readonly differs: readonly string[]
  /** The published figure or closed form that it reproduces within 10 %; undefined: unverified. */
  readonly verified: string | undefined
}

interface PeerSpec<S extends z.ZodType> extends Omit<PeerEntry, 'schema' | 'make'> {
  readonly schema: S
  readonly parts: (options: z.output<S>, env: ClientEnv) => PeerParts
}

export function definePeer<S extends z.ZodType>({ parts, ...entry }: PeerSpec<S>): PeerEntry {
  return {
    ...entry,
    make: (given) => {
      const options = entry.schema.parse(given ?? {})
      return (env) => new PeerClient(env, parts(options, env))
    }
  }
}

/** What every peer takes: the same timeout as the others, else the comparison is of timeouts. */
export const common = {
  timeout: duration.optional().describe("Whole time of a call. Default: none but the scenario's own deadline.")
}

/** Said once, true of all. */
export const COMMON_DIFFERENCES: readonly string[] = [
  'connections are made already and never run out: no connect time, no connection pool, no pending queue',
  'which calls may be sent again is said by the scenario (`repeat`), not by method or route'
]
