import { expect, it } from 'vitest'
import { scenarioJsonSchemaText } from './json-schema.ts'

it('is what the package publishes; `vitest run packages/lab -u` writes it anew', async () => {
  await expect(scenarioJsonSchemaText()).toMatchFileSnapshot('../../scenario.schema.json')
})
