export { fromModule } from './upstream/module.js'
export { fromProvider } from './upstream/provider.js'
export { relayReplies } from './upstream/relay.js'
export { fromStore } from './upstream/store.js'

export type { CodeFor, UpstreamCodes, UpstreamKind } from './upstream/kinds.js'
export type { ProviderOptions } from './upstream/provider.js'
export type { RelayOptions } from './upstream/relay.js'
export type { UpstreamResponse } from './upstream/response.js'
