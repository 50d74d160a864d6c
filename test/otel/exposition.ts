/** What Prometheus reads of a page in its text format: as much of it as tests ask for. */
export interface Samples {
  /** The names that `# TYPE` gives. */
  readonly families: readonly string[]
  of(name: string): readonly Sample[]
  /** Of all series of a name that have these labels; `undefined` for those without the label. */
  sum(name: string, labels?: Readonly<Record<string, string | undefined>>): number
}

export interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

export function parse(text: string): Samples {
  const lines = text.split('\n').filter((line) => line !== '')
  const samples = lines.filter((line) => !line.startsWith('#')).map(sampleOf)
  const of = (name: string): readonly Sample[] => samples.filter((sample) => sample.name === name)
  return {
    families: lines.flatMap((line) => /^# TYPE (\S+) /.exec(line)?.[1] ?? []),
    of,
    sum: (name, labels = {}) => of(name)
      .filter((sample) => Object.entries(labels).every(([label, value]) => (sample.labels[label] ?? '') === (value ?? '')))
      .reduce((sum, { value }) => sum + value, 0),
  }
}

function sampleOf(line: string): Sample {
  const [, name, inside = '', value] = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)(?: \d+)?$/.exec(line) ?? []
  if (name === undefined || value === undefined) throw new Error(`not a line of the text format: ${line}`)
  const labels = [...inside.matchAll(/([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"(?:,|$)/g)].map(([, label = '', text = '']) => [label, text.replaceAll(/\\(.)/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped))])
  return { name, labels: Object.fromEntries(labels) as Record<string, string>, value: Number(value) }
}
