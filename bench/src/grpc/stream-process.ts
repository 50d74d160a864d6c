import { stand } from '../overhead/contender-side.ts'
import { streamOf } from './contenders.ts'

const [name = '', ...origins] = process.argv.slice(2)
stand(streamOf(name, origins))
