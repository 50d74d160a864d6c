import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { describe, expect, inject, it } from 'vitest'

type Manifest = { version: string, engines: { node: string }, license: string, dependencies?: Record<string, string> }

const published = inject('published')
const installed = (name: string) => join(inject('project'), 'node_modules', name)
const manifestOf = (name: string) => JSON.parse(readFileSync(join(installed(name), 'package.json'), 'utf8')) as Manifest

describe.each(published)('$name as it is installed', ({ name }) => {
  it('brings its licence, its build, and its sources for whoever steps into them', () => {
    for (const file of ['LICENSE', 'package.json', 'dist', 'src']) expect(existsSync(join(installed(name), file)), file).toBe(true)
  })

  it('brings no test and no build cache', () => {
    const files = readdirSync(installed(name), { recursive: true, encoding: 'utf8' })
    expect(files.filter((file) => /\.test[.-]|test-support|tsbuildinfo/.test(file))).toEqual([])
  })

  it('names real versions of its neighbours', () => {
    const { dependencies = {}, version } = manifestOf(name)
    const neighbours = Object.entries(dependencies).filter(([dependency]) => published.some((other) => other.name === dependency))
    for (const [dependency, range] of neighbours) expect(range, dependency).toBe(version)
  })

  it('asks for the same Nodes as all others', () => {
    expect(manifestOf(name).engines.node).toBe('^22.19.0 || ^24.0.0 || >=26.0.0')
  })
})

it('one version stands for all', () => {
  expect(new Set(published.map(({ name }) => manifestOf(name).version)).size).toBe(1)
})

it.each(['dashboard.json', 'dashboard-otlp.json', 'rules.yml', 'rules-otlp.yml'])('otel brings %s, where its name leads', (file) => {
  const path = createRequire(join(inject('project'), 'package.json')).resolve(`@inmesh/otel/prometheus/${file}`)
  expect(readFileSync(path, 'utf8')).toContain('inmesh_call_duration_')
})

it('policy depends on nothing', () => {
  expect(manifestOf('@inmesh/policy').dependencies).toBeUndefined()
})
