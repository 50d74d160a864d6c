import { entryOf } from './by-name.ts'
import { stand } from './contender-side.ts'

// One contender and nobody else: no other's garbage, no other's shapes, no other's compiled code.
const [name = '', ...origins] = process.argv.slice(2)
stand(entryOf(name, origins))
