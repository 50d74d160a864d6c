import { describe } from 'vitest'
import { behaviour } from './server-behaviour.ts'

describe('a server of grpc-js', () => {
  behaviour()
})
