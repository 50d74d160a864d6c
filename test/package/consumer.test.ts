import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, realpathSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, inject, it } from 'vitest'
import { nodeIn } from '../../scripts/bootstrap/workspace-node.js'

const ROOT = join(import.meta.dirname, '../..')
const TSC = join(ROOT, 'node_modules/typescript/bin/tsc')
const project = inject('project')

const STRICT = {
  strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true,
  types: ['node'], target: 'es2023', lib: ['es2023', 'esnext.disposable'], rootDir: 'app'
}

const NODES = {
  22: nodeIn(join(ROOT, 'test/compat/node-22')),
  24: process.execPath,
  26: nodeIn(join(ROOT, 'test/compat/node-26'))
}

function compile(name: string, options: object) {
  const config = join(project, `tsconfig.${name}.json`)
  writeFileSync(config, JSON.stringify({ compilerOptions: { ...STRICT, ...options }, include: ['app'] }))
  return spawnSync(process.execPath, [TSC, '-p', config], { cwd: project, encoding: 'utf8' })
}

beforeAll(() => {
  mkdirSync(join(project, 'app'), { recursive: true })
  copyFileSync(join(import.meta.dirname, 'consumer/app.ts'), join(project, 'app/app.ts'))
})

describe.each(inject('published').flatMap(({ bins }) => bins))('the command %s', (bin) => {
  it.each(Object.entries(NODES))('runs on Node %s', (_, node) => {
    const { status, stdout, stderr } = spawnSync(node, [realpathSync(join(project, 'node_modules/.bin', bin)), '--help'], { cwd: project, encoding: 'utf8' })
    expect(stderr).toBe('')
    expect(stdout).toContain(bin)
    expect(status).toBe(0)
  })
})

describe('a project that installed the packages', () => {
  it.each([
    ['nodenext', { module: 'nodenext', moduleResolution: 'nodenext', outDir: 'out' }],
    ['bundler', { module: 'preserve', moduleResolution: 'bundler', noEmit: true }]
  ])('compiles against their types with %s', (name, options) => {
    const { status, stdout } = compile(name, options)
    expect(stdout).toBe('')
    expect(status).toBe(0)
  })

  it('is told when it uses them wrongly', () => {
    writeFileSync(join(project, 'app/wrong.ts'), 'import { nothingOfTheKind } from \'inmesh\'\nexport const x = nothingOfTheKind\n')
    const { stdout } = compile('nodenext', { module: 'nodenext', noEmit: true })
    expect(stdout).toContain('nothingOfTheKind')
    writeFileSync(join(project, 'app/wrong.ts'), '')
  })

  it.each(Object.entries(NODES))('runs on Node %s', (major, node) => {
    expect(compile('nodenext', { module: 'nodenext', outDir: 'out' }).status).toBe(0)
    const { status, stdout, stderr } = spawnSync(node, [join(project, 'out/app.js')], { cwd: project, encoding: 'utf8', timeout: 20_000 })
    expect(stderr).toBe('')
    expect(status).toBe(0)
    expect(JSON.parse(stdout)).toEqual({ node: major, status: 200, body: 'hello', endpoints: 1, composed: 3, told: true })
  })
})
