import { colorsFor } from '../report/colors.ts'
import { toJson } from '../report/result.ts'
import { isReproduced, renderReproduction, reproduce as reproduceAll } from '../reproduce/index.ts'
import { report } from './output.ts'

/** Each table to stdout as soon as it is there, what is being run to stderr. A figure that is off is no failure: it is told. */
export function reproduce(names: readonly string[], { json }: { readonly json?: string }): void {
  const reproductions = reproduceAll(names, {
    begin: (name) => console.error(`${name} …`),
    note: (what) => console.error(`  ${what}`),
    end: (reproduction) => console.log(renderReproduction(reproduction, colorsFor(process.stdout)))
  })
  const off = reproductions.flatMap(({ figures }) => figures.filter((figure) => isReproduced(figure) === false))
  report(`${reproductions.length} experiments, ${off.length} figures more than a tenth off`, [[json, () => toJson({ reproductions })]])
}
