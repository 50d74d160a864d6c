import type { Label, MetricKey } from '../metrics/names.ts'
import { labelOf, labelsOf, seriesOf, type Naming, type Part } from './naming.ts'

/** `'failure'` is that value; one that begins with an operator of Prometheus (`=~`, `!=`, `!~`) is what it says. */
export type Where = Readonly<Partial<Record<Label, string>>>

/** Labels that Prometheus adds to what it reads: which program, which process of it. */
export type Added = 'job' | 'instance'
export type By = readonly (Label | Added)[]

export type Aggregate = 'sum' | 'max' | 'min' | 'avg' | 'count'

/**
 * Queries over our metrics: names and labels are those of `names.ts`, so that one which is renamed there is renamed here, and
 * a label that a metric has not is a mistake and no panel that stays empty.
 */
export class Queries {
  private readonly naming: Naming
  private readonly scope: (labels: readonly Label[]) => readonly string[]

  /** `scope`: what every selector says of itself, such as the variables of a dashboard, by the labels there are. */
  constructor(naming: Naming, scope: (labels: readonly Label[]) => readonly string[] = () => []) {
    this.naming = naming
    this.scope = scope
  }

  select(key: MetricKey, where: Where = {}, part?: Part): string {
    const matchers = Object.entries(where).map(([label, value]) => {
      this.check(key, label as Label)
      const [, operator = '=', text = ''] = /^(=~|!=|!~)?(.*)$/.exec(value) ?? []
      return `${labelOf(label as Label)}${operator}"${text}"`
    })
    const all = [...this.scope(labelsOf(key)), ...matchers]
    return `${seriesOf(key, this.naming, part)}${all.length === 0 ? '' : `{${all.join(', ')}}`}`
  }

  /** How a counter, or what a histogram has counted, grows in a second. */
  rate(key: MetricKey, window: string, by: By, where: Where = {}): string {
    return `${this.grouped('sum', key, by)} (rate(${this.select(key, where, 'count')}[${window}]))`
  }

  /** How much it has grown. */
  increase(key: MetricKey, window: string, by: By, where: Where = {}): string {
    return `${this.grouped('sum', key, by)} (increase(${this.select(key, where, 'count')}[${window}]))`
  }

  /** A quantile of a histogram, by its buckets: between two boundaries it is a guess. */
  quantile(quantile: number, key: MetricKey, window: string, by: By, where: Where = {}): string {
    for (const label of by) this.check(key, label)
    return `histogram_quantile(${quantile}, sum by (${[...names(by), 'le'].join(', ')}) (rate(${this.select(key, where, 'bucket')}[${window}])))`
  }

  /** Of what is as it is at that moment. */
  now(aggregate: Aggregate, key: MetricKey, by: By, where: Where = {}): string {
    return `${this.grouped(aggregate, key, by)} (${this.select(key, where)})`
  }

  private grouped(aggregate: Aggregate, key: MetricKey, by: By): string {
    for (const label of by) this.check(key, label)
    return `${aggregate}${by.length === 0 ? '' : ` by (${names(by).join(', ')})`}`
  }

  private check(key: MetricKey, label: Label | Added): void {
    if (label === 'job' || label === 'instance' || labelsOf(key).includes(label)) return
    throw new Error(`${key} has no label ${label} (it has ${labelsOf(key).join(', ')})`)
  }
}

/** The share of all that failed. Of what nobody failed there is no series of failures: that share is 0, and not unknown. */
export function failedShare(failures: string, all: string): string {
  return `(${failures} or 0 * ${all}) / ${all}`
}

export function names(by: By): readonly string[] {
  return by.map((label) => (label === 'job' || label === 'instance' ? label : labelOf(label)))
}
