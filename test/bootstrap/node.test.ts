import { chmodSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { machineNode, npmTool, withPath } from '../../scripts/bootstrap/machine-node.js'
import { ensureNode, nodeIn, versionOf } from '../../scripts/bootstrap/workspace-node.js'
import requirements from '../../scripts/bootstrap/requirements.cjs'

const newFolder = () => mkdtempSync(join(tmpdir(), 'inmesh node '))

function fakeNode(folder: string, script: string) {
  const file = nodeIn(folder)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, `#!/bin/sh\n${script}\n`)
  chmodSync(file, 0o755)
}

/** npm's `node` package as it looks where install scripts were switched off, with an install step that does `script`. */
function installStep(folder: string, script: string) {
  const link = join(folder, 'node_modules/node')
  mkdirSync(link, { recursive: true })
  writeFileSync(join(link, 'installArchSpecificPackage.js'), script)
}

const PLACE_NODE = `
  const fs = require('node:fs')
  fs.mkdirSync('bin', { recursive: true })
  fs.writeFileSync('bin/node', '#!/bin/sh\\necho v24.0.0\\n')
  fs.chmodSync('bin/node', 0o755)`

// What it says while it repairs is for the person who waits, not for the report of the tests.
beforeEach(() => {
  vi.spyOn(process.stderr, 'write').mockReturnValue(true)
})

describe('the workspace\'s own Node', () => {
  it('is judged by the version that runs', () => {
    const folder = newFolder()
    expect(versionOf(nodeIn(folder))).toBeUndefined()
    fakeNode(folder, 'echo v24.0.0')
    expect(versionOf(nodeIn(folder))).toBe('24.0.0')
    fakeNode(folder, 'exit 1')
    expect(versionOf(nodeIn(folder))).toBeUndefined()
  })

  it('is fetched by its own install step when that had not run', async () => {
    const folder = newFolder()
    installStep(folder, PLACE_NODE)
    await ensureNode(folder, folder, '24.0.0')
    expect(versionOf(nodeIn(folder))).toBe('24.0.0')
  })

  it('is replaced when it is of another version', async () => {
    const folder = newFolder()
    installStep(folder, PLACE_NODE)
    fakeNode(folder, 'echo v18.0.0')
    await ensureNode(folder, folder, '24.0.0')
    expect(versionOf(nodeIn(folder))).toBe('24.0.0')
  })

  it('is missed in one sentence when it cannot be had', async () => {
    const folder = newFolder()
    installStep(folder, 'process.exit(1)')
    await expect(ensureNode(folder, folder, '24.0.0')).rejects.toThrow(/needs its own Node 24\.0\.0 at .* but none runs there/)
    fakeNode(folder, 'echo v18.0.0')
    await expect(ensureNode(folder, folder, '24.0.0')).rejects.toThrow(/but Node 18\.0\.0 is there/)
  })
})

describe('the machine\'s Node', () => {
  it('is the one that npm runs on, not one out of node_modules', () => {
    const elsewhere = join(newFolder(), 'node')
    writeFileSync(elsewhere, '')
    const root = newFolder()
    fakeNode(root, 'echo v24.0.0')
    expect(machineNode({ npm_node_execpath: elsewhere }, root)).toBe(elsewhere)
    expect(machineNode({ npm_node_execpath: nodeIn(root) }, root)).toBe(process.execPath)
    expect(machineNode({}, root)).toBe(process.execPath)
  })

  it('installs with none of the workspace\'s own tools on the PATH', () => {
    const root = newFolder()
    const path = ['/usr/bin', join(root, 'node_modules/.bin'), join(root, 'packages/a/node_modules/.bin'), '/bin'].join(delimiter)
    expect(withPath({ PATH: path }, root, ['/first'])['PATH']).toBe(['/first', '/usr/bin', '/bin'].join(delimiter))
    expect(withPath({ Path: '/usr/bin' }, root, ['/first'])).toEqual({ Path: ['/first', '/usr/bin'].join(delimiter) })
  })

  it('finds npx beside the npm that runs, and by name without one', () => {
    const npm = newFolder()
    writeFileSync(join(npm, 'npx-cli.js'), '')
    expect(npmTool('npx', { npm_execpath: join(npm, 'npm-cli.js') }, '/node')).toEqual({ command: '/node', args: [join(npm, 'npx-cli.js')], shell: false })
    expect(npmTool('npm', { npm_execpath: join(newFolder(), 'yarn.js') }, '/node').command).toBe('npm')
  })

  it.each(['18.20.0', '12.22.12', '0.10.48'])('is refused in one sentence when it is %s', (version) => {
    expect(requirements.whyNot(version)).toMatch(new RegExp(`^inmesh: .*needs Node.js 20 or newer.*this is ${version}[^\n]*$`))
  })

  it('is enough from 20 on', () => {
    expect(requirements.whyNot('20.0.0')).toBeUndefined()
    expect(requirements.whyNot('26.1.0')).toBeUndefined()
  })

  it('meets only the oldest syntax before it was judged', () => {
    for (const file of ['run.cjs', 'bootstrap/requirements.cjs']) {
      const source = readFileSync(join(import.meta.dirname, '../../scripts', file), 'utf8').replace(/\/\/.*|\/\*[^]*?\*\//g, '')
      expect(source).not.toMatch(/=>|\b(?:const|let|class|async|await)\b|`|\?\.|\?\?/)
    }
  })
})
