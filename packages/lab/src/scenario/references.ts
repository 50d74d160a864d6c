import { assertMistakes } from './assert-references.ts'
import { faultMistakes } from './fault-references.ts'
import { loadMistakes } from './load-references.ts'
import type { Mistake } from './mistakes.ts'
import { field, list, nameMistakes, readParts, unknownName } from './parts.ts'
import type { Parts } from './parts.ts'
import { policyMistakes } from './policy.ts'
import { serviceMistakes } from './service-references.ts'

/**
 * Mistakes between parts that are each well-formed: a fault on a replica that does not exist, an assert about a fault
 * that is not on the timeline. Looks at whatever parts parse, so that these are listed beside the mistakes of shape.
 */
export function referenceMistakes(input: unknown): Mistake[] {
  const parts = readParts(input)
  return [
    ...loadMistakes(parts),
    ...faultMistakes(parts),
    ...contenderMistakes(input, parts),
    ...assertMistakes(parts),
    ...serviceMistakes(input, parts)
  ]
}

function contenderMistakes(input: unknown, parts: Parts): Mistake[] {
  const names = parts.contenders.map((each, at) => (each ? (each.name ?? each.peer) : `#${at}`))
  return [
    ...nameMistakes('contenders', names),
    ...list(input, 'contenders').flatMap((each, at) => policiesOf(each, `contenders[${at}]`, parts))
  ]
}

function policiesOf(contender: unknown, path: string, { services }: Parts): Mistake[] {
  const callers = field(contender, 'callers')
  const inner = typeof callers === 'object' && callers !== null ? Object.entries(callers) : []
  return [
    ...ownPolicy(contender, path),
    ...inner.flatMap(([service, each]) => [
      ...unknownName(`${path}.callers.${service}`, service, services),
      ...ownPolicy(each, `${path}.callers.${service}`)
    ])
  ]
}

function ownPolicy(caller: unknown, path: string): Mistake[] {
  return field(caller, 'peer') === 'inmesh' ? policyMistakes(field(caller, 'policy') ?? {}, `${path}.policy`) : []
}
