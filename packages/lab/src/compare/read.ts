import { z } from 'zod'
import { ScenarioError, toMistakes, acceptedBy } from '../scenario/mistakes.ts'
import { readJson } from '../scenario/parse.ts'
import type { ContenderResult, Result } from '../report/result.ts'

const latencies = z.looseObject({
  p50: z.number(),
  p90: z.number(),
  p99: z.number(),
  p999: z.number(),
  max: z.number()
})
const figures = z.looseObject({
  seed: z.number(),
  success: z.number(),
  // Results of before the virtual world have neither this nor `peer`.
  served: z.number().optional(),
  latencyMs: latencies,
  extraLoad: z.number()
})

/** What a comparison reads of a result; the rest may be of another version. */
const result = z.looseObject({
  scenario: z.string(),
  world: z.enum(['real', 'virtual']),
  seeds: z.array(z.number()),
  notes: z.array(z.string()).default([]),
  contenders: z.array(z.looseObject({ name: z.string(), perSeed: z.array(figures) }))
})

export type ReadResult = Pick<Result, 'scenario' | 'world' | 'seeds' | 'notes'> & {
  readonly contenders: readonly Pick<ContenderResult, 'name' | 'perSeed'>[]
}

/** A result as `run --json` left it. Throws with everything that is wrong with it. */
export function readResult(file: string): ReadResult {
  const json = readJson(file)
  const parsed = result.safeParse(json, { reportInput: true, error: acceptedBy })
  if (!parsed.success) throw new ScenarioError(file, parsed.error.issues.flatMap(toMistakes))
  // What is there besides was written by the same code.
  return json as ReadResult
}
