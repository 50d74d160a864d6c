import type { Assertion } from './asserts.ts'
import { formatDuration } from './duration.ts'
import { faultNames, resolved } from './fault-references.ts'
import type { Mistake } from './mistakes.ts'
import { unknownName } from './parts.ts'
import type { Parts } from './parts.ts'

export function assertMistakes(parts: Parts): Mistake[] {
  return parts.asserts.flatMap((each, at) => (each === undefined ? [] : ownMistakes(each, `asserts[${at}]`, parts)))
}

function ownMistakes(each: Assertion, path: string, parts: Parts): Mistake[] {
  return [
    ...contenderMistakes(each, path, parts),
    ...faultMistakes(each, path, parts),
    ...(each.metric === 'tries' ? unknownName(`${path}.service`, each.service, parts.services) : []),
    ...barMistakes(each, path),
    ...partMistakes(each, path, parts)
  ]
}

function contenderMistakes(each: Assertion, path: string, { contenders }: Parts): Mistake[] {
  const names = contenders.map((known, at) => (known ? (known.name ?? known.peer) : `#${at}`))
  const mistakes = unknownName(`${path}.contender`, each.contender, names)
  if ('of' in each) mistakes.push(...unknownName(`${path}.of`, each.of, names))
  if (each.metric === 'shareOfOracle') {
    for (const peer of ['round-robin', 'oracle']) {
      if (contenders.some((known) => known?.peer === peer) || contenders.includes(undefined)) continue
      mistakes.push({ path, got: `no contender with the peer "${peer}"`, accepted: 'both "round-robin" and "oracle"' })
    }
  }
  return mistakes
}

function faultMistakes(each: Assertion, path: string, parts: Parts): Mistake[] {
  if (!('fault' in each)) return []
  const complete = !parts.faults.includes(undefined)
  const mistakes = unknownName(`${path}.fault`, each.fault, complete ? faultNames(parts) : undefined)
  const judged = resolved(parts).find((known) => known?.name === each.fault)
  if (each.metric === 'faultShare' && judged !== undefined && each.after >= judged.for) {
    const accepted = `less than the fault lasts (${formatDuration(judged.for)})`
    mistakes.push({ path: `${path}.after`, got: formatDuration(each.after), accepted })
  }
  return mistakes
}

/** The bars of which an assert has one. */
function barsOf(each: Assertion): Record<string, unknown> {
  if (each.metric === 'latency') {
    const { atMost, atMostTimesHealthy, atMostTimes } = each
    return { atMost, atMostTimesHealthy, atMostTimes }
  }
  return each.metric === 'served' ? { atLeast: each.atLeast, atLeastTimes: each.atLeastTimes } : {}
}

function barMistakes(each: Assertion, path: string): Mistake[] {
  const bars = Object.entries(barsOf(each))
  const given = bars.filter(([, value]) => value !== undefined).map(([name]) => name)
  const mistakes: Mistake[] = []
  if (bars.length > 0 && given.length !== 1) {
    const got = given.length === 0 ? 'no bar' : `${given.length === 2 ? 'two' : given.length} bars`
    mistakes.push({ path, got, accepted: `one of ${bars.map(([name]) => name).join(', ')}` })
  }
  const relative = given.some((name) => name.endsWith('Times'))
  if ('of' in each || relative) {
    if (relative && (!('of' in each) || each.of === undefined)) {
      mistakes.push({ path: `${path}.of`, got: 'nothing', accepted: 'the contender to compare with' })
    }
    if (!relative && 'of' in each && each.of !== undefined) {
      mistakes.push({
        path: `${path}.of`,
        got: JSON.stringify(each.of),
        accepted: 'only with atMostTimes or atLeastTimes'
      })
    }
  }
  return mistakes
}

function partMistakes(each: Assertion, path: string, { load }: Parts): Mistake[] {
  if (!('from' in each || 'until' in each || 'operation' in each)) return []
  const { from = 0, until = load?.duration ?? Infinity } = each
  const mistakes: Mistake[] = []
  if (load !== undefined && (from >= until || until > load.duration)) {
    const got = `${formatDuration(from)} to ${formatDuration(until)}`
    mistakes.push({ path, got, accepted: `a span within load.duration (${formatDuration(load.duration)})` })
  }
  if ('operation' in each && load !== undefined) {
    const known = load.classes.flatMap(({ operation }) => (operation === undefined ? [] : [operation]))
    mistakes.push(...unknownName(`${path}.operation`, each.operation, known))
  }
  return mistakes
}
