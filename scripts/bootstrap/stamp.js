import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { pinned, workspaceFolders } from './workspace.js'

// What decides the content of node_modules; an edit of a script or of `exports` must not cost an installation.
const FIELDS = ['name', 'bin', 'config', 'dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies']

/**
 * A hash over everything that an installation depends on.
 * @param {string} root
 */
export function fingerprint(root) {
  const hash = createHash('sha256').update(`${process.platform} ${process.arch}\n`)
  for (const file of ['pnpm-lock.yaml', 'pnpm-workspace.yaml', '.npmrc']) {
    if (existsSync(join(root, file))) hash.update(`${file}\n`).update(readFileSync(join(root, file)))
  }
  for (const folder of workspaceFolders(root)) {
    const manifest = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'))
    hash.update(`${folder}\n${JSON.stringify(FIELDS.map((field) => manifest[field] ?? null))}\n`)
  }
  return hash.digest('hex')
}

// Inside node_modules, so that whoever deletes node_modules deletes the claim about it too.
/** @param {string} root @param {string} name */
const stampFile = (root, name) => join(root, 'node_modules', `.inmesh-${name}.json`)

/**
 * Whether the named installation was finished for exactly this fingerprint, and its root tools are still there.
 * @param {string} root @param {string} name
 */
export function isStamped(root, name) {
  const file = stampFile(root, name)
  if (!existsSync(file)) return false
  if (readFileSync(file, 'utf8') !== fingerprint(root)) return false
  return pinned(root).tools.every((tool) => existsSync(join(root, 'node_modules', tool, 'package.json')))
}

/** Only after everything was checked: a stamp is a promise. @param {string} root @param {string} name */
export function stamp(root, name) {
  const file = stampFile(root, name)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, fingerprint(root))
}

/** @param {string} root @param {string} name */
export function unstamp(root, name) {
  rmSync(stampFile(root, name), { force: true })
}
