import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'

export const root: string = join(import.meta.dirname, '..', '..')

/** One TypeScript block of a page, with the hidden code that it needs, as a module of its own. */
export interface Block {
  readonly page: string
  /** Of its first line, from 1. */
  readonly line: number
  /** Checked and not run; with the page's own reason. */
  readonly checkOnly: string | undefined
  /** The page's lines with all but the block's own blanked, so that errors point into the page. */
  readonly code: string
  /** What the block says that it prints: the text behind `// → `, line by line. */
  readonly prints: readonly string[]
}

/** A page and every mistake in how it marks its blocks. */
export interface Page {
  readonly path: string
  readonly blocks: readonly Block[]
  /** Configurations in JSON, in their order: each behind `<!-- config -->`. */
  readonly configs: readonly string[]
  readonly mistakes: readonly string[]
}

const written: ReadonlySet<string> = new Set(['ts', 'typescript', 'mts', 'cts', 'tsx'])
/** Code that would escape the check under another name, or under none. */
const refused: ReadonlySet<string> = new Set(['js', 'javascript', 'mjs', 'cjs', 'jsx'])
const looksLikeCode = /^\s*(import |export |const |let |await |function |class |\/\/ )|=> |;\s*$/

/** README.md and every page under docs/. */
export function pages(): readonly string[] {
  const docs = readdirSync(join(root, 'docs'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.md'))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
  return ['README.md', ...docs.sort()]
}

export function readPage(path: string): Page {
  return parsePage(path, readFileSync(join(root, path), 'utf8'))
}

/**
 * Marks stand in HTML comments on lines of their own, before the block that they are for:
 *
 * - `<!-- setup` … `-->` hidden code of the next block; `<!-- setup for all` … `-->` of every block that follows.
 * - `<!-- continues -->` the block goes on where the one before it ended.
 * - `<!-- check only: reason -->` the block is type-checked and not run.
 *
 * - `<!-- config -->` the JSON block behind it is a configuration, or an overlay of those before it on the page.
 *
 * A line that ends with `// → text` prints that text, or the test fails.
 */
export function parsePage(path: string, text: string): Page {
  return new PageReader(path, text.split('\n')).read()
}

class PageReader {
  private readonly path: string
  private readonly lines: readonly string[]
  private readonly blocks: Block[] = []
  private readonly configs: string[] = []
  private readonly mistakes: string[] = []
  /** Lines of the page that belong to every block, to the next one, and to the one before. */
  private shared: number[] = []
  private pending: number[] = []
  private before: number[] = []
  private continues = false
  private checkOnly: string | undefined = undefined

  constructor(path: string, lines: readonly string[]) {
    this.path = path
    this.lines = lines
  }

  read(): Page {
    for (let at = 0; at < this.lines.length; at++) at = this.line(at)
    if (this.pending.length > 0 || this.continues || this.checkOnly !== undefined) this.mistake(this.lines.length - 1, 'a mark with no block behind it')
    return { path: this.path, blocks: this.blocks, configs: this.configs, mistakes: this.mistakes }
  }

  /** Answers the last line that it has dealt with. */
  private line(at: number): number {
    const text = this.lines[at] ?? ''
    if (/^<!-- setup( for all)?$/.test(text)) return this.setup(at, text.includes('for all'))
    if (text === '<!-- continues -->') this.continues = true
    const reason = /^<!-- check only: (.{10,}) -->$/.exec(text)?.[1]
    if (reason !== undefined) this.checkOnly = reason
    const fence = /^(\s*)(```+|~~~+)\s*([A-Za-z]*)/.exec(text)
    return fence === null ? at : this.fence(at, fence[1] ?? '', fence[2] ?? '', (fence[3] ?? '').toLowerCase())
  }

  private setup(at: number, forAll: boolean): number {
    const end = this.lines.indexOf('-->', at)
    if (end < 0) return this.mistake(at, 'a setup without an end')
    ;(forAll ? this.shared : this.pending).push(...range(at + 1, end))
    return end
  }

  private fence(at: number, indent: string, mark: string, language: string): number {
    const end = this.lines.findIndex((line, i) => i > at && line.trim().startsWith(mark))
    if (end < 0) return this.mistake(at, 'a code block without an end')
    const hidden = language === '' && this.lines.slice(at + 1, end).some((line) => looksLikeCode.test(line))
    if (hidden || refused.has(language)) this.mistake(at, `a code block in "${language}": write ts, which is checked, or name what it is (sh, json, text)`)
    if (language === 'json' && this.lines[at - 1] === '<!-- config -->') this.configs.push(this.lines.slice(at + 1, end).join('\n'))
    if (!written.has(language)) return end
    if (indent !== '') this.mistake(at, 'an indented code block: it would not be found by its lines')
    this.block(at + 1, range(at + 1, end))
    return end
  }

  private block(line: number, own: readonly number[]): void {
    if (this.continues && this.before.length === 0) this.mistake(line, 'continues, but there is no block before it')
    const lines = [...(this.continues ? this.before : this.shared), ...this.pending, ...own]
    const kept = new Set(lines)
    const code = this.lines.map((text, i) => (kept.has(i) ? text : '')).join('\n')
    const prints = lines.flatMap((at) => / \/\/ → (.*)$/.exec(this.lines[at] ?? '')?.[1] ?? [])
    this.blocks.push({ page: this.path, line: line + 1, checkOnly: this.checkOnly, code, prints })
    this.before = lines
    this.pending = []
    this.continues = false
    this.checkOnly = undefined
  }

  private mistake(at: number, what: string): number {
    this.mistakes.push(`${this.path}:${at + 1}: ${what}`)
    return at
  }
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i)
}
