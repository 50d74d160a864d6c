import { ConfigError, createMesh } from 'inmesh'
import type { PolicyConfig } from 'inmesh'
import type { Mistake } from './mistakes.ts'

const IN_A_MESH = 'services.any.policy'

/** What createMesh says to a contender's policy, before any process is started. */
export function policyMistakes(policy: unknown, path: string): Mistake[] {
  try {
    // Whether it is a policy is what createMesh is asked.
    const mesh = createMesh({ services: { any: { endpoints: ['http://127.0.0.1'], policy: policy as PolicyConfig } } })
    void mesh.close()
    return []
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return error.mistakes.map(({ path: at, got, accepted, meant }) => ({
      path: at.replace(IN_A_MESH, path),
      got,
      accepted: meant === undefined ? accepted : `${meant}? Known here: ${accepted}`
    }))
  }
}
