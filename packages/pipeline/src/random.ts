import type { Random } from '@inmesh/policy'

/** The process's own chance, for whoever hands in no other. */
export const nodeRandom: Random = { next: Math.random }
