import type { KeptOverload, KeptOverloads } from '../overload.ts'
import { table } from './markdown.ts'

export function overloadPage({ overloads }: KeptOverloads): string {
  return [
    '## Overload',
    'With the server half and without, under the same load. Each row is something the scenario asks of one contender (*of*); how the others stand to it is beside it. The worst of the seeds.',
    ...overloads.map(onePage)
  ].join('\n\n')
}

function onePage({ name, title, description, seeds, contenders, asked }: KeptOverload): string {
  const rows = asked.map(({ text, of = 'all', ok, got }) => [`${ok ? '✓' : '**✗ not reached:**'} ${text}`, of, ...got])
  return [
    `### ${title}`,
    `${description} ${seeds} seeds. [\`${name}.json\`](../packages/lab/scenarios/overload/${name}.json)`,
    table(['asked for', 'of', ...contenders], rows)
  ].join('\n\n')
}
