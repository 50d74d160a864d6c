import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { liveDisplay } from '../progress/live.ts'
import { plainDisplay } from '../progress/plain.ts'
import { colorsFor } from '../report/colors.ts'
import type { Display } from '../run.ts'
import type { Scenario } from '../scenario/scenario.ts'
import type { World } from '../worlds.ts'

/** A file, or true: one of its own under `reports`. */
export interface Outputs {
  readonly json?: string | true
  readonly html?: string | true
}

/** Results go to stdout, so that a pipe gets them alone; files that were asked for are named below them. */
export function report(text: string, files: readonly (readonly [string | undefined, () => string])[]): void {
  const written: string[] = []
  for (const [path, content] of files) {
    if (path === undefined) continue
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, content())
    written.push(path)
  }
  console.log(text)
  for (const path of written) console.log(`wrote ${path}`)
}

/** Where a file goes that was asked for with a name or without. */
export function fileOf(asked: string | true | undefined, own: string): string | undefined {
  return asked === true ? `reports/${own}` : asked
}

/** Progress goes to stderr: drawn in place for people, as lines for logs. */
export function chooseDisplay(scenario: Scenario, world: World): Display {
  if (isWatched()) return liveDisplay(scenario, colorsFor(process.stderr), process.stderr)
  return plainDisplay(scenario, (line) => console.error(line), world)
}

function isWatched(): boolean {
  return process.stderr.isTTY && process.env['CI'] === undefined
}
