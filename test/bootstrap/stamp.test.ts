import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { isStamped, stamp, unstamp } from '../../scripts/bootstrap/stamp.js'

let root: string

const manifest = (folder: string, fields: object) => {
  mkdirSync(join(root, folder), { recursive: true })
  writeFileSync(join(root, folder, 'package.json'), JSON.stringify(fields))
}

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'inmesh stamp '))
  writeFileSync(join(root, 'pnpm-lock.yaml'), 'lockfileVersion: 9\n')
  writeFileSync(join(root, 'pnpm-workspace.yaml'), 'packages:\n  - packages/*\n  - bench\n')
  manifest('.', { name: 'root', config: { pnpm: '1.0.0' }, devDependencies: { tool: '1.0.0' } })
  manifest('packages/a', { name: 'a', dependencies: { b: '1.0.0' } })
  manifest('bench', { name: 'bench' })
  manifest('node_modules/tool', { name: 'tool' })
  stamp(root, 'workspace')
})

describe('the stamp of the set-up', () => {
  it('holds while nothing that is installed changes', () => {
    manifest('packages/a', { name: 'a', exports: { '.': './x.js' }, scripts: { x: 'y' }, dependencies: { b: '1.0.0' } })
    expect(isStamped(root, 'workspace')).toBe(true)
  })

  it.each([
    ['the lock file', () => appendFileSync(join(root, 'pnpm-lock.yaml'), '# changed\n')],
    ['what may run while installing', () => appendFileSync(join(root, 'pnpm-workspace.yaml'), 'allowBuilds:\n  x: true\n')],
    ['the package manager', () => manifest('.', { name: 'root', config: { pnpm: '1.0.1' }, devDependencies: { tool: '1.0.0' } })],
    ['a package\'s dependencies', () => manifest('packages/a', { name: 'a', dependencies: { b: '1.0.1' } })],
    ['the set of packages', () => manifest('packages/c', { name: 'c' })],
    ['a folder that is listed by name', () => manifest('bench', { name: 'bench', dependencies: { b: '1.0.0' } })],
    ['a tool that somebody deleted', () => rmSync(join(root, 'node_modules/tool'), { recursive: true })],
    ['a deleted node_modules', () => rmSync(join(root, 'node_modules'), { recursive: true })]
  ])('is broken by %s', (_, change) => {
    change()
    expect(isStamped(root, 'workspace')).toBe(false)
  })

  it('says nothing about another installation', () => {
    expect(isStamped(root, 'compat')).toBe(false)
  })

  it('is gone after it was taken back', () => {
    unstamp(root, 'workspace')
    expect(isStamped(root, 'workspace')).toBe(false)
  })

  it('is made from every folder that the real workspace lists', async () => {
    const { workspaceFolders } = await import('../../scripts/bootstrap/workspace.js')
    const repository = join(import.meta.dirname, '../..')
    expect(workspaceFolders(repository)).toEqual(expect.arrayContaining(['.', 'bench', 'examples', 'packages/inmesh', 'packages/policy', 'test']))
    expect(readFileSync(join(repository, 'pnpm-workspace.yaml'), 'utf8')).toContain('packages:')
  })
})
