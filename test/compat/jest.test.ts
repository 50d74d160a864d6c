import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { beforeAll, describe, expect, inject, it } from 'vitest'
import { nodeIn } from '../../scripts/bootstrap/workspace-node.js'

// What docs/guide/jest.md promises.

const NODE_22 = nodeIn(join(import.meta.dirname, 'node-22'))
const NODE_26 = nodeIn(join(import.meta.dirname, 'node-26'))
const JEST = join(dirname(createRequire(join(import.meta.dirname, 'jest/package.json')).resolve('jest/package.json')), 'bin/jest.js')
const project = inject('project')

const USE = `
  const double = compose(retry()).wrap(async (_context, n) => n * 2, { repeat: 'always' })
  expect(await double(21)).toBe(42)
  expect(typeof createMesh).toBe('function')`

const FILES = {
  'static.test.mjs': `
    import { compose, retry } from '@inmesh/pipeline'
    import { createMesh } from 'inmesh'
    test('import', async () => {${USE}})`,
  'dynamic.test.cjs': `
    test('import()', async () => {
      const { compose, retry } = await import('@inmesh/pipeline')
      const { createMesh } = await import('inmesh')${USE}
    })`,
  'required.test.cjs': `
    test('require()', async () => {
      const { compose, retry } = require('@inmesh/pipeline')
      const { createMesh } = require('inmesh')${USE}
    })`
}

function jest(node: string, flags: string[], file: keyof typeof FILES) {
  const args = [...flags, '--no-warnings', JEST, '--rootDir', join(project, 'jest'), '--testMatch', `**/${file}`, '--watchman=false', '--cache=false']
  return spawnSync(node, args, { cwd: project, encoding: 'utf8' })
}

beforeAll(() => {
  mkdirSync(join(project, 'jest'), { recursive: true })
  writeFileSync(join(project, 'jest/package.json'), '{}')
  for (const [name, source] of Object.entries(FILES)) writeFileSync(join(project, 'jest', name), source)
})

describe('Jest with --experimental-vm-modules', () => {
  it.each([
    ['22', NODE_22, 'static.test.mjs'],
    ['22', NODE_22, 'dynamic.test.cjs'],
    ['24', process.execPath, 'static.test.mjs'],
    ['24', process.execPath, 'dynamic.test.cjs'],
    ['24', process.execPath, 'required.test.cjs'],
    ['26', NODE_26, 'static.test.mjs'],
    ['26', NODE_26, 'required.test.cjs']
  ] as const)('runs, on Node %s, %3$s', (_, node, file) => {
    const { status, stderr } = jest(node, ['--experimental-vm-modules'], file)
    expect(stderr).toContain('1 passed, 1 total')
    expect(status).toBe(0)
  })
})

describe('what docs/guide/jest.md warns of', () => {
  it('nothing works without the flag', () => {
    expect(jest(process.execPath, [], 'dynamic.test.cjs').stderr).toContain('--experimental-vm-modules')
  })

  it('require() does not work on Node 22', () => {
    expect(jest(NODE_22, ['--experimental-vm-modules'], 'required.test.cjs').stderr).toContain('Must use import to load ES Module')
  })
})
