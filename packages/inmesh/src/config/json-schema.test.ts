import { expect, test } from 'vitest'
import { configJsonSchema } from './json-schema.ts'
import { valueAt } from './check/path.ts'

const service = ['properties', 'services', 'anyOf', 0, 'additionalProperties', 'anyOf', 0, 'properties']
const policy = [...service, 'policy', 'anyOf', 0, 'properties']

test('the published schema is the one that the code makes (update it with vitest -u)', async () => {
  await expect(`${JSON.stringify(configJsonSchema(), null, 2)}\n`).toMatchFileSnapshot('../../config.schema.json')
})

test('it offers no option that only code can give', () => {
  const text = JSON.stringify(configJsonSchema())
  for (const option of ['observers', 'engine', 'clock', 'random', 'interceptors', 'classify', 'classifyEnd', 'x-code-only']) expect(text, option).not.toContain(`"${option}"`)
  expect(valueAt(configJsonSchema(), [...policy, 'limit', 'anyOf', 0, 'properties', 'key'])).toBeUndefined()
})

test('it lets a document take a policy out whose value only code can give', () => {
  expect(JSON.stringify(valueAt(configJsonSchema(), [...policy, 'fallback']))).toContain('"const":false')
})

test('it lets an overlay leave out what its base has, but not what a replaced list needs', () => {
  const schema = configJsonSchema()
  expect(valueAt(schema, ['required'])).toBeUndefined()
  expect(valueAt(schema, [...policy, 'limit', 'anyOf', 0, 'required'])).toBeUndefined()
  expect(JSON.stringify(valueAt(schema, [...service, 'endpoints']))).toContain('"required":["url"]')
})

test('it lets an overlay put any option back to its default with null', () => {
  for (const [name, option] of Object.entries(valueAt(configJsonSchema(), policy) as object)) {
    expect(valueAt(option, ['anyOf']), name).toContainEqual({ type: 'null' })
  }
})

test('every option of it says in a sentence what it is', () => {
  for (const [name, option] of Object.entries(valueAt(configJsonSchema(), policy) as object)) {
    expect(valueAt(option, ['description']), name).toMatch(/\.$/)
  }
})
