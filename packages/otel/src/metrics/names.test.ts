import * as semconv from '@opentelemetry/semantic-conventions'
import { expect, test } from 'vitest'
import { metricsPage } from './metrics-page.ts'
import { CONVENTIONAL_LABELS, LABELS, METRICS, type Metric } from './names.ts'

const all: readonly Metric[] = Object.values(METRICS)
const conventional: ReadonlySet<unknown> = new Set(Object.values(semconv))

test('the page of metrics is the one that the names make (update it with vitest -u)', async () => {
  await expect(metricsPage()).toMatchFileSnapshot('../../../../docs/metrics.md')
})

test('what is by the conventions is in them, as stable, by metric and by label', () => {
  expect(all.filter(({ convention }) => convention !== undefined).map(({ name }) => name).filter((name) => !conventional.has(name))).toEqual([])
  expect(Object.keys(CONVENTIONAL_LABELS).filter((label) => !conventional.has(label))).toEqual([])
})

test('nothing of ours takes a name of theirs', () => {
  const ours = [...all.filter(({ convention }) => convention === undefined).map(({ name }) => name), ...Object.keys(LABELS)]
  expect(ours.filter((name) => !name.startsWith('inmesh.'))).toEqual([])
})

test('no name stands twice, and none is the beginning of another one’s', () => {
  const names = all.map(({ name }) => name)
  expect(new Set(names).size).toBe(names.length)
  expect(names.filter((name) => names.some((other) => other.startsWith(`${name}.`)))).toEqual([])
})

test('each label that is explained is one that a metric has', () => {
  const used = new Set<string>(all.flatMap(({ labels, byEndpoint }) => [...labels, ...(byEndpoint === true ? ['inmesh.endpoint'] : [])]))
  expect([...Object.keys(LABELS), ...Object.keys(CONVENTIONAL_LABELS)].filter((label) => !used.has(label))).toEqual([])
})
