import { ScenarioError } from '../scenario/mistakes.ts'
import { colorsFor } from '../report/colors.ts'
import type { Colors } from '../report/colors.ts'
import { peers as entries } from '../virtual/peers/index.ts'
import type { PeerEntry } from '../virtual/peers/index.ts'

/** Who the peers of the virtual world are: source, what was verified, what differs, and the options with their defaults. */
export function peers(names: readonly string[]): void {
  const unknown = names.filter((name) => entries[name] === undefined)
  if (unknown.length > 0)
    throw new ScenarioError('peers', [{ path: 'name', got: unknown.join(', '), accepted: Object.keys(entries).join(', ') }])
  const chosen = Object.entries(entries).filter(([name]) => names.length === 0 || names.includes(name))
  console.log(chosen.map(([name, entry]) => describe(name, entry, colorsFor(process.stdout))).join('\n'))
}

function describe(name: string, { source, verified, differs, schema }: PeerEntry, colors: Colors): string {
  const lines = [
    colors.bold(name),
    `  source    ${source}`,
    verified === undefined ? `  ${colors.red('unverified')}` : `  verified  ${verified}`,
    ...differs.map((each) => `  differs   ${each}`),
    `  options   ${JSON.stringify(schema.parse({}))}`
  ]
  return `${lines.join('\n')}\n`
}
