import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

const FOLDER = 'test/compat'

/**
 * The other Nodes, each in a folder of its own because every one of them claims `.bin/node`.
 * @param {string} root
 * @returns {{ folder: string, version: string }[]}
 */
export function compatNodes(root) {
  return readdirSync(join(root, FOLDER))
    .filter((name) => /^node-\d+$/.test(name))
    .sort()
    .map((name) => join(root, FOLDER, name))
    .map((folder) => ({ folder, version: JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).dependencies.node }))
}

/** @type {import('../bootstrap/setup.js').Installation} */
export const COMPAT = {
  name: 'compat',
  title: 'the other Nodes that are tested against',
  filters: ['./test/compat/*'],
  nodes: compatNodes
}
