import { BoundedValues, OTHER } from './bounded-values.ts'

const MOST_SERVICES = 500
/** As many as a service has in its own estimates. */
const MOST_OPERATIONS = 200
const MOST_ENDPOINTS = 1000
/** Of policies, reasons and interceptors there are a few; what users call theirs is not made up for each call. */
const MOST_WORDS = 500

interface OfService {
  readonly operations: BoundedValues
  readonly methods: BoundedValues
  readonly endpoints: BoundedValues
}

/** The values that labels may have, so that no series is made for what callers think of. */
export class LabelValues {
  private readonly names = new BoundedValues(MOST_SERVICES)
  private readonly words = new BoundedValues(MOST_WORDS)
  private readonly addresses = new BoundedValues(MOST_SERVICES)
  private readonly routes = new BoundedValues(MOST_WORDS)
  private readonly services = new Map<string, OfService>()

  service(name: string): string {
    return this.names.of(name)
  }

  operation(service: string, operation: string): string {
    return this.within(service).operations.of(operation)
  }

  /** Of gRPC, as `rpc.method` has it: the conventions have a word of their own for what is not known. */
  method(service: string, operation: string): string {
    const method = operation === OTHER ? '_OTHER' : operation
    return this.within(service).methods.of(method)
  }

  endpoint(service: string, endpoint: string): string {
    return this.within(service).endpoints.of(endpoint)
  }

  /** A policy, a reason, an interceptor. */
  word(word: string): string {
    return this.words.of(word)
  }

  address(address: string): string {
    return this.addresses.of(address)
  }

  route(route: string): string {
    return this.routes.of(route)
  }

  private within(service: string): OfService {
    const name = this.names.of(service)
    const known = this.services.get(name)
    if (known !== undefined) return known
    const made = { operations: new BoundedValues(MOST_OPERATIONS), methods: new BoundedValues(MOST_OPERATIONS, '_OTHER'), endpoints: new BoundedValues(MOST_ENDPOINTS) }
    this.services.set(name, made)
    return made
  }
}
