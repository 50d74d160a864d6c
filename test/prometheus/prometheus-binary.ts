import { besideBinary, binaryOf } from '../programs/program.ts'

export { installing } from '../programs/program.ts'

/** A Prometheus that runs, with its `promtool` beside it: from PATH, else `INMESH_PROMETHEUS_BIN`, else Debian's package where we are root. */
export async function prometheusBinaries(): Promise<{ readonly prometheus: string; readonly promtool: string }> {
  const prometheus = await binaryOf({ name: 'prometheus', debian: 'prometheus', variable: 'INMESH_PROMETHEUS_BIN', title: 'a Prometheus', with: ['promtool'] })
  return { prometheus, promtool: besideBinary(prometheus, 'promtool') }
}
