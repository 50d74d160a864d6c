import { Command } from 'commander'
import { loadavg } from 'node:os'
import type { Bench } from './report/bench.ts'
import { resultOf, writeJson, type BenchResult } from './report/result.ts'
import { printTable } from './report/table.ts'

// Loaded when asked for: what one bench brings into the process must not be measured by another.
const benches: ReadonlyMap<string, () => Promise<Bench>> = new Map([
  ['overhead', async () => (await import('./overhead/run.ts')).overhead],
  ['decisions', async () => (await import('./decisions/run.ts')).decisions],
  ['server', async () => (await import('./server/run.ts')).server],
  ['grpc', async () => (await import('./grpc/run.ts')).grpc],
  ['limiter', async () => (await import('./limiter/run.ts')).limiter],
  ['telemetry', async () => (await import('./telemetry/run.ts')).telemetry],
  ['lab', async () => (await import('./lab/run.ts')).lab],
])
const names = [...benches.keys(), 'all']

interface Options {
  readonly json?: string
  readonly seconds: string
  readonly check?: boolean
}

const program = new Command('npm run bench --')
  .description('Measures what inmesh costs, side by side with what a team has today.')
  .argument('<name>', names.join(' | '))
  .option('--json <file>', 'where the result goes; default reports/bench-<name>.json')
  .option('--seconds <n>', 'about how long the overhead and grpc benches take, each', '300')
  .option('--check', 'ends with an error when a bar is missed')
  .action(run)

async function run(name: string, { json, seconds, check }: Options): Promise<void> {
  const chosen = [...benches].filter(([own]) => name === 'all' || own === name)
  if (chosen.length === 0) program.error(`bench: got "${name}", accepted are ${names.join(', ')}`, { exitCode: 2 })
  const verdicts: string[] = []
  const results: BenchResult[] = []
  for (const [, load] of chosen) {
    const bench = await load()
    console.log(`\n${bench.name}: Node ${process.version}, load ${loadavg()[0]?.toFixed(2)} before it starts`)
    const { rows, bars, notes } = await bench.run(Number(seconds))
    verdicts.push(...printTable(rows, bars))
    for (const note of notes) console.log(note)
    const result = resultOf(bench.name, rows)
    results.push(result)
    writeJson(`reports/bench-${bench.name}.json`, result)
  }
  if (json !== undefined) writeJson(json, results.length === 1 ? results[0] : results)
  console.log(`${verdicts.filter((verdict) => verdict === 'PASS').length} of ${verdicts.length} bars reached`)
  if (check === true && verdicts.some((verdict) => verdict !== 'PASS')) process.exitCode = 1
}

await program.parseAsync()
