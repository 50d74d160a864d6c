import Table from 'cli-table3'
import { colorsFor } from '../report/colors.ts'
import { ScenarioError } from '../scenario/mistakes.ts'
import { checkQueues } from '../virtual/validate/queues.ts'

export interface ValidateCommand {
  readonly arrivals: string
  readonly utilization: string
}

/** Fewer arrivals would fill no batches; ten times the default do not fit into memory. */
const LEAST = 30_000
const MOST = 100_000_000

/** The engine of the virtual world against queues whose answers are known. One outside its interval ends with exit code 1. */
export function validate(options: ValidateCommand): void {
  const arrivals = number('--arrivals', options.arrivals, LEAST, MOST)
  const utilization = number('--utilization', options.utilization, 0.01, 0.95)
  const colors = colorsFor(process.stdout)
  const begin = (name: string): void => console.error(`${name}: ${arrivals.toLocaleString('en-US')} arrivals`)
  const checks = checkQueues({ arrivals, utilizations: [utilization], begin })
  const table = new Table({ head: ['queue', 'theory', 'measured', '99 % interval', ''], style: { head: [], border: [] } })
  for (const { name, expected, mean, low, high, ok } of checks) {
    const interval = `${low.toPrecision(5)} … ${high.toPrecision(5)}`
    const verdict = ok ? colors.green('inside') : colors.red('OUTSIDE')
    table.push([name, expected.toPrecision(5), mean.toPrecision(5), interval, verdict])
  }
  console.log(table.toString())
  if (checks.some(({ ok }) => !ok)) process.exitCode = 1
}

function number(path: string, text: string, least: number, most: number): number {
  const value = Number(text)
  if (value >= least && value <= most) return value
  throw new ScenarioError('validate', [{ path, got: text, accepted: `a number from ${least} to ${most}` }])
}
