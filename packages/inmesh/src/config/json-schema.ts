import * as z from 'zod'
import { mesh } from './mesh.ts'
import { isPlain, type Plain } from './plain.ts'
import { codeOnlyMark } from './schema/code-only.ts'

/**
 * The schema of a configuration file, for editors: what a document may hold, so without what only code can give, and with
 * `null`, by which an overlay puts an option back to its default. Draft 7, which every editor knows.
 */
export function configJsonSchema(): Plain {
  const whole = z.toJSONSchema(mesh, { target: 'draft-7', unrepresentable: 'any', io: 'input' })
  const { $schema, ...rest } = documentPart(whole, true) as Plain
  return {
    $schema,
    title: 'inmesh',
    description: 'A configuration of inmesh, or an overlay that is merged over one.',
    ...rest,
  }
}

/**
 * Without the branches and options that are marked as code's. What is merged (`partial`) may lack what is required, since
 * another file may have it; what stands in a list may not, since lists are replaced whole.
 */
function documentPart(node: unknown, partial: boolean): unknown {
  if (Array.isArray(node)) return node.filter((item) => !isCodeOnly(item)).map((item) => documentPart(item, partial))
  if (!isPlain(node)) return node
  const entries = Object.entries(node)
    .filter(([key]) => !partial || key !== 'required')
    .map(([key, value]) => [key, keyword(key, value, partial)] as const)
  return single(Object.fromEntries(entries))
}

function keyword(key: string, value: unknown, partial: boolean): unknown {
  if (key === 'properties' && isPlain(value)) return properties(value, partial)
  if (key === 'additionalProperties') return orNull(documentPart(value, partial))
  return documentPart(value, partial && key !== 'items')
}

function properties(node: Plain, partial: boolean): Plain {
  const kept = Object.entries(node).filter(([, value]) => !isCodeOnly(value))
  return Object.fromEntries(kept.map(([key, value]) => [key, orNull(documentPart(value, partial))]))
}

/** A choice of which one branch is left is that branch. */
function single(node: Plain): Plain {
  const { anyOf, ...rest } = node
  return Array.isArray(anyOf) && anyOf.length === 1 && isPlain(anyOf[0]) ? { ...anyOf[0], ...rest } : node
}

function orNull(node: unknown): unknown {
  if (!isPlain(node)) return node
  const { description, ...rest } = node
  const described = description === undefined ? {} : { description }
  if (Array.isArray(rest['anyOf'])) return { ...described, ...rest, anyOf: [...rest['anyOf'], { type: 'null' }] }
  return { ...described, anyOf: [rest, { type: 'null' }] }
}

/** Marked, or a list of what is marked, or a choice of nothing else. */
function isCodeOnly(node: unknown): boolean {
  if (!isPlain(node)) return false
  if (codeOnlyMark in node) return true
  if (node['type'] === 'array') return isCodeOnly(node['items'])
  const { anyOf, properties: options, required } = node
  if (Array.isArray(anyOf)) return anyOf.every(isCodeOnly)
  return isPlain(options) && Array.isArray(required) && required.some((name) => isCodeOnly(options[String(name)]))
}
