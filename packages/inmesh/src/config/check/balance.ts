import { isPlain, type Plain } from '../plain.ts'
import { wrongValue, type Mistake } from './mistake.ts'
import { valueAt, type Path } from './path.ts'

const ofHash = ['key', 'loadFactor']

/**
 * Who gives a key means calls to follow it, which without `by` they do not. With another `by` the same options only wait:
 * a patch that changes nothing but the balancer, in an emergency, must not be refused for what is left over.
 */
export function balanceRelations(service: Plain, path: Path): Mistake[] {
  const where: Path = [...path, 'policy', 'balance']
  const balance = valueAt(service, ['policy', 'balance'])
  if (!isPlain(balance) || balance['by'] !== undefined) return []
  const given = ofHash.filter((option) => balance[option] !== undefined)
  return given.map((option) => wrongValue([...where, option], balance[option], "only with by: 'hash', without which it means nothing"))
}
