import type { Naming } from './naming.ts'
import { rulesOf, type AlertRule, type RecordingRule } from './rules.ts'

/** The page that says of each alert what it means, and what to do. */
const PAGE = 'docs/guide/prometheus.md'

/** A file of rules as Prometheus reads it: YAML, with what a reader must know as comments. */
export function rulesFile(naming: Naming): string {
  const lines = [
    '# Rules for the metrics of @inmesh/otel, as they come to Prometheus',
    `# ${naming === 'exporter' ? 'from OpenTelemetry’s Prometheus exporter for Node.' : 'from the OpenTelemetry Collector or over OTLP.'} What each alert means: ${PAGE}.`,
    '# Made from packages/otel/src/prometheus/rules.ts.',
    'groups:',
    ...rulesOf(naming).flatMap(({ name, rules }) => [`  - name: ${name}`, '    rules:', ...rules.flatMap((rule) => ('alert' in rule ? alert(rule) : recording(rule)))]),
  ]
  return `${lines.join('\n')}\n`
}

function recording({ record, expr, comment }: RecordingRule): readonly string[] {
  return [...(comment === undefined ? [] : [`      # ${comment}`]), `      - record: ${record}`, `        expr: ${quoted(expr)}`]
}

function alert(rule: AlertRule): readonly string[] {
  return [
    `      - alert: ${rule.alert}`,
    `        expr: ${quoted(rule.expr)}`,
    ...(rule.for === undefined ? [] : [`        for: ${rule.for}`]),
    '        labels:',
    `          severity: ${rule.severity}`,
    '        annotations:',
    `          summary: ${quoted(rule.summary)}`,
    `          description: ${quoted(rule.description)}`,
    `          doc: ${PAGE}#${rule.alert.toLowerCase()}`,
  ]
}

/** In single quotes nothing of YAML's is special but these themselves. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}
