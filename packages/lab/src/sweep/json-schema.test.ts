import { expect, it } from 'vitest'
import { sweepJsonSchemaText } from './json-schema.ts'

it('is what the package publishes; `vitest run packages/lab -u` writes it anew', async () => {
  await expect(sweepJsonSchemaText()).toMatchFileSnapshot('../../sweep.schema.json')
})
