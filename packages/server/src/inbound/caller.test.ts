import { describe, expect, it } from 'vitest'
import { callerOf, forwardedName } from './caller.ts'
import { IgnoredValues } from './ignored.ts'
import { nameIn, peerOf, plainAddress, type Peer } from './peer.ts'
import type { Headers } from './read-inbound.ts'
import { trusting, type Trust } from './trust.ts'

function caller(peer: Partial<Peer>, headers: Headers = {}, { trust = [], header = 'x-forwarded-client-cert' }: { trust?: Trust; header?: string } = {}) {
  const ignored = new IgnoredValues()
  const found = callerOf({ address: undefined, certificate: undefined, ...peer }, headers, { header, trusts: trusting(trust), ignored })
  return { found, ignored: ignored.inspect() }
}

describe('who calls', () => {
  it('is whom the certificate names, and without one only an address', () => {
    expect(caller({ address: '10.0.0.1', certificate: 'spiffe://prod/web' }).found).toEqual({ name: 'spiffe://prod/web', by: 'certificate', address: '10.0.0.1' })
    expect(caller({ address: '10.0.0.1' }).found).toEqual({ name: '10.0.0.1', by: 'address', address: '10.0.0.1' })
    expect(caller({}).found).toBeUndefined()
  })

  it('is not read from a header of somebody who is not trusted', () => {
    const headers = { 'x-caller': 'admin', 'x-forwarded-for': '1.2.3.4' }
    expect(caller({ address: '10.0.0.1' }, headers, { header: 'x-caller', trust: ['10.1.0.0/16'] }).found).toEqual({ name: '10.0.0.1', by: 'address', address: '10.0.0.1' })
  })

  it('is whom a trusted proxy speaks for, before the certificate of the proxy itself', () => {
    const headers = { 'x-caller': 'web', 'x-forwarded-for': '1.2.3.4' }
    expect(caller({ address: '10.1.0.1', certificate: 'spiffe://prod/proxy' }, headers, { header: 'x-caller', trust: ['10.1.0.0/16'] }).found).toEqual({ name: 'web', by: 'header', address: '1.2.3.4' })
  })

  it.each([
    ['repeated', ['web', 'admin']],
    ['empty', ''],
    ['longer than any name', 'x'.repeat(300)],
  ])('is not believed of a trusted proxy where it is %s, which is counted', (_, value) => {
    expect(caller({ address: '10.1.0.1' }, { 'x-caller': value }, { header: 'x-caller', trust: ['10.1.0.1'] })).toEqual({ found: { name: '10.1.0.1', by: 'address', address: '10.1.0.1' }, ignored: { 'x-caller': 1 } })
  })

  it('comes from the nearest address that is not a trusted proxy, however many are written before it', () => {
    const trust = ['10.0.0.0/8']
    expect(caller({ address: '10.0.0.1' }, { 'x-forwarded-for': '6.6.6.6, 1.2.3.4, 10.0.0.2' }, { trust }).found?.address).toBe('1.2.3.4')
    expect(caller({ address: '10.0.0.1' }, { 'x-forwarded-for': '10.0.0.3, 10.0.0.2' }, { trust }).found?.address).toBe('10.0.0.3')
    expect(caller({ address: '10.0.0.1' }, { 'x-forwarded-for': ' , ' }, { trust }).found?.address).toBe('10.0.0.1')
    expect(caller({ address: '10.0.0.1' }, {}, { trust }).found?.address).toBe('10.0.0.1')
    const many = Array.from({ length: 500 }, (_, i) => `10.0.1.${i % 250}`).join(',')
    expect(caller({ address: '10.0.0.1' }, { 'x-forwarded-for': `1.2.3.4,${many}` }, { trust }).found?.address).toMatch(/^10\.0\.1\./)
  })
})

describe('a forwarded certificate', () => {
  it.each([
    ['By=spiffe://prod/proxy;Hash=ab;URI=spiffe://prod/web', 'spiffe://prod/web'],
    ['URI=spiffe://prod/first,By=x;URI=spiffe://prod/last', 'spiffe://prod/last'],
    ['Hash=ab;Subject="CN=web,O=\\"Acme, Inc;\\""', 'web'],
    ['Hash=ab;Subject="/C=US/CN=web"', 'web'],
    ['Hash=ab;DNS=web.prod;DNS=other', 'web.prod'],
    ['Hash=ab;URI=""', undefined],
    ['', undefined],
    ['"', undefined],
    ['Subject="', undefined],
  ])('%s names %s', (text, name) => {
    expect(forwardedName(text)).toBe(name)
  })
})

describe('a certificate', () => {
  it('names its URI before its common name before its DNS name', () => {
    expect(nameIn({ subject: { CN: 'web' }, subjectaltname: 'DNS:web.prod, URI:spiffe://prod/web' })).toBe('spiffe://prod/web')
    expect(nameIn({ subject: { CN: ['web', 'other'] }, subjectaltname: 'DNS:web.prod' })).toBe('web')
    expect(nameIn({ subjectaltname: 'DNS:web.prod' })).toBe('web.prod')
    expect(nameIn({})).toBeUndefined()
  })

  it('is not believed to have a second name that stands inside of the first', () => {
    expect(nameIn({ subjectaltname: 'DNS:"web, URI:spiffe://prod/admin"' })).toBe('web, URI:spiffe://prod/admin')
  })

  it('says nothing where the handshake has not verified it, and is read once', () => {
    let reads = 0
    const socket = (authorized: boolean) => ({ remoteAddress: '::ffff:10.0.0.1', authorized, getPeerCertificate: () => ({ subject: { CN: `web ${++reads}` } }) })
    expect(peerOf(socket(false))).toEqual({ address: '10.0.0.1', certificate: undefined })
    const one = socket(true)
    expect([peerOf(one).certificate, peerOf(one).certificate]).toEqual(['web 1', 'web 1'])
    expect(peerOf(null)).toEqual({ address: undefined, certificate: undefined })
  })
})

describe('trust', () => {
  it('is by address and network of either kind', () => {
    const trusts = trusting(['10.0.0.0/8', 'fd00::/8', '127.0.0.1'])
    const of = (address: string | undefined): boolean => trusts({ address, certificate: undefined })
    expect(['10.9.8.7', 'fd12::1', '127.0.0.1'].map(of)).toEqual([true, true, true])
    expect(['11.0.0.1', '::1', 'unknown', undefined].map(of)).toEqual([false, false, false, false])
  })

  it('is nobody\'s where a function throws, or answers anything but true', () => {
    const peer: Peer = { address: '10.0.0.1', certificate: 'web' }
    expect(trusting(() => { throw new Error('on purpose') })(peer)).toBe(false)
    expect(trusting(() => 'yes' as never)(peer)).toBe(false)
    expect(trusting(({ certificate }) => certificate === 'web')(peer)).toBe(true)
  })

  it('takes an address that was mapped into IPv6 for what it is', () => {
    expect([plainAddress('::ffff:10.0.0.1'), plainAddress('::ffff:0a00:1'), plainAddress('::1')]).toEqual(['10.0.0.1', '::ffff:0a00:1', '::1'])
  })
})
