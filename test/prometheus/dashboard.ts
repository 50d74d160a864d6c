import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export interface Query {
  /** The panel that asks it, and which of its queries it is. */
  readonly name: string
  readonly expr: string
}

interface Panel {
  readonly title: string
  readonly type: string
  readonly panels?: readonly Panel[]
  readonly targets?: readonly { readonly refId: string; readonly expr: string }[]
}

interface Dashboard {
  readonly panels: readonly Panel[]
  readonly templating: { readonly list: readonly { readonly name: string; readonly query: string | { readonly query: string } }[] }
}

/** The dashboard as it is published. */
const dashboard = JSON.parse(readFileSync(fileURLToPath(import.meta.resolve('@inmesh/otel/prometheus/dashboard.json')), 'utf8')) as Dashboard

/** Every query of every panel, as Grafana asks it of one job with all else chosen. */
export function queriesOf(job: string, window: string): readonly Query[] {
  const panels = dashboard.panels.flatMap((panel) => [panel, ...(panel.panels ?? [])]).filter(({ type }) => type !== 'row')
  return panels.flatMap(({ title, targets = [] }) => targets.map(({ refId, expr }) => ({ name: targets.length > 1 ? `${title}, ${refId}` : title, expr: filled(expr, job, window) })))
}

/** What its variables may be: of each the label, and where it is looked for. */
export function variablesOf(job: string): readonly { readonly name: string; readonly label: string; readonly selector: string }[] {
  return dashboard.templating.list.flatMap(({ name, query }) => {
    const [, selector = '', label = ''] = /^label_values\((.*), (\w+)\)$/.exec(filled(typeof query === 'string' ? query : query.query, job, '')) ?? []
    return label === '' ? [] : [{ name, label, selector }]
  })
}

function filled(text: string, job: string, window: string): string {
  return text.replaceAll('$__rate_interval', window).replaceAll('$job', job).replaceAll(/\$(?:service|endpoint|server)\b/g, '.*')
}
