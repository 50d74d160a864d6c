import { contenders } from '../gray/contenders.ts'
import { readGray } from '../gray/json.ts'
import type { GrayResult } from '../gray/result.ts'
import { peers } from '../virtual/peers/index.ts'
import { readKept } from './kept.ts'
import type { KeptControls, KeptSweep, KeptValidation } from './kept.ts'
import type { KeptOverloads } from './overload.ts'
import { grayPage } from './page/gray.ts'
import { controlsPage, sweepPage, validationPage } from './page/kept.ts'
import { table } from './page/markdown.ts'
import { overloadPage } from './page/overload.ts'
import { CONSTANTS, FINDINGS, INTRODUCTION, METHOD } from './page/words.ts'
import { SWEEPS } from './sweeps.ts'

export interface KeptResults {
  readonly gray: GrayResult
  readonly controls: KeptControls
  readonly overload: KeptOverloads
  readonly sweeps: readonly KeptSweep[]
  readonly validation: KeptValidation
}

export function readResults(folder: URL): KeptResults {
  const file = (name: string): URL => new URL(`${name}.json`, folder)
  return {
    gray: readGray(file('gray')),
    controls: readKept<KeptControls>(file('controls')),
    overload: readKept<KeptOverloads>(file('overload')),
    sweeps: SWEEPS.map((name) => readKept<KeptSweep>(file(`sweeps/${name}`))),
    validation: readKept<KeptValidation>(file('validation'))
  }
}

/** `docs/results.md`: words by hand, every figure from what was kept of runs. */
export function resultsPage({ gray, controls, overload, sweeps, validation }: KeptResults): string {
  const parts = [
    '# Results of the lab',
    INTRODUCTION,
    `Gray failures: Node ${gray.node}, ${gray.date}. Controls and sweeps: Node ${controls.node}, ${controls.date}.`,
    FINDINGS,
    grayPage(gray),
    '## Who is compared',
    contenderTable(),
    METHOD,
    controlsPage(controls),
    overloadPage(overload),
    '## One knob at a time',
    CONSTANTS,
    ...sweeps.map(sweepPage),
    validationPage(validation)
  ]
  return `${parts.join('\n\n')}\n`
}

function contenderTable(): string {
  const rows = contenders.map(({ peer, note }) => [
    `\`${peer}\``,
    note === '' ? 'as published' : note,
    peers[peer]?.verified ?? (peer === 'inmesh' ? '' : 'unverified')
  ])
  return table(['contender', 'settings, beside the timeout of 2 s', 'what it was checked against'], rows)
}
