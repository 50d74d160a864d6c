import { spawnSync } from 'node:child_process'
import { realpathSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, inject, it } from 'vitest'
import { nodeIn } from '../../scripts/bootstrap/workspace-node.js'

const NODE_20 = nodeIn(join(import.meta.dirname, 'node-20'))
const project = inject('project')
// policy is plain arithmetic, which runs anywhere and so refuses nothing.
const entries = inject('published').flatMap((published) => published.entries).filter((entry) => entry !== '@inmesh/policy')

const bins = inject('published').flatMap((published) => published.bins)

const SENTENCE = /inmesh needs Node\.js 22\.19 or newer \(22, 24, or 26 and later\), and this is 20\.\d+\.\d+/

describe.each(entries)('on Node 20 %s', (entry) => {
  it.each([
    ['import', ['--input-type=module', '--eval', `import ${JSON.stringify(entry)}`]],
    ['import()', ['--input-type=commonjs', '--eval', `import(${JSON.stringify(entry)})`]],
    ['require()', ['--no-warnings', '--input-type=commonjs', '--eval', `require(${JSON.stringify(entry)})`]]
  ])('answers %s with one sentence', (_, args) => {
    const { status, stderr } = spawnSync(NODE_20, args, { cwd: project, encoding: 'utf8' })
    expect(status).toBe(1)
    expect(stderr.match(new RegExp(SENTENCE, 'g'))).toHaveLength(1)
    expect(stderr).not.toMatch(/^\s+at /m)
  })
})

it.each(bins)('on Node 20 the command %s answers with one sentence', (bin) => {
  const { status, stderr } = spawnSync(NODE_20, [realpathSync(join(project, 'node_modules/.bin', bin)), '--help'], { cwd: project, encoding: 'utf8' })
  expect(status).toBe(1)
  expect(stderr.match(new RegExp(SENTENCE, 'g'))).toHaveLength(1)
  expect(stderr).not.toMatch(/^\s+at /m)
})

it('on Node 20 @inmesh/policy works', () => {
  const args = ['--input-type=module', '--eval', 'console.log(Object.keys(await import("@inmesh/policy")).length > 0)']
  expect(spawnSync(NODE_20, args, { cwd: project, encoding: 'utf8' }).stdout.trim()).toBe('true')
})
