import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { pinned } from '../../scripts/bootstrap/workspace.js'
import { machineNode, npmTool, withPath } from '../../scripts/bootstrap/machine-node.js'

const ROOT = join(import.meta.dirname, '../..')

declare module 'vitest' {
  interface ProvidedContext {
    /** A project that installed every published package from its tarball, as a user would. */
    project: string
    published: { name: string, folder: string, tarball: string, entries: string[], bins: string[] }[]
  }
}

type Manifest = { name: string, version: string, private?: boolean, exports: Record<string, unknown>, bin?: Record<string, string>, devDependencies?: Record<string, string> }

const readManifest = (folder: string) => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest

/** Builds, packs and installs once for all files of tests. */
export default function setup({ provide }: TestProject): () => void {
  const temporary = realpathSync(mkdtempSync(join(tmpdir(), 'inmesh as installed ')))
  run(process.execPath, [join(ROOT, 'scripts/build.js')], ROOT)
  const published = readdirSync(join(ROOT, 'packages'))
    .map((name) => join(ROOT, 'packages', name))
    .filter((folder) => readManifest(folder).private !== true)
    .map((folder) => pack(folder, temporary))
  installInto(temporary, published.map(({ tarball }) => tarball))
  provide('project', temporary)
  provide('published', published)
  return () => rmSync(temporary, { recursive: true, force: true })
}

function pack(folder: string, destination: string) {
  const { name, version, exports, bin = {} } = readManifest(folder)
  const tarball = join(destination, `${name.replace('@', '').replace('/', '-')}-${version}.tgz`)
  npm('npx', ['--yes', pinned(ROOT).packageManager, 'pack', '--pack-destination', destination], folder)
  const entries = Object.keys(exports).filter((key) => !key.endsWith('.json') && !key.includes('*'))
  return { name, folder, tarball, entries: entries.map((key) => name + key.slice(1)), bins: Object.keys(bin) }
}

/** An empty project with what a user of TypeScript has anyway. */
function installInto(project: string, tarballs: string[]) {
  const { undici } = readManifest(join(ROOT, 'packages/http')).devDependencies ?? {}
  const types = readManifest(ROOT).devDependencies?.['@types/node']
  writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'someone-elses-project', private: true, type: 'module' }))
  npm('npm', ['install', '--no-audit', '--no-fund', ...tarballs, `undici@${undici}`, `@types/node@${types}`], project)
}

/** npm as the machine has it: users of the packages have no Node of ours. */
function npm(tool: 'npm' | 'npx', args: string[], cwd: string) {
  const node = machineNode(process.env, ROOT)
  const start = npmTool(tool, process.env, node)
  run(start.command, [...start.args, ...args], cwd, withPath(process.env, ROOT, [dirname(node)]))
}

function run(command: string, args: string[], cwd: string, env = process.env) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, env, encoding: 'utf8' })
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed (${error?.message ?? status}):\n${stdout}\n${stderr}`)
}
