import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, inject, it } from 'vitest'
import { nodeIn } from '../../scripts/bootstrap/workspace-node.js'

const project = inject('project')
const entries = inject('published').flatMap((published) => published.entries)

const NODES = {
  22: nodeIn(join(import.meta.dirname, 'node-22')),
  24: process.execPath,
  26: nodeIn(join(import.meta.dirname, 'node-26'))
}

describe.each(Object.entries(NODES))('a CommonJS program on Node %s', (major, node) => {
  it.each(entries)('requires %s and gets what import gives', (entry) => {
    const file = join(project, `require-${major}.cjs`)
    writeFileSync(file, `
      const required = require(${JSON.stringify(entry)})
      import(${JSON.stringify(entry)}).then((imported) => {
        const names = (module) => Object.keys(module).filter((name) => name !== 'module.exports').sort()
        console.log(JSON.stringify({ node: process.versions.node.split('.')[0], required: names(required), same: names(required).every((name) => required[name] === imported[name]), imported: names(imported) }))
      })`)
    const { status, stdout, stderr } = spawnSync(node, [file], { cwd: project, encoding: 'utf8' })
    expect(stderr).toBe('')
    expect(status).toBe(0)
    const answer = JSON.parse(stdout) as { node: string, required: string[], same: boolean, imported: string[] }
    expect(answer).toMatchObject({ node: major, same: true })
    expect(answer.required).toEqual(answer.imported)
    // What only runs at import has nothing to give; every other entry does.
    expect(answer.required.length > 0).toBe(!entry.endsWith('/node-version'))
  })
})
