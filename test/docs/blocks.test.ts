import { createMesh, mergeConfig, type MeshConfig, type MeshPatch } from 'inmesh'
import { execFile } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { pages, parsePage, readPage, root, type Block } from './blocks.ts'
import { startReplicas, type Replicas } from './replicas.ts'

const exec = promisify(execFile)
const folder = join(import.meta.dirname, '.blocks')
const all = pages().map(readPage)
const blocks = all.flatMap((page) => page.blocks)

let replicas: Replicas

beforeAll(async () => {
  replicas = await startReplicas()
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  for (const block of blocks) writeFileSync(fileOf(block), replicas.place(block.code))
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({
    extends: '../../../tsconfig.test.json',
    compilerOptions: { incremental: false, noUnusedLocals: false, noUnusedParameters: false },
    include: ['*.ts'],
  }))
})

afterAll(async () => {
  await replicas[Symbol.asyncDispose]()
})

describe('the code in README.md and docs/', () => {
  it('is marked so that every block is found', () => {
    expect(all.flatMap((page) => page.mistakes)).toEqual([])
    expect(blocks.length).toBeGreaterThan(0)
  })

  it('is valid where it is a configuration in JSON', async () => {
    const paged = all.filter(({ configs }) => configs.length > 0)
    expect(paged.flatMap(({ configs }) => configs).length).toBeGreaterThan(0)
    for (const { configs } of paged) {
      const overlaid = configs.map((text) => JSON.parse(text) as MeshPatch).reduce<MeshConfig>((base, overlay) => mergeConfig(base, overlay), { services: {} })
      await expect(createMesh(overlaid).close()).resolves.toBeUndefined()
    }
  })

  it('compiles', { timeout: 120_000 }, async () => {
    expect(await typeErrors()).toEqual([])
  })

  describe.each(all.filter((page) => page.blocks.some(isRun)).map((page) => ({ path: page.path, own: page.blocks.filter(isRun) })))('$path', ({ own }) => {
    it('runs, and ends by itself', { timeout: 60_000 }, async () => {
      expect(await failuresOf(own)).toEqual([])
    })
  })
})

describe('the reader of pages', () => {
  const page = (...lines: string[]) => parsePage('page.md', lines.join('\n'))

  it('keeps a block at its own lines', () => {
    const [block] = page('# T', '```ts', 'a()', '```').blocks
    expect(block).toMatchObject({ line: 3, code: '\n\na()\n', checkOnly: undefined })
  })

  it('adds hidden setup to one block or to all, and lets a block continue', () => {
    const { blocks: found } = page('<!-- setup for all', 's', '-->', '<!-- setup', 'o', '-->', '```ts', 'a', '```', '```ts', 'b', '```', '<!-- continues -->', '```ts', 'c', '```')
    expect(found.map(({ code }) => code.replaceAll('\n', ''))).toEqual(['soa', 'sb', 'sbc'])
  })

  it('names what would hide code from it', () => {
    expect(page('```ts', "console.log(1)   // → 1", '```').blocks[0]?.prints).toEqual(['1'])
    expect(page('```js', 'a', '```').mistakes[0]).toContain('page.md:1: a code block in "js"')
    expect(page('```', 'const a = 1', '```').mistakes).toHaveLength(1)
    expect(page('```', 'rate = 1*DIGIT', '```').mistakes).toEqual([])
    expect(page('- x', '  ```ts', '  a', '  ```').mistakes[0]).toContain('indented')
    expect(page('```ts', 'a').mistakes[0]).toContain('without an end')
    expect(page('<!-- continues -->').mistakes[0]).toContain('no block behind it')
    expect(page('<!-- check only: because -->', '```ts', 'a', '```').blocks[0]?.checkOnly).toBeUndefined()
    expect(page('<!-- check only: needs a cluster -->', '```ts', 'a', '```').blocks[0]?.checkOnly).toBe('needs a cluster')
  })
})

function isRun(block: Block): boolean {
  return block.checkOnly === undefined
}

function fileOf(block: Block): string {
  return join(folder, `${block.page.replaceAll(/[/.]/g, '-')}-${block.line}.ts`)
}

/** Where an error is in the page: a block's file has the page's own lines. */
function inPages(text: string): string {
  return blocks.reduce((shown, block) => shown.replaceAll(fileOf(block), block.page).replaceAll(fileOf(block).slice(root.length + 1), block.page), text)
}

async function typeErrors(): Promise<string[]> {
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
  try {
    await exec(process.execPath, [tsc, '-p', folder, '--pretty', 'false'], { cwd: root })
    return []
  } catch (error) {
    // Errors inside packages are those of `npm run typecheck`.
    return inPages(String((error as { stdout?: string }).stdout)).split('\n').filter((line) => line !== '' && !line.startsWith('packages/'))
  }
}

async function failuresOf(own: readonly Block[]): Promise<string[]> {
  const files = own.map(fileOf)
  const args = ['--conditions=@inmesh/source', '--no-warnings', join(import.meta.dirname, 'run-page.ts'), ...files]
  const { INMESH_MODE: _, ...env } = process.env
  const { stdout, stderr, code } = await exec(process.execPath, args, { env, timeout: 50_000 }).then(
    (done) => ({ ...done, code: 0 }),
    (failed: { stdout: string; stderr: string; code?: number; signal?: string }) => ({ ...failed, code: failed.code ?? failed.signal ?? 'did not end' }),
  )
  const told = stdout.split('\n').filter((line) => line.startsWith('\u0001')).map((line) => JSON.parse(line.slice(1)) as Told)
  const failures = told.filter(({ error }) => error !== undefined).map(({ file, error }) => inPages(`${file}: ${error}`))
  const wrong = own.flatMap((block) => unprinted(block, told.find(({ file }) => file === fileOf(block))))
  const silent = files.filter((file) => told.every((one) => one.file !== file)).map((file) => inPages(`${file}: did not run`))
  return [...failures, ...wrong, ...silent, ...(code === 0 ? [] : [`the page's process ended with ${code}: ${inPages(stderr)}`])]
}

interface Told {
  readonly file: string
  readonly error?: string
  readonly printed: readonly string[]
}

/** What a block says that it prints and has not printed, in that order. */
function unprinted({ page, line, prints }: Block, told: Told | undefined): string[] {
  if (told === undefined || told.error !== undefined) return []
  let rest = told.printed
  return prints.flatMap((expected) => {
    const at = rest.findIndex((one) => replicas.place(expected) === one)
    if (at < 0) return [`${page}:${line}: does not print "${expected}", but: ${rest.join(' | ')}`]
    rest = rest.slice(at + 1)
    return []
  })
}
