import { ServerInterceptingCall } from '@grpc/grpc-js'
import { grpcServer } from '@inmesh/grpc'
import { describe, expect, it, vi } from 'vitest'
import { behaviour } from './server-behaviour.ts'

// The oldest version that is supported, in the place of the newest one for everybody in here, inmesh included.
vi.mock('@grpc/grpc-js', () => vi.importActual('grpc-js-1.12'))

describe('a server of grpc-js 1.12', () => {
  it('is one of that version, for inmesh as well', () => {
    expect('getAuthContext' in ServerInterceptingCall.prototype).toBe(false)
    expect(grpcServer()({ path: '/a.B/C', requestStream: false } as never, {} as never)).toBeInstanceOf(ServerInterceptingCall)
  })

  behaviour()
})
