import { expect, test } from 'vitest'
import { assertGrpcOptions } from './grpc-options.ts'

const check = (options: unknown) => (): void => assertGrpcOptions('grpc.options', options as never)

test('options that are wrong are refused whole, with every mistake', () => {
  const slip = { service: { name: 'shop.Catalog' }, repeat: { Get: 'sometimes', Put: 'never', List: 'alway' }, clasify: () => undefined, openChannel: true }
  expect(check(slip)).toThrow(TypeError)
  for (const part of ['grpc.options.service: got', 'such as CatalogClient.service', 'grpc.options.repeat.Get: got', 'grpc.options.repeat.List: got', 'did you mean always?', 'grpc.options.clasify: unknown option; did you mean classify?', 'grpc.options.openChannel: got true']) {
    expect(check(slip)).toThrow(part)
  }
  expect(check(slip)).not.toThrow('repeat.Put')
  expect(check({ repeat: 'always' })).toThrow('grpc.options.repeat: got "always"')
  expect(check(null)).toThrow('grpc.options: got null')
})

test('what generated clients and proto-loader have is a definition', () => {
  expect(check({})).not.toThrow()
  expect(check({ service: undefined, repeat: undefined })).not.toThrow()
  expect(check({ service: { getItem: { path: '/shop.Catalog/GetItem', requestStream: false, options: { idempotency_level: 'IDEMPOTENT' } } }, repeat: { 'shop.Catalog/GetItem': 'always' }, classify: () => 'OK' })).not.toThrow()
})
