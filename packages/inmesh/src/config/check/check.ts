import { mesh, type MeshConfig } from '../mesh.ts'
import { clean } from './clean.ts'
import { ConfigError } from './config-error.ts'
import { inOrder } from './in-order.ts'
import { mistakesOf } from './issues.ts'
import type { Mistake } from './mistake.ts'
import { relations } from './relations.ts'

/** Every mistake there is in what may or may not be a configuration. Never throws, whatever it is given. */
export function findMistakes(input: unknown): readonly Mistake[] {
  return examine(input).mistakes
}

/** The configuration as plain data, checked; throws one `ConfigError` that lists every mistake. */
export function checked(input: unknown): MeshConfig {
  const { config, mistakes } = examine(input)
  if (config === undefined) throw new ConfigError(mistakes)
  return config
}

function examine(input: unknown): { readonly config: MeshConfig | undefined; readonly mistakes: readonly Mistake[] } {
  const refused: Mistake[] = []
  const data = clean(input, refused)
  // A configuration is read once: compiling a parser for it, as the library would, takes longer than reading it.
  const parsed = mesh.safeParse(data, { jitless: true })
  // What could not be copied is missing in the copy: it was told already, and not as missing.
  const told = (mistake: Mistake): boolean => refused.some(({ path }) => path === mistake.path)
  const found = [...(parsed.success ? [] : mistakesOf(parsed.error.issues, data)), ...relations(data)].filter((mistake) => !told(mistake))
  const mistakes = inOrder([...refused, ...found], input)
  return { config: parsed.success && mistakes.length === 0 ? parsed.data : undefined, mistakes }
}
