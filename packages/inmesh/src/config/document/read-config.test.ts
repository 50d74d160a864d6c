import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { ConfigError } from '../check/config-error.ts'
import { DocumentError } from './document-error.ts'
import { readConfig } from './read-config.ts'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'inmesh-'))
})

afterEach(() => rm(folder, { recursive: true }))

async function file(name: string, content: unknown): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content, null, 2))
  return path
}

async function refused(...files: string[]): Promise<ConfigError> {
  return readConfig(...files).then(() => Promise.reject(new Error('it was accepted')), (error: unknown) => error as ConfigError)
}

const base = { services: { catalog: { endpoints: ['http://10.0.0.1:8080'], policy: { timeout: '1s', retry: false } } } }

test('a file is a configuration', async () => {
  expect(await readConfig(await file('mesh.json', base))).toEqual(base)
})

test('further files are merged over it, in their order', async () => {
  const files = [await file('a.json', base), await file('b.json', { services: { catalog: { policy: { retry: null, timeout: '2s' } } } }), await file('c.json', { services: { catalog: { policy: { timeout: { perTry: '300ms' } } } } })]
  expect((await readConfig(...files)).services['catalog']?.policy).toEqual({ timeout: { total: '2s', perTry: '300ms' } })
})

test('a file may name its schema, and begin with a byte order mark', async () => {
  expect(await readConfig(await file('mesh.json', `\uFEFF${JSON.stringify({ $schema: './config.schema.json', ...base })}`))).toMatchObject(base)
})

test('a mistake is told with the file and the line that is in force', async () => {
  const mesh = await file('mesh.json', { services: { catalog: { endpoints: ['http://a', 'b'], policy: { drop: 7 } } } })
  const overlay = await file('overlay.json', '{\n  "services": {\n    "catalog": { "policy": { "drop": 8 } },\n    "search": {}\n  }\n}')
  const { mistakes, message } = await refused(mesh, overlay)
  expect(mistakes.map(({ path, at }) => [path, at?.file, at?.line, at?.column])).toEqual([
    ['services.catalog.endpoints[1]', mesh, 6, 9],
    ['services.catalog.policy.drop', overlay, 3, 30],
    // What is missing is missing here.
    ['services.search.endpoints', overlay, 4, 5],
  ])
  expect(message).toContain(`${overlay}:3:30 services.catalog.policy.drop: got 8`)
})

test('a name that an object has twice is a mistake, of which JSON would take the last', async () => {
  const { mistakes } = await refused(await file('mesh.json', '{ "services": {}, "mode": "on", "mode": "off" }'))
  expect(mistakes).toEqual([expect.objectContaining({ path: 'mode', accepted: 'each name once', at: expect.objectContaining({ line: 1, column: 33 }) })])
})

test.each([
  ['a comma too many', '{\n  "services": { "a": [1,] }\n}', 2, 25],
  ['a comment', '{\n  // services\n  "services": {}\n}', 2, 3],
  ['a single quote', "{ 'services': {} }", 1, 3],
  ['nothing', '', 1, 1],
  ['an end that comes too soon', '{\n "services":\n\n', 2, 13],
  ['a line break in a text', '{ "services": "\n" }', 1, 16],
])('%s is told with its line and column', async (_, text, line, column) => {
  const path = await file('mesh.json', text)
  const error = await refused(path)
  expect(error).toBeInstanceOf(DocumentError)
  expect(error).toMatchObject({ code: 'INMESH_CONFIG', at: { file: path, line, column } })
  expect(error.message.split('\n')[0]).toMatch(/mesh\.json:\d+:\d+ is not JSON: [A-Z][^"\n]+$/)
})

test('the mark stands beneath the place', async () => {
  const { message } = await refused(await file('mesh.json', '{ "services": { "a": [1,] } }'))
  const [, line = '', mark = ''] = message.split('\n')
  expect(line[mark.indexOf('^')]).toBe(']')
})

test('a file that is not there is told as such', async () => {
  await expect(readConfig(join(folder, 'nowhere.json'))).rejects.toThrow(/nowhere\.json: cannot be read \(there is no such file\)/)
})

test('a file nested deeper than any stack is refused like any other', async () => {
  const { mistakes } = await refused(await file('deep.json', `${'{"services":'.repeat(20_000)}1${'}'.repeat(20_000)}`))
  expect(mistakes.some(({ accepted }) => accepted === 'at most 32 levels')).toBe(true)
})
