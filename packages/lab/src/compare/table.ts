import type { Colors } from '../report/colors.ts'
import { sayFigure } from '../report/comparison.ts'
import { renderComparison } from '../report/table.ts'
import { COMPARED } from '../stats/means.ts'
import type { ComparedFigure, ResultComparison } from './compare.ts'

/** Two results side by side for a terminal: a line per contender and figure. */
export function renderResultComparison(comparison: ResultComparison, colors: Colors): string {
  const { first, second, paired, figures, notes } = comparison
  const columns = [
    '',
    `${first.name} (${first.world})`,
    `${second.name} (${second.world})`,
    'difference',
    '95 % interval',
    ''
  ]
  const lines = figures.map((each, at) => ({
    name: figures[at - 1]?.contender === each.contender ? '' : each.contender,
    cells: [
      COMPARED[each.figure].label,
      sayFigure(each.figure, each.first),
      sayFigure(each.figure, each.second),
      sayChange(each),
      sayRange(each),
      sayNoise(each, colors)
    ]
  }))
  const how = paired
    ? `compared seed by seed (${first.seeds.length} seeds), so that the same arrivals cancel`
    : `means of ${first.seeds.length} and ${second.seeds.length} seeds, Welch's test`
  return [
    renderComparison(colors.bold(first.scenario), { columns, lines, notes: [] }, colors),
    colors.dim(how),
    ...notes.map((each) => colors.yellow(`! ${each}`))
  ].join('\n')
}

/** In the figure's own unit, and for times also as a share of the first. */
function sayChange({ figure, first, difference }: ComparedFigure): string {
  const size = signed(figure, difference)
  return COMPARED[figure].unit === 'share' || first === 0
    ? size
    : `${size} (${sign(difference)}${Math.abs((100 * difference) / first).toFixed(1)} %)`
}

function sayRange({ figure, low, high, beyondNoise }: ComparedFigure): string {
  return beyondNoise === undefined || low === high ? '' : `${signed(figure, low)} … ${signed(figure, high)}`
}

function signed(figure: ComparedFigure['figure'], value: number): string {
  return `${sign(value)}${sayFigure(figure, Math.abs(value))}`
}

function sign(value: number): string {
  if (value === 0) return ''
  return value > 0 ? '+' : '−'
}

function sayNoise({ beyondNoise, difference }: ComparedFigure, { yellow, dim }: Colors): string {
  if (difference === 0) return dim('the same')
  if (beyondNoise === undefined) return dim('one seed: noise unknown')
  return beyondNoise ? yellow('beyond noise') : dim('within noise')
}
