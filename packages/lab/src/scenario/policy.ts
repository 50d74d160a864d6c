import { findMistakes } from 'inmesh'
import type { Mistake } from './mistakes.ts'

const IN_A_MESH = 'services.any.policy'

/** What createMesh would say to a contender's policy, before any process is started. */
export function policyMistakes(policy: unknown, path: string): Mistake[] {
  const found = findMistakes({ services: { any: { endpoints: ['http://127.0.0.1'], policy } } })
  return found.map(({ path: at, got, accepted, meant }) => ({
    path: at.replace(IN_A_MESH, path),
    got,
    accepted: meant === undefined ? accepted : `${meant}? Known here: ${accepted}`
  }))
}
